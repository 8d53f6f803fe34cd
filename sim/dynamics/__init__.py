"""LAW: the only place where a world changes. Knows NumPy and Numba, and no files."""
