"""Persons are told once: what waits for them, what came back, what was aired, what comes."""
