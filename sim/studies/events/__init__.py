"""EVENTS: acts coded from news, belief from the years up to a cut, and the law run forward from it."""
