"""Helpers for tests and trials, no part of the product."""
