"""
Vietnamese text as a warning needs it: without accents, in SMS parts, as numbers, read aloud.

Pure functions over text, standard library only. Nothing here knows of channels or the worker.
"""
