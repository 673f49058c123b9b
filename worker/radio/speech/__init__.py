"""Sound of a bulletin: a voice or a recording, made ahead, never in the way of the text."""
