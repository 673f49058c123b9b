"""A page that takes posts ahead, counted at the far side, and what persons do meanwhile."""

from dataclasses import dataclass

from channels.values import (
    Absent,
    Delivered,
    Found,
    Message,
    Outcome,
    Prepared,
    Rejected,
    Uncertain,
)
from tests.builders import an_item
from tests.fakes import Held, RecallableChannel
from tests.store.conftest import MakeWorld
from tests.store.world import CLOSES, HERE, MINUTE, NOON, TODAY, World, a_text
from worker.models import Delivery, Item, Pin
from worker.outbox import acts, orders, withdraw
from worker.outbox.recall import recall_item
from worker.reconcile import reconcile

#: half an hour before the slot
DUE = NOON - 30 * MINUTE
LEAD = 'id = "facebook"\nlead = "30m"\n'


@dataclass
class Post:
    """What stands at the far side."""

    key: str
    public: bool = False
    gone: bool = False


class Page(RecallableChannel):
    """A page that takes posts ahead; it knows no keys, so each prepare is another post."""

    def __init__(self, world: World) -> None:
        super().__init__("facebook", world.far)
        self.posts: dict[str, Post] = {}
        self.shown: list[str] = []  #: keys, in the order in which they became public
        self.prepared: list[Message] = []
        self.prepares_all: bool | Exception = True
        self.only = ""  #: prepares for pages whose address ends so
        self.keeps: list[Outcome] = []  #: its next answers when it is to take something back
        self.loses = False  #: it does what it is asked for, but its answer is lost

    def prepares(self, message: Message) -> bool:
        if isinstance(self.prepares_all, Exception):
            raise self.prepares_all
        return self.prepares_all and message.target.endswith(self.only)

    def prepare(self, message: Message, *, deadline: float) -> Prepared | Outcome:
        del deadline
        self.prepared.append(message)
        self.on_send(message)
        if self.script:
            return self._next()
        ref = self._post(message.key)
        return Uncertain("cut", "") if self.loses else Prepared(ref)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        del deadline
        self.sent.append(message)
        self.on_send(message)
        if self.script:
            return self._next()
        ref = message.ref or self._post(message.key)
        if self.posts[ref].gone:
            return Rejected("gone", "")
        if not self.posts[ref].public:
            self.posts[ref].public = True
            self.shown.append(message.key)
        return Uncertain("cut", "") if self.loses else Delivered(ref)

    def find(self, message: Message) -> Found:
        self.asked.append(message.key)
        for ref, post in self.posts.items():
            if post.key == message.key and not post.gone:
                return Delivered(ref) if post.public else Prepared(ref)
        return Absent()

    def recall(self, message: Message, ref: str) -> Outcome:
        self.recalled.append((message.key, ref))
        if self.keeps:
            return self.keeps.pop(0)
        if self.script:
            return self._next()
        self.posts[ref].gone = True
        return Delivered(ref)

    def publish(self, key: str) -> None:
        """As a page does when the hour has come that it was given."""
        [post] = [post for post in self.posts.values() if post.key == key]
        post.public = True
        self.shown.append(key)

    def left(self) -> list[str]:
        """Keys of what stands there, public or not."""
        return [post.key for post in self.posts.values() if not post.gone]

    def _post(self, key: str) -> str:
        ref = f"p{len(self.posts)}"
        self.posts[ref] = Post(key)
        return ref

    def _next(self) -> Outcome:
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def led(**changes: str) -> str:
    """The usual programme; Facebook gets its posts half an hour ahead."""
    return a_text(**changes).replace('id = "facebook"\n', LEAD)


def a_page(make_world: MakeWorld, text: str | None = None) -> World:
    """Noon is planned for a page that prepares."""
    world = make_world(text or led())
    world.fakes["facebook"] = Page(world)
    return world


def two_pages(make_world: MakeWorld) -> World:
    """Of two pages only the first is prepared."""
    first = 'address = "100000000000001"\n'
    second = ('[[channels.targets]]\nid = "trang-hai"\nname = "Hai"\n'
              'address = "100000000000002"\n')
    world = a_page(make_world, led().replace(first, first + second))
    page(world).only = "1"
    return world


def page(world: World) -> Page:
    found = world.fakes["facebook"]
    assert isinstance(found, Page)
    return found


def prepared(world: World) -> Delivery:
    """Half an hour before noon, and its post stands there."""
    world.to(DUE)
    world.run("facebook")
    return world.one("facebook")


def find_twice(world: World) -> None:
    """Two rounds of asking, over two minutes apart."""
    for _ in range(2):
        world.clock.advance(121)
        reconcile(world.office(), world.clock.now())


def stop(world: World) -> None:
    """As `giovang stop` does it."""
    with world.store.write() as s:
        orders.stop(s, world.clock.now(), "soan", "*", "sai")
    with world.store.write() as s:
        withdraw.forbidden(s, world.clock.now(), "soan")


def start(world: World) -> None:
    for person in ("soan", "duyet"):
        with world.store.write() as s:
            orders.start(s, world.clock.now(), person, None)


def falls(world: World, state: str = "returned") -> None:
    """The approval of the item falls, or comes again."""
    with world.store.write() as s:
        s.get_one(Item, "td-01").state = state
        s.flush()
        acts.follow_item(s, world.clock.now(), "td-01", "duyet")


def pin(world: World, item: str = "td-02") -> None:
    world.approved(an_item(item, body="Chuyện khác. Báo {{ cong_an }}, gọi 113."))
    with world.store.write() as s:
        s.add(Pin(entry="canh_giac", slot="trua", local_date=TODAY, item_id=item, by="soan",
                  at=world.clock.now()))
    world.plan()


def cancel(world: World) -> None:
    with world.store.write() as s:
        acts.cancel_occurrence(s, world.clock.now(), "soan", HERE, "sai")


def recall(world: World) -> int:
    with world.store.write() as s:
        return recall_item(s, world.clock.now(), "duyet", "td-01", "sai",
                           {"facebook", "website"}).opened


def disable(world: World) -> None:
    """The segment no longer airs at noon."""
    world.programme(led(at='slots = ["chieu"]'))
    world.plan()


def take_off_channel(world: World) -> None:
    """The segment no longer airs on the page."""
    world.programme(led(on='channels = ["sms", "website", "loa"]'))
    world.plan()


def black_out(world: World) -> None:
    """No day for this: declared after the post was prepared."""
    world.programme(led() + f'\n[[blackouts]]\nname = "Quốc tang"\nfirst = {TODAY}\n'
                    f'last = {TODAY}\n')
    world.plan()


def expire(world: World) -> None:
    """Nobody was there while its slot was open."""
    world.to(CLOSES)
    world.house().sweep()


def lost_answer(world: World) -> None:
    page(world).loses = True
    assert prepared(world).state == "uncertain"
    page(world).loses = False


def killed(world: World) -> None:
    """The worker dies when the page has it and before that is written down."""
    pool = Held()
    world.to(DUE)
    world.dispatcher("facebook", pool=pool).turn()
    pool.release()  # to the page; nobody settles
    assert world.states("facebook") == ["sending"]
    world.clock.advance(120)
    world.house(world.worker("may-1")).sweep()
    assert world.states("facebook") == ["uncertain"]
