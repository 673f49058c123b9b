"""
Rehearsal (Chạy thử): the same planner, outbox, dispatcher and channels, under a virtual clock,
against the sandbox, in a database of its own. Days pass in seconds, and two runs are equal to
the byte.
"""
