"""FITS: figures that ship with the program, fitted to public data; each writes a table with its provenance."""
