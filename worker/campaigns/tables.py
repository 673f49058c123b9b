"""The code table of a channel, for who only reads: no secret is needed to say what a code means."""

from collections.abc import Mapping

from channels.values import Advice
from worker.home import Home, InForce
from worker.office import Office
from worker.settings import Secret


class _Reading(Office):
    """Its channels are complete but for what would let them send."""

    def secret(self, reference: str) -> Secret:
        return Secret(reference)


def codes_of(home: Home, force: InForce, channel_id: str) -> Mapping[str, Advice]:
    """Empty when the programme no longer has the channel."""
    office = _Reading(home.settings, home.store, home.clock, home.installation().training,
                      None, force).open()
    channel = office.channels.get(channel_id)
    return channel.codes if channel is not None else {}
