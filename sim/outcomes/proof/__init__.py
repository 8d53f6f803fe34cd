"""Partitions with a certificate: the best there is, or how far from it one may be."""
