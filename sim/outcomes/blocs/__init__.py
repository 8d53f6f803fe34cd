"""Blocs: the partition that best agrees with mutual affinities, by local search with moves, or exactly."""
