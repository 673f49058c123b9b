"""
pycurl's multi interface as fast as it goes: no message, no window, no deadline.

    python -m bench.peers.curl_loop URL COUNT HANDLES

Each answer's status is checked and its id read. Prints messages a second and CPU seconds per 1,000.
"""

import json
import sys
import time
from io import BytesIO
from typing import Any

import pycurl

from bench.over_http import TEXT, number


def main() -> None:
    url, count, handles = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    multi, free, ids = pycurl.CurlMulti(), [_handle(url) for _ in range(handles)], []
    began, cpu = time.perf_counter(), time.process_time()
    sent = 0
    while len(ids) < count:
        while free and sent < count:
            handle = free.pop()
            body = {"phone": number(sent), "text": TEXT, "key": f"khoa-{sent}", "sender": "",
                    "unicode": 0, "validity": 86400}
            handle.setopt(pycurl.POSTFIELDS, json.dumps(body))
            handle.answer = BytesIO()
            handle.setopt(pycurl.WRITEDATA, handle.answer)
            multi.add_handle(handle)
            sent += 1
        multi.perform()
        _, done, failed = multi.info_read(handles)
        assert not failed, failed
        for handle in done:
            assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
            ids.append(json.loads(handle.answer.getvalue())["id"])
            multi.remove_handle(handle)
            free.append(handle)
        if not done:
            multi.select(1.0)
    cpu = time.process_time() - cpu
    print(count / (time.perf_counter() - began), cpu / count * 1000, flush=True)


def _handle(url: str) -> Any:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.POST, 1)
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.HTTPHEADER, [
        "Authorization: Bearer tap-huan", "Content-Type: application/json", "Expect:",
    ])
    return handle


if __name__ == "__main__":
    main()
