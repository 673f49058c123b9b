"""
The functions of the console for programs: JSON below /api/v1, on the inner listener. It calls
the same functions of worker/ as the pages and the command line; a rule stands there, once.
"""
