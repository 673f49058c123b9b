"""A Zalo Official Account: an article, hidden until its slot, and a broadcast of it."""
