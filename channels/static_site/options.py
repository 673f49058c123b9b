"""What a static site is told in schedules.toml, and the codes of its outcomes."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from channels import files
from channels.online import PinOptions
from channels.values import Advice

CODES: Final[Mapping[str, Advice]] = {
    **files.CODES,
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
    "recalled": Advice("rejected", "Bài này đã thu hồi", "Muốn đăng lại: sửa tin, duyệt lại"),
    "gone": Advice("rejected", "Trang không còn bài này để sửa", "Không phải làm gì"),
}


class StaticSiteOptions(PinOptions):
    """`[[channels]] type = "static_site"`, options."""

    folder: str = "trang-tin"  #: below the installation's own folder, or absolute
    title: str = "Tin cảnh báo"
    author: str = "Ban biên tập"
    base_url: str = Field(default="http://localhost/", pattern=r"^https?://[^\s\"'<>]+/$")
    #: a day on which the host of base_url was ours (RFC 4151); never changed again
    tag_date: str = Field(default="2026", pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")
    recalled: Literal["notice", "remove"] = "notice"  #: what stands where a recalled one stood
