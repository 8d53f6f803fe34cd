"""Who runs a chunk, and what it keeps of each run."""
