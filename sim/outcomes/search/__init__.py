"""Local searches and walks: fast, compiled, and without proof."""
