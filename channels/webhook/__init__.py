"""Signed webhooks to a receiver's own program. For its programmer: docs/hooks.md."""
