"""Scenario files as they are written: YAML as a tree that remembers its lines, files on top of each other."""
