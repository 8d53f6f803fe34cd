"""RUNS: questions become results, one or a hundred thousand."""
