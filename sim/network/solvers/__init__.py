"""Searches of anyone's network: large ones split fast, the landscape of all local optima."""
