"""
Every state, who may move it where, and what the move is called. docs/states.md is made
from this file (`python -m worker.states`), and a test fails when they differ.
"""

from typing import Literal, NamedTuple

DeliveryState = Literal[
    "held", "ready", "sending", "accepted", "delivered", "rejected",
    "exhausted", "uncertain", "cancelled", "expired", "recalled",
]

#: nothing moves a delivery out of these by itself
FINAL = frozenset({"delivered", "rejected", "exhausted", "cancelled", "expired", "recalled"})

#: the far side has, or may have, the message
MAY_BE_OUT = frozenset({"sending", "accepted", "delivered", "uncertain"})
#: how a delivery may end for whoever counts: it is out, or it never will be
OUT = frozenset({"accepted", "delivered"})
FAILED = frozenset({"rejected", "exhausted", "expired"})


class Label(NamedTuple):
    """How a state is called in front of staff (docs/glossary.md)."""

    vi: str
    en: str


LABELS: dict[str, Label] = {
    "held": Label("Chưa đủ điều kiện", "held"),
    "ready": Label("Chờ gửi", "ready"),
    "sending": Label("Đang gửi", "sending"),
    "accepted": Label("Đã nhận, chưa xác nhận đến", "accepted"),
    "delivered": Label("Đã đến / đã đăng", "delivered"),
    "rejected": Label("Bị từ chối", "rejected"),
    "exhausted": Label("Đã thử hết lượt, chưa gửi được", "exhausted"),
    "uncertain": Label("Chưa rõ kết quả", "uncertain"),
    "cancelled": Label("Đã hủy", "cancelled"),
    "expired": Label("Quá giờ, không phát", "expired"),
    "recalled": Label("Đã thu hồi", "recalled"),
}


class Move(NamedTuple):
    """One allowed move."""

    source: str
    to: str
    who: Literal["worker", "gateway", "person", "planner"]
    why: str


MOVES: tuple[Move, ...] = (
    Move("held", "ready", "person", "tin được duyệt / the item was approved"),
    Move("ready", "held", "person", "duyệt bị rút / the approval fell"),
    Move("held", "expired", "worker", "hết khung giờ / its slot closed"),
    Move("held", "cancelled", "person", "hủy, thu hồi / cancel, recall"),
    Move("ready", "sending", "worker", "bắt đầu gửi (ghi sổ trước khi gửi) / begun, committed"),
    Move("ready", "cancelled", "person", "hủy, thu hồi; gỡ bài đã chuẩn bị / cancel, withdrawn"),
    Move("ready", "expired", "worker", "hết khung giờ / its slot closed"),
    Move("ready", "delivered", "gateway", "báo kết quả lần trước / receipt of an earlier try"),
    Move("ready", "rejected", "gateway", "báo kết quả lần trước / receipt of an earlier try"),
    Move("ready", "accepted", "gateway", "báo đã nhận lần trước / an earlier try was taken"),
    Move("ready", "uncertain", "worker", "hết giờ, hủy khi lần trước chưa rõ / try in doubt"),
    Move("sending", "delivered", "worker", "đã đăng, đã đến / Delivered"),
    Move("sending", "accepted", "worker", "nhà mạng đã nhận / Accepted"),
    Move("sending", "rejected", "worker", "bị từ chối / Rejected"),
    Move("sending", "ready", "worker", "chưa gửi được; đã chuẩn bị, chờ giờ / Retry, Prepared"),
    Move("sending", "exhausted", "worker", "đã thử hết lượt / tries used up"),
    Move("sending", "uncertain", "worker", "không rõ kết quả, máy chết / no answer, or died"),
    Move("sending", "cancelled", "worker", "thu hồi trước khi gửi / recalled before the wire"),
    Move("sending", "expired", "worker", "hết giờ trước khi gửi / closed before the wire"),
    Move("accepted", "delivered", "gateway", "báo đã đến / receipt"),
    Move("accepted", "rejected", "gateway", "báo không đến / receipt"),
    Move("uncertain", "accepted", "worker", "đối soát thấy, báo đã nhận / found, receipt, person"),
    Move("uncertain", "delivered", "gateway", "đối soát thấy, báo kết quả / found, receipt"),
    Move("uncertain", "rejected", "gateway", "báo không đến / found, receipt"),
    Move("uncertain", "ready", "worker", "chưa gửi, đã chuẩn bị, cho gửi lại / send again"),
    Move("uncertain", "cancelled", "person", "xác nhận chưa gửi, thôi gửi / it did not go out"),
    Move("ready", "rejected", "worker", "thu hồi, đính chính: nơi đó đã bỏ / its place is gone"),
    Move("rejected", "ready", "person", "thu hồi, đính chính: làm lại / recall: tried again"),
    Move("rejected", "accepted", "person", "thu hồi, đính chính: làm tay / recall: by hand"),
    Move("exhausted", "ready", "person", "thu hồi, đính chính: làm lại / recall: tried again"),
    Move("exhausted", "accepted", "person", "thu hồi, đính chính: làm tay / recall: by hand"),
    Move("expired", "ready", "person", "thu hồi, đính chính: làm lại / recall: tried again"),
    Move("expired", "accepted", "person", "thu hồi, đính chính: làm tay / recall: by hand"),
    Move("cancelled", "ready", "person", "thu hồi, đính chính: lại cần đến / wanted after all"),
    Move("delivered", "recalled", "worker", "đã gỡ hoặc sửa tại chỗ / taken back, or edited"),
    Move("accepted", "recalled", "worker", "đã gỡ hoặc sửa tại chỗ / taken back, or edited"),
    Move("uncertain", "recalled", "worker", "sửa tại chỗ, đã sửa lại hoặc gỡ / edited over, gone"),
)

_ALLOWED = frozenset((m.source, m.to) for m in MOVES)


def allowed(source: str, to: str) -> bool:
    """True when the table has this move."""
    return (source, to) in _ALLOWED


def to_markdown() -> str:
    """The tables of docs/states.md."""
    rows = ["| Trạng thái | Trên màn hình | In English | Kết thúc |", "|---|---|---|---|"]
    for name, label in LABELS.items():
        end = "có" if name in FINAL else ""
        rows.append(f"| `{name}` | {label.vi} | {label.en} | {end} |")
    rows += ["", "| Từ | Sang | Ai | Vì sao |", "|---|---|---|---|"]
    rows += [f"| `{m.source}` | `{m.to}` | {m.who} | {m.why} |" for m in MOVES]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(to_markdown(), end="")  # noqa: T201  (its whole purpose)
