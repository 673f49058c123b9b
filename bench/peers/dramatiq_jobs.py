"""
Dramatiq on Redis, one job a message.

    dramatiq bench.peers.dramatiq_jobs -p 2 -t 8
    python -m bench.peers.dramatiq_jobs < "FIRST COUNT"

BENCH_GATEWAY: the address; BENCH_BROKER: redis://…
"""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from bench.peers.posting import feed, post

dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_BROKER"]))
send = dramatiq.actor(post, max_retries=0)

if __name__ == "__main__":
    feed(send.send)
