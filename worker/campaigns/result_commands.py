"""`giovang campaign export`, `retry-failed`, `test`: what is done with a campaign's results."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from worker import output
from worker.errors import UserError
from worker.home import open_home
from worker.i18n import t
from worker.lists.commands import ROLE, Yes, asked, must_answer
from worker.lists.one_number import nine_of
from worker.output import say
from worker.people import As, Json
from worker.rowfile import must_be_rows

from . import acts, retry, trial, words
from .export import Wanted, whole_numbers
from .export import export as write
from .figures import a_campaign
from .tables import codes_of

Number = Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"), help=t("số của đợt", "campaign"))]


def export(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar=t("TỆP", "FILE"), help="CSV, XLSX")],
    state: Annotated[list[str] | None, typer.Option("--state", help=t(
        "chỉ trạng thái này (nhiều lần được)", "only this state; repeatable"))] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help=t(
        "ghi cả số điện thoại", "with whole numbers"))] = False,
    reason: Annotated[str, typer.Option("--reason", help=t("lý do", "why"))] = "",
    as_: As = None,
) -> None:
    unknown = [s for s in state or () if s not in words.MESSAGE]
    if unknown:
        raise UserError("--state", t(f"không có trạng thái «{unknown[0]}»",
                                     f"no state “{unknown[0]}”"),
                        t(f"dùng: {', '.join(words.MESSAGE)}", f"use: {', '.join(words.MESSAGE)}"))
    must_be_rows(file)
    home = open_home()
    with home.store.read() as session:
        channel = acts.find(session, number).channel
    ring = None
    if numbers:
        ring = whole_numbers(home, number, state or (), reason, home.person(as_, ROLE).id)
    force = home.programme()
    count = write(home.store, file, Wanted(number, state or (), ring), force.programme.zone(),
                  codes_of(home, force, channel))
    say(t(f"{file}: {words.number(count)} số", f"{file}: {words.number(count)} numbers"))
    home.close()


def retry_failed(
    number: Number,
    code: Annotated[list[str] | None, typer.Option("--code", help=t(
        "gửi lại những số hỏng vì mã này (nhiều lần được)", "those that failed of this; repeatable"
    ))] = None,
    yes: Yes = False, as_: As = None, json_: Json = False,
) -> None:
    home = open_home()
    person = home.person(as_, ROLE).id
    force = home.programme()
    with home.store.read() as session:
        campaign = acts.find(session, number)
        retry.must_be_open(home.clock.now(), force.programme, campaign)
        codes = codes_of(home, force, campaign.channel)
        which = retry.chosen(session, number, codes, code or ())
        found = retry.reasons(session, number, which) if which else []
    total = sum(r.messages for r in found)
    if json_:
        output.lines({"campaign": number, "state": r.state, "code": r.code,
                      "messages": r.messages, "reason": words.reason(r.code, codes)}
                     for r in found)
    for r in found:
        say(f"{words.number(r.messages):>12}  {words.reason(r.code, codes)} ({r.code}): "
            f"{t(*words.MESSAGE[r.state])}")
    if not total:
        say(t("không có số nào gửi lại được; nêu mã: --code MÃ (xem campaign status)",
              "nothing can be sent again; name a code: --code CODE (see campaign status)"))
        home.close()
        return
    must_answer(yes)
    if not yes and not asked(t(f"Gửi lại cho {words.number(total)} số?",
                               f"Send again to {words.number(total)} numbers?")):
        raise typer.Exit(1)
    done = sum(retry.again(home.store, home.clock.now(), person, number, which))
    say(t(f"đợt {number}: {words.number(done)} số được gửi lại, đợt đang chạy",
          f"campaign {number}: {words.number(done)} numbers are sent again, it runs"))
    home.close()


def send_test(
    number: Number,
    to_seeds: Annotated[bool, typer.Option("--to-seeds", help=t(
        "tới các máy của ta", "to our own handsets"))] = False,
    field: Annotated[list[str] | None, typer.Option("--field", help=t(
        'giá trị mẫu: "ten=Nguyễn Văn A"', 'a sample value: "name=value"'))] = None,
    wait: Annotated[float, typer.Option("--wait", min=0, max=120, help=t(
        "chờ kết quả bao nhiêu giây", "seconds to wait for the outcome"))] = 30,
    as_: As = None, json_: Json = False,
) -> None:
    values = _values(field or [])
    home = open_home()
    person = home.person(as_, ROLE).id
    with home.store.read() as session:
        channel = a_campaign(session, number).channel
        own = trial.handsets(session, number) if to_seeds else []
    ids = trial.ask(home, number, own or _typed(), values, person)
    tried = trial.outcome(home, ids, wait)
    codes = codes_of(home, home.programme(), channel)
    rows = [{"number": x.number, "state": x.state, "code": x.code,
             "reason": words.reason(x.code, codes) if x.code else "", "words": x.words,
             "ref": x.ref} for x in tried]
    shown = rows if json_ else [{**r, "state": t(*words.TRIED[r["state"]])} for r in rows]
    output.show(shown, {"number": t("Số", "Number"), "state": t("Kết quả", "Outcome"),
                        "reason": t("Lý do", "Reason"), "ref": t("Mã ở cổng", "Id"),
                        "words": t("Cổng trả lời", "The gateway's words")}, as_json=json_)
    home.close()
    if any(x.state not in ("accepted", "delivered") for x in tried):
        raise typer.Exit(1)


def _values(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UserError("--field", t(f"«{text}» không đọc được", f"cannot read “{text}”"),
                            t("viết TRƯỜNG=GIÁ-TRỊ", "write NAME=VALUE"))
        found[name.strip()] = value.strip()
    return found


def _typed() -> list[str]:
    """Numbers from a prompt or stdin, one a line, never from the words of the command."""
    if sys.stdin.isatty():
        say(t(f"Số nhận thử, mỗi dòng một số, dòng trống là hết (nhiều nhất {trial.MOST}):",
              f"Numbers, one a line, an empty line ends them (at most {trial.MOST}):"))
    found: list[str] = []
    for line in iter(sys.stdin.readline, ""):
        if not line.strip():
            break
        found.append("+84" + nine_of(t(f"số thứ {len(found) + 1}", f"number {len(found) + 1}"),
                                     line))
    return found
