"""Rules of a vendor's boxes: each target is a station, in a folder of its own."""

from collections.abc import Iterator

from channels.box.options import is_folder
from worker.errors import Mistake
from worker.guess import nearest
from worker.i18n import t
from worker.programme.source import Source
from worker.specs import BULLETINS


def box_rules(source: Source) -> Iterator[Mistake]:
    """Every mistake of this kind, in no order."""
    boxes = {c.id for _, c in source.each("channels") if c.type in BULLETINS}
    yield from _targets(source)
    for path, segment in source.each("segments"):
        for number, channel_id in enumerate(segment.channels):
            if channel_id in boxes:
                yield source.mistake(
                    (*path, "channels", number),
                    t(f"“{channel_id}” nhận cả bản tin của đài, không nhận từng tin",
                      f'"{channel_id}" takes whole bulletins of a station, not items'),
                    t("hãy bỏ ở đây; đài nào có máy thì ghi ở [[channels.targets]] của kênh",
                      "take it out; stations with a box stand in the channel's targets"))


def _targets(source: Source) -> Iterator[Mistake]:
    known = {s["id"] for s in source.raw.get("stations", ())
             if isinstance(s, dict) and isinstance(s.get("id"), str)}
    for path, channel in source.each("channels"):
        folders: dict[str, str] = {}
        for number, target in enumerate(channel.targets if channel.type in BULLETINS else ()):
            here = (*path, "targets", number)
            if target.id not in known:
                meant = nearest(target.id, known)
                yield source.mistake(
                    (*here, "id"),
                    t(f"không có đài “{target.id}”", f'there is no station "{target.id}"'),
                    t(f"ý là “{meant}”?", f'did you mean "{meant}"?') if meant
                    else t("hãy ghi mã của một [[stations]]", "write the id of a station"))
            if not is_folder(target.address):
                yield source.mistake(
                    (*here, "address"),
                    t(f"“{target.address}” không phải thư mục ở máy phát",
                      f'"{target.address}" is no folder on the box'),
                    t('hãy viết như "dai-xa-a" hoặc "tin/dai-xa-a"; "." là thư mục gốc',
                      'write "dai-xa-a" or "tin/dai-xa-a"; "." is the root'))
            elif (other := folders.setdefault(target.address, target.id)) != target.id:
                yield source.mistake(
                    (*here, "address"),
                    t(f"thư mục này là của đài “{other}”", f'this folder is "{other}"\'s'),
                    t("hãy cho mỗi đài một thư mục; máy ở địa chỉ khác thì khai kênh khác",
                      "give each station its own; a box elsewhere is a channel of its own"))
