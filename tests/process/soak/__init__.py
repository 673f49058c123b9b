"""A whole installation of several machines under faults that do not end: see test_soak.py."""
