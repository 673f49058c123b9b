"""`giovang check --live`: asks every account of the programme in force whether it can send now."""

from collections.abc import Iterator
from contextlib import contextmanager

from worker import accounts, output
from worker.accounts import Answer
from worker.errors import UserError
from worker.home import Home, open_home
from worker.i18n import t
from worker.office import Office
from worker.output import Row, local_iso
from worker.sandboxed import SandboxProcess, on_loopback


def check_live(channel: str | None, *, as_json: bool) -> bool:
    """Print an account a line; True when all can send. Nothing is written, no lock is taken."""
    home = open_home()
    try:
        with _sandbox(home) as sandbox_url:
            office = Office(home.settings, home.store, home.clock, home.installation().training,
                            sandbox_url, home.programme()).open()
            answers, bugs = accounts.ask(office, _wanted(office, channel))
    finally:
        home.close()
    zone, now = office.force.programme.zone(), home.clock.now()
    rows: list[Row] = [
        {
            "channel": a.channel, "account": a.account, "ok": a.health.ok,
            "code": a.health.code, "detail": a.health.detail,
            "expires_at": local_iso(a.health.expires_at, zone),
            "todo": a.todo if not a.health.ok or a.ends_soon(now) else "",
            "word": _word(a, soon=a.ends_soon(now)),
        }
        for a in answers
    ]
    if as_json:
        output.lines({k: v for k, v in row.items() if k != "word"} for row in rows)
    else:
        output.show(rows, {
            "channel": t("Kênh", "Channel"), "account": t("Tài khoản", "Account"),
            "word": t("Kết quả", "Result"), "expires_at": t("Hết hạn", "Expires"),
            "detail": t("Chi tiết", "Detail"), "todo": t("Việc cần làm", "To do"),
        }, as_json=False)
    if bugs:
        raise ExceptionGroup("check --live", bugs)
    return all(a.health.ok for a in answers)


def _word(answer: Answer, *, soon: bool) -> str:
    if not answer.health.ok:
        return t("HỎNG", "FAILS")
    return t("SẮP HẾT HẠN", "ENDS SOON") if soon else "OK"


def _wanted(office: Office, channel: str | None) -> list[tuple[str, str]]:
    every = accounts.every_account(office)
    if channel is None:
        return every
    wanted = [(c, a) for c, a in every if c == channel]
    if not wanted:
        known = ", ".join(dict.fromkeys(c for c, _ in every))
        raise UserError("--channel",
                        t(f"không có kênh «{channel}» đang bật", f"no enabled channel “{channel}”"),
                        t(f"dùng: {known}", f"use: {known}"))
    return wanted


@contextmanager
def _sandbox(home: Home) -> Iterator[str | None]:
    """In training nobody outside is asked: the sandbox that runs, or one of our own for now."""
    if not home.installation().training:
        yield None
        return
    output.say(t("TẬP HUẤN: chỉ hỏi hộp thử trên máy này, không hỏi cổng thật",
                 "TRAINING: only the sandbox on this machine is asked, no real gateway"))
    if home.settings.sandbox_url:
        yield on_loopback(home.settings.sandbox_url)
        return
    sandbox = SandboxProcess()
    try:
        yield sandbox.url
    finally:
        sandbox.stop()
