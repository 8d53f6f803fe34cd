"""PICTURES: results become something to look at. Reads finished runs, changes nothing; alone knows matplotlib."""
