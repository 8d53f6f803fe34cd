"""WORLD: long-run levels of every pair of states from public data, as they ship with the package, and reading them."""
