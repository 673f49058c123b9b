"""What time does for the stations: sounds made ahead, people told, silence noticed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.alarms.notify import Senders
from worker.home import Home
from worker.programme.model import Programme
from worker.radio.aired import Known, watch_unconfirmed
from worker.radio.notices import find_new, tell
from worker.radio.push import Push
from worker.radio.speech.sounds import Sounds
from worker.slots import local_date


@dataclass
class Ticks:
    """Each may be called at any time, by any node, twice."""

    home: Home

    def __post_init__(self) -> None:
        self._sounds = Sounds(self.home)
        self._push = Push(self.home, self._sounds)
        self._looked_at = 0
        self._unconfirmed: Known = {}

    def sounds(self, now: datetime) -> None:
        """In a thread of its own: a minute of sound is seconds of work."""
        self._sounds.make(now)

    def push(self, now: datetime) -> int:
        """Bulletins to vendors' boxes; gives how many deliveries there are to begin."""
        return self._push.tick(now)

    def tidy(self, now: datetime) -> None:
        self._sounds.tidy(now)

    def stations(self, now: datetime, senders: Senders) -> None:
        """Tell stations of urgent, changed and recalled bulletins; notice who said nothing."""
        programme: Programme = self.home.programme().programme
        since = local_date(programme, now) - timedelta(days=1)
        with self.home.store.write() as session:
            found = find_new(session, now, since, self._looked_at)
            watch_unconfirmed(session, now, programme, self._unconfirmed)
        self._looked_at = found.last  # written down by now: what is undone is looked at again
        if senders.sms is not None:
            tell(self.home.store, now, programme, senders.secret, senders.sms)
