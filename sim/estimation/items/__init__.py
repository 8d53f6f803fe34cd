"""Items of the codebook, fitted to headlines; belief's own filter is the likelihood."""
