"""BELIEF: what the evidence says about affinity, with its uncertainty."""
