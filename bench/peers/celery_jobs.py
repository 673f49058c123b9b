"""
Celery on Redis, one job a message: acknowledged when done, results not kept, as one would for
messages.

    celery -A bench.peers.celery_jobs worker -P prefork -c 2
    python -m bench.peers.celery_jobs < "FIRST COUNT"

BENCH_GATEWAY: the address; BENCH_BROKER: redis://…
"""

import os

from celery import Celery

from bench.peers.posting import feed, post

app = Celery("bench", broker=os.environ["BENCH_BROKER"])
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=4)
send = app.task(post, name="send")

if __name__ == "__main__":
    feed(send.delay)
