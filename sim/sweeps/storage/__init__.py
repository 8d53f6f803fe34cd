"""A sweep on disk: durable parts, their index, and what is read back."""
