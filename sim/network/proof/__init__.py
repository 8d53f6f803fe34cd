"""Proofs for anyone's network: the best partition there is, or how far from it one may be."""
