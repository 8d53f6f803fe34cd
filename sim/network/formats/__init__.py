"""FORMATS in which networks come: each file reads one, or says what is wrong with it and where."""
