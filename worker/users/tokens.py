"""Secrets that are handed out once: the database holds their hashes only."""

import hashlib
import secrets


def new_token() -> str:
    """43 letters, 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored. Not slow on purpose: nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()
