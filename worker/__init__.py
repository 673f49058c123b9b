"""The long-running worker: reads the content calendar, plans, publishes, and keeps the proof."""
