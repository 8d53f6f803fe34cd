"""TERMINAL: every sentence and table that a command prints, and the guarded streams it goes to."""
