"""Sự cố: one row a cause, told by every way, until somebody takes it or it is mended."""
