"""BACKGROUND: what public data say of every pair of states, measured against what they later do to each other."""
