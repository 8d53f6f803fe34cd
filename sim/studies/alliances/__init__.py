"""ALLIANCES: which pacts and signed relations hold, break and form, years ahead."""
