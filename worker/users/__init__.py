"""
Who may log in to the console, and until when. Every rule is here, as functions with `now` as an
argument; the console only calls them.
"""
