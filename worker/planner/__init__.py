"""
From a programme and approved items to occurrences in the outbox:

    picks (pure: which item) -> cells (pure: what goes to whom, when; texts fills it in)
    -> store (one chunk a time)
"""
