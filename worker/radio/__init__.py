"""Commune radio: bulletins, who accepts them, what was aired, and how stations are reached."""
