"""Any service that takes messages as JSON over HTTP, described in TOML (docs/hooks.md)."""
