"""
No queue: the same POSTs by as many threads with a requests session each. What a queue's figure
has beyond this is the queue.

    python -m bench.peers.requests_threads THREADS < "FIRST COUNT"

BENCH_GATEWAY: the address.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait

from bench.peers.posting import post


def main() -> None:
    """CPU seconds when all were answered, as `posting.feed` prints them."""
    with ThreadPoolExecutor(int(sys.argv[1])) as pool:
        for line in sys.stdin:
            first, count = (int(word) for word in line.split())
            busy = time.process_time()
            done, _ = wait([pool.submit(post, f"84951{n:06d}", f"khoa-{n}")
                            for n in range(first, first + count)])
            for one in done:
                one.result()
            print(time.process_time() - busy, flush=True)


if __name__ == "__main__":
    main()
