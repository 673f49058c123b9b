"""What every channel asks of a text: that there is one, that it fits, where its links lead."""

from channels.options import foreign_links
from channels.values import Message, Problem
from vietnamese.urls import contains_url


def unfit(
    message: Message, allowed: tuple[str, ...], *, limit: int | None = None,
    titled: bool = False,
) -> list[Problem]:
    """
    Pure: why it does not fit.

    Args:
        allowed: domains that links may lead to.
        limit: characters of the text at the most.
        titled: it needs a title.
    """
    problems = []
    if not message.text.strip():
        problems.append(Problem("empty", "Bài trống", "Viết lời cho kênh này"))
    if limit is not None and len(message.text) > limit:
        problems.append(Problem(
            "too-long", f"Bài dài {len(message.text)} ký tự, kênh nhận {limit}", "Rút ngắn bài"))
    if titled and not message.title.strip():
        problems.append(Problem("title", "Bài chưa có tiêu đề", "Viết tiêu đề"))
    return problems + wrong_links(message, allowed)


def wrong_links(message: Message, allowed: tuple[str, ...]) -> list[Problem]:
    """A warning that leads elsewhere trains people for the next fraud."""
    links = [*contains_url(message.text), *filter(None, [message.extra.get("link", "")])]
    foreign = foreign_links(links, allowed)
    if not foreign:
        return []
    return [Problem("url", f"Đường dẫn ngoài danh sách cho phép: {', '.join(foreign)}",
                    "Bỏ đường dẫn hoặc thêm vào allowed_domains")]
