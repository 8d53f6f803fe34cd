"""Validations for people: one document with its tables and pictures."""
