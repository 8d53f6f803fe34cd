"""PUBLISHED: the numbers in print that a correct build reproduces, computed anew by the product's own functions."""
