"""
Rows for `bench.fifty_million`: a month's tables are filled while they stand alone, and get their
indexes when they become partitions. Everything has ended but the newest day's batches on channel
`DUE`, which wait to be claimed.
"""

from datetime import date
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.growth.partitions import DAYS, later, months
from worker.models import Delivery

BATCH = 500  #: deliveries of a batch, an occurrence each
WAITING = 40  #: batches that are due
DUE = "sms"

_BATCHES = """
WITH k AS (SELECT n, CASE WHEN n >= %(due)s THEN %(today)s::date
                     ELSE %(first)s::date + (n * %(days)s / %(count)s)::int END AS day
           FROM generate_series(%(since)s::bigint, %(until)s::bigint) n)
"""
_OCCURRENCES = _BATCHES + """
INSERT INTO occurrence (id, entry, slot, local_date, run, segment, item_id, item_version,
    picked_by, priority, purpose, opens_at, closes_at, late, when_uncertain, programme_version,
    event_seq, event_head)
SELECT 'cm-0/trua/' || day || '/' || n + 1, 'cm-0', 'trua', day, n + 1, 'cm-0', 'tin-0', 1,
    'rotate', 'thong_thuong', 'cong_ich', day, day + 1, 'publish', 'hold', 1, 0, ''
FROM k"""
_OF_OCCURRENCES = _BATCHES + """
INSERT INTO batch (id, occurrence_id, day, channel, account, kind, version, ordinal, item_id,
    item_version, state, priority_rank, next_attempt_at, opens_at, closes_at, windows)
SELECT n + 1, 'cm-0/trua/' || day || '/' || n + 1, day,
    CASE WHEN n >= %(due)s THEN 'sms'
         ELSE (ARRAY['sms', 'facebook', 'website', 'loa'])[n %% 4 + 1] END, 'chinh', 'publish', 1,
    0, 'tin-0', 1, CASE WHEN n >= %(due)s THEN 'ready' ELSE 'done' END, 2,
    CASE WHEN n >= %(due)s THEN now() ELSE day END, day,
    CASE WHEN n >= %(due)s THEN now() + interval '1 day' ELSE day + 1 END,
    CASE WHEN n >= %(due)s THEN jsonb_build_array(jsonb_build_array(
        to_char(now() - interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'),
        to_char(now() + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'))) ELSE '[]' END
FROM k"""
_DELIVERIES = """
INSERT INTO delivery{suffix} (id, day, occurrence_id, batch_id, kind, version, channel, account,
    target, state, content_sha256, tag, attempts, counted, first_try_at, late, maybe_out, ref, url,
    code, detail, settled_at)
SELECT md5(b.id || '/' || m)::uuid, b.day, b.occurrence_id, b.id, 'publish', 1, b.channel,
    'chinh', 'noi-' || m,
    CASE WHEN b.state = 'ready' THEN 'queued' WHEN m %% 100 = 0 THEN 'exhausted'
         ELSE 'accepted' END, repeat('c', 64), '', CASE WHEN b.state = 'ready' THEN 0 ELSE 1 END,
    0, CASE WHEN b.state = 'ready' THEN NULL ELSE b.opens_at END, false, false,
    CASE WHEN b.state = 'ready' THEN '' ELSE 'm-' || b.id || '-' || m END, '', '', '',
    CASE WHEN b.state = 'ready' THEN NULL ELSE b.opens_at END
FROM batch b, generate_series(1, {batch}) m
WHERE b.day >= %(low)s AND b.day < %(high)s
ORDER BY b.id"""
_ATTEMPTS = """
INSERT INTO attempt{suffix} (delivery_id, day, number, account, node, lease_token, begun_at,
    deadline_at, ended_at, outcome, counted, code, detail, ref)
SELECT d.id, d.day, 1, 'chinh', 'may-1', md5(d.batch_id::text)::uuid, d.first_try_at,
    d.first_try_at, d.first_try_at, 'accepted', true, '', '', d.ref
FROM delivery{suffix} d WHERE d.attempts > 0 AND right(d.target, 1) = '7'"""


def fill(connection: "psycopg.Connection[Any]", rows: int, first: date, today: date) -> None:
    """So many deliveries from the first day until today."""
    run = connection.execute
    run("SET maintenance_work_mem = '512MB'")
    run("SET synchronous_commit = off")
    run("INSERT INTO content (sha256, payload) VALUES (repeat('c', 64), '{\"text\": \"x\"}')")
    count = rows // BATCH
    values = {"first": first, "days": (today - first).days + 1, "count": count, "since": 0,
              "until": count - 1, "due": count - WAITING, "today": today}
    run(_OCCURRENCES, values)
    run(_OF_OCCURRENCES, values)
    run("SELECT setval(pg_get_serial_sequence('batch', 'id'), %s)", (count,))
    run("ANALYZE occurrence, batch")
    for low in months(first, today):
        _month(connection, low)
    run("VACUUM (ANALYZE)")


def _month(connection: "psycopg.Connection[Any]", low: date) -> None:
    """Its tables, made as worker/growth/partitions.py makes them; one transaction."""
    high, suffix = later(low, 1), f"_{low:%Y_%m}"
    with connection.transaction():
        run = connection.execute
        there = run("SELECT 1 FROM pg_class WHERE relname = %s",
                    (f"delivery{suffix}",)).fetchone()
        for table in DAYS.tables:
            if there:
                run(f"DROP TABLE {table}{suffix} CASCADE".encode())
        for table in DAYS.tables:
            run(f"CREATE TABLE {table}{suffix} "
                f"(LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)".encode())
        span = {"low": low, "high": high}
        run(_DELIVERIES.format(suffix=suffix, batch=BATCH).encode(), span)
        run(_ATTEMPTS.format(suffix=suffix).encode(), span)
        for table in DAYS.tables:
            run(f"ALTER TABLE {table} ATTACH PARTITION {table}{suffix} "
                f"FOR VALUES FROM ('{low}') TO ('{high}')".encode())
            if table != DAYS.tables[0]:
                run(f"ALTER TABLE {table}{suffix} ADD FOREIGN KEY (delivery_id, day) "
                    f"REFERENCES delivery{suffix} (id, day)".encode())


def oldest(session: Session) -> date:
    """The first day there is."""
    found = session.scalars(select(Delivery.day).order_by(Delivery.day).limit(1)).one()
    assert isinstance(found, date)
    return found
