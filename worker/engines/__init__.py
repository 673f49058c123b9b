"""Engines only say "drain channel X"; the outbox in SQL is the truth."""
