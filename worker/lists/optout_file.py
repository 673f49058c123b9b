"""A file of numbers that want no message; apart from what the worker asks all the time."""

from worker import audit
from worker.home import Home

from . import optout, report, rows
from .index import Gathered
from .optout import Wish
from .secret import Ring
from .store import Given


def bring(home: Home, ring: Ring, given: Given, wish: Wish) -> tuple[report.Tally, int]:
    """
    A file of numbers; gives its counts and how many are new. Each chunk holds as soon as it is
    written: killed on the way, it is brought again and nothing stands twice.
    """
    tally, gathered = report.Tally(), Gathered()
    for chunk in rows.chunks(rows.read(given.source, given.layout), given.chunk):
        tally.add(chunk)
        if given.refuse is not None:
            for bad in chunk.bad:
                given.refuse(bad)
        for row in chunk.rows:
            gathered.add(ring.lookup(row.number[3:].encode()), int(row.number[-3:]))
    with home.store.read() as session:
        before = optout.count(session, wish.kind)
    for entries in gathered.chunks(given.chunk):
        with home.store.write() as session:
            optout.must_be_current(ring, session)
            optout.insert(session, home, wish, entries)
    with home.store.write() as session:
        fresh = optout.count(session, wish.kind) - before
        audit.record(session, home.clock.now(), wish.by, "optout", wish.kind,
                     {"file": given.source.file, "numbers": tally.accepted, "new": fresh,
                      "source": wish.source})
    return tally, fresh
