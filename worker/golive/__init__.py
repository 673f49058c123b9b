"""Going live: the real database, its checklist, and a test of every channel seen by a person."""
