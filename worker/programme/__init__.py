"""The programme: schedules.toml read into frozen models, every mistake at once."""
