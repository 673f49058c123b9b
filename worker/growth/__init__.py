"""How the log grows and what goes out of it: partitions by month, and its retention."""
