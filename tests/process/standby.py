"""A replica of a PostgreSQL cluster, behind a network that may be cut, that may be promoted."""

import psycopg

from tests.postgres import Cluster
from tests.process.cut import Cut
from tests.process.installation import until

NAME = "thay"


class Standby(Cluster):
    """Streams from `primary`; asynchronous until the primary is told to wait for it."""

    def __init__(self, primary: Cluster) -> None:
        self.net, self._primary = Cut(primary.port), primary
        super().__init__(fsync=primary.fsync)
        until("it streams", lambda: _replication(primary)[0] == "streaming")

    def _fill(self) -> None:
        self._run("pg_basebackup", "-h", "127.0.0.1", "-p", str(self._primary.port), "-X",
                  "stream", "-c", "fast")
        with (self.folder / "data" / "postgresql.auto.conf").open("a") as conf:
            conf.write(f"primary_conninfo = 'host=127.0.0.1 port={self.net.port} user=postgres "
                       f"application_name={NAME}'\n")
        (self.folder / "data" / "standby.signal").touch()

    def promote(self) -> None:
        self.sql("SELECT pg_promote()")

    def remove(self) -> None:
        self.net.__exit__()
        super().remove()


def synchronous(primary: Cluster) -> None:
    """From now on a commit is answered when the replica has it."""
    primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
    primary.sql("SELECT pg_reload_conf()")
    until("it is synchronous", lambda: _replication(primary)[1] == "sync")


def _replication(primary: Cluster) -> tuple[str, str]:
    """How far a replica is, and whether a commit waits for it."""
    with psycopg.connect(primary.url("postgres")) as asked:
        found = asked.execute("SELECT state, sync_state FROM pg_stat_replication").fetchone()
    return found or ("", "")
