"""Anybody who got a message can find out whether it is genuine (docs/verification.md)."""
