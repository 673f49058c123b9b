"""Other people's software doing the same work, each driven as its own documentation shows."""
