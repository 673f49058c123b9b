"""Alembic migrations; each runs on SQLite and PostgreSQL and keeps the data."""
