"""A vendor's automatic box, which plays the files it finds."""
