"""`[[channels]] type = "sms_smpp"`: its options, those of an account, and what they must not be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from channels.gateway import Row
from channels.options import ChannelSpec, Options
from channels.smpp.coding import Encoding, Long
from channels.smpp.receipts import Ids
from channels.smpp.submit import Style, Validity
from channels.values import Advice, Problem
from vietnamese.i18n import t

SECRETS = frozenset({"system_id", "password"})
SANDBOX_KEY_TLV = 0x1500  #: of a vendor's range; the sandbox knows it


class SmppOptions(Options):
    """Options of the channel; ton and npi: SMPP 3.4, 5.2.5 and 5.2.6. Times in seconds."""

    host: str = Field(min_length=1)
    port: int = Field(default=2775, ge=1, le=65535)
    tls: bool = False
    tls_name: str = ""  #: the name in the gateway's certificate, when it is not `host`
    ca: str = ""  #: bundle of the authorities to trust, below home; empty: the system's
    bind: Literal["transceiver", "separate"] = "transceiver"
    binds: int = Field(default=1, ge=1, le=16)
    window: int = Field(default=10, ge=1, le=1000)
    response_timeout: float = Field(default=30, gt=0, le=300)
    enquire_link: float = Field(default=30, gt=0, le=3600)
    system_type: str = Field(default="", max_length=12)
    service_type: str = Field(default="", max_length=5)
    source_ton: int = Field(default=5, ge=0, le=255)
    source_npi: int = Field(default=0, ge=0, le=255)
    dest_ton: int = Field(default=1, ge=0, le=255)
    dest_npi: int = Field(default=1, ge=0, le=255)
    phone: Literal["84", "0", "+84"] = "84"  #: how the gateway writes 0912345678
    encoding: Encoding = "gsm7"
    gsm_data_coding: int = Field(default=0, ge=0, le=255)
    long: Long = "udh8"
    validity: Validity = "relative"
    priority: int = Field(default=0, ge=0, le=3)
    receipts: bool = True
    receipt_ids: Ids = "same"
    user_reference: bool = True
    key_tlv: int = Field(default=0, ge=0, le=0xFFFF)
    max_parts: int = Field(default=3, ge=1, le=10)
    plain: bool = True  #: without diacritics: 160 characters a part instead of 70
    seeds: dict[str, str] = Field(default_factory=dict)  #: our own handsets, one a carrier
    codes: dict[str, Row] = Field(default_factory=dict)  #: by status as "0x401": the gateway's own

    @model_validator(mode="after")
    def _names_statuses(self) -> Self:
        for name in self.codes:
            if _status(name) is None:
                raise ValueError(t(f"codes: {name!r} không phải mã trạng thái, viết như 0x401",
                                   f"codes: {name!r} is no status; write it as 0x401"))
        return self

    def style(self, sender: str) -> Style:
        """How messages of this sender are written."""
        values = self.model_dump(include=set(Style.__dataclass_fields__))
        return Style(sender=sender, **values)

    def table(self) -> Mapping[str, Advice]:
        """The gateway's own rows."""
        return {
            f"smpp-{_status(name):#04x}": Advice(
                row.outcome, row.meaning, row.todo, row.balance)
            for name, row in self.codes.items()
        }


class SmppAccount(Options):
    """Options of an account. `sender`: a registered name of 11 signs at most, or a number."""

    sender: str = Field(default="", max_length=20, pattern=r"^[A-Za-z0-9 _.+-]*$")

    @model_validator(mode="after")
    def _name_is_short(self) -> Self:
        if len(self.sender) > 11 and not self.sender.lstrip("+").isdigit():
            raise ValueError(t("tên định danh dài nhất 11 ký tự",
                               "a registered name has 11 characters at most"))
        return self


def problems_of(spec: ChannelSpec, options: SmppOptions, home: Path) -> list[Problem]:
    """What only the whole description shows."""
    found = []
    if options.ca and not (home / options.ca).is_file():
        what = t(f"không có tệp {options.ca}", f"there is no file {options.ca}")
        fix = t("Ghi đường dẫn tệp PEM của cổng", "Write the path of the gateway's PEM file")
        found.append(Problem("options.ca", what, fix))
    if (options.ca or options.tls_name) and not options.tls:
        what = t("có ca hoặc tls_name mà chưa bật tls", "ca or tls_name without tls")
        found.append(Problem("options.tls", what, "tls = true"))
    if spec.max_parallel and spec.max_parallel > options.window * options.binds:
        what = t(f"max_parallel {spec.max_parallel} lớn hơn window × binds",
                 f"max_parallel {spec.max_parallel} is more than window × binds")  # fmt: skip
        fix = t("Tăng window, hoặc giảm max_parallel", "Raise window, or lower max_parallel")
        found.append(Problem("options.window", what, fix))
    return found


def in_training(options: SmppOptions, sandbox_url: str) -> SmppOptions:
    """The same channel, pointed at the sandbox; it is told our whole key, to count by."""
    at = urlsplit(sandbox_url)
    return options.model_copy(
        update={
            "host": at.hostname, "port": at.port, "tls": False, "ca": "", "tls_name": "",
            "key_tlv": SANDBOX_KEY_TLV,
        }
    )  # fmt: skip


def _status(name: str) -> int | None:
    try:
        number = int(name, 0)
    except ValueError:
        return None
    return number if 0 < number <= 0xFFFFFFFF else None
