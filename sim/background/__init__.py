"""What public data say of every pair of states before any seed speaks."""
