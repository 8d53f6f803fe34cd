"""What every picture stands on: a sheet placed in inches, words that fit, files written whole."""
