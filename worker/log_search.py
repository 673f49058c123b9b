"""The log by words: without accents, "hoa binh" finds Hòa Bình and Hoà Bình."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese.plain import plain
from worker.log_query import Line
from worker.models import Item
from worker.programme.model import Programme
from worker.programme.targets import candidates


@dataclass(frozen=True)
class Names:
    """How channels, targets and items are called; their ids where nothing is known of them."""

    channels: dict[str, str]
    targets: dict[tuple[str, str], str]
    items: dict[str, str]

    @classmethod
    def all(cls, session: Session, programme: Programme) -> "Names":
        """Of every item there is."""
        titles = session.execute(select(Item.id, Item.title))
        return cls(*_of_programme(programme), dict(iter(titles)))

    def channel(self, channel: str) -> str:
        return self.channels.get(channel, channel)

    def target(self, channel: str, target: str) -> str:
        return self.targets.get((channel, target), target)

    def item(self, item: str) -> str:
        return self.items.get(item, item)


def names_of(session: Session, programme: Programme, rows: Iterable[Line]) -> Names:
    """Of what stands in these rows."""
    wanted = {row.item_id for row in rows}
    titles = session.execute(select(Item.id, Item.title).where(Item.id.in_(wanted)))
    return Names(*_of_programme(programme), dict(iter(titles)))


def _of_programme(programme: Programme) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    return ({c.id: c.name for c in programme.channels},
            {(c.id, x.id): x.name for c in programme.channels for x in candidates(programme, c)})


def about(
    session: Session, programme: Programme, text: str
) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the items and of the targets whose id or name has every one of these words."""
    words = plain(text).casefold().split()
    names = Names.all(session, programme)
    return (
        frozenset(i for i, title in names.items.items() if _has(f"{i} {title}", words)),
        frozenset(x for (_, x), name in names.targets.items() if _has(f"{x} {name}", words)),
    )


def _has(text: str, words: list[str]) -> bool:
    bare = plain(text).casefold()
    return all(word in bare for word in words)
