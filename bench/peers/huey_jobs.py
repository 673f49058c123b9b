"""
Huey, one job a message, on SQLite or Redis.

    huey_consumer bench.peers.huey_jobs.huey -w 8
    python -m bench.peers.huey_jobs < "FIRST COUNT"

BENCH_GATEWAY: the address; BENCH_BROKER: redis://… or the path of an SQLite file.
"""

import os

from huey import RedisHuey, SqliteHuey

from bench.peers.posting import feed, post

_broker = os.environ["BENCH_BROKER"]
huey = (RedisHuey("bench", url=_broker, results=False) if _broker.startswith("redis:")
        else SqliteHuey("bench", filename=_broker, results=False))
send = huey.task(name="send")(post)

if __name__ == "__main__":
    feed(send)
