"""A bucket for tests: moto's server on loopback, stopped and started again at its port."""

from dataclasses import replace
from pathlib import Path

import fsspec
import requests
from moto.server import ThreadedMotoServer

from tests.postgres import free_port
from worker.settings import Settings
from worker.shared.bucket import Bucket
from worker.shared.cache import Cache

NAME = "giovang-thu"
KEY, SECRET = "khoa-thu", "bi-mat-khong-duoc-lo"


class BucketServer:
    """Keeps what it was given while it is stopped, as moto's memory is this process'."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: ThreadedMotoServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "BucketServer":
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def empty(self) -> None:
        """Nothing in it, every key good."""
        if self._server is None:
            self.start()
        requests.post(f"{self.url}/moto-api/reset", timeout=60)
        requests.post(f"{self.url}/moto-api/reset-auth", data="1000000000", timeout=60)
        requests.put(f"{self.url}/{NAME}", timeout=60)

    def refuse_keys(self) -> None:
        requests.post(f"{self.url}/moto-api/reset-auth", data="0", timeout=60)

    def environment(self) -> dict[str, str]:
        """As an operator gives it; nobody asks a cloud's machine for a key."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_ENDPOINT_URL_S3": self.url, "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true"}

    def overwrite(self, path: str, data: bytes) -> None:
        """What a hand, or half a writer, leaves below the prefix."""
        fs = fsspec.filesystem("s3", skip_instance_cache=True, endpoint_url=self.url, key=KEY,
                               secret=SECRET)
        fs.pipe_file(f"{NAME}/x/{path}", data)


def url() -> str:
    return f"s3://{NAME}/x"


def a_bucket(var: Path, most: int = 1 << 20) -> Bucket:
    """As a machine with this var sees it."""
    return Bucket(url(), var / "images", Cache(var / "kho-tam", most))


def on_bucket(settings: Settings, var: Path) -> Settings:
    """Another machine of the installation, its files in the bucket."""
    return replace(settings, var=var, files=url())
