"""ANALYSIS: what a sweep says of its question; effects, shares of variance, contrasts, exports."""
