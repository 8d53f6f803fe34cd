"""Measures: affinities in, blocs and numbers out. Nothing here changes a world, draws or reads files."""
