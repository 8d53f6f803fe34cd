"""TIES: which relations and alliances hold, break and form, years ahead."""
