"""FIT: coefficients from public history, with their uncertainty; belief's own filter is the likelihood."""
