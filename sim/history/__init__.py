"""HISTORY: public data sets, read and validated as they come; knows nothing of belief, law or outcomes."""
