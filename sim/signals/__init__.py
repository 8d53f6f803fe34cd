"""EVIDENCE: what was seen. Coded signals, validated; knows nothing of belief, law or outcomes."""
