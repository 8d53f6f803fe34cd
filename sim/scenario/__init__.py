"""QUESTION: scenario files, from YAML text to one frozen, checked record of a question."""
