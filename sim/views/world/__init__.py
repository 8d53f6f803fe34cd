"""Pictures of the background: every pair of states before any seed speaks."""
