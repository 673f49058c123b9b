"""
The outbox: the only writer of states.

    plan -> [queued] -> claim -> begin (commit) -> the wire -> settle (commit)

`claim` leases batches, `begin` moves deliveries to sending before a byte goes out, `settle`
writes what came of it, `acts` is what persons and time do (cancel, expire, resolve).
"""
