"""A dispatcher's day while messages go out: numbers in, watched live, paused, resumed, exported."""

import threading
from pathlib import Path
from typing import Self

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_console_campaigns_seen import (
    HERE,
    a_file,
    bring_in,
    console,
    signed_in,
)
from tests.browser.test_console_seen import Console, _well
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.world import a_text

__all__ = ["console"]


def a_gateway(console: Console, rate: int) -> Bed:
    """It takes so many messages a second, as accounts have it."""
    console.world.programme(a_text(rate=rate))
    return a_bed(console.world, room=rate)


class Sending:
    """
    The channel's runner in a thread of its own, as in the worker. `fast`: its clock runs on.
    `most`: it and its clock stand still when so many have left, so that a page which a busy
    machine shows late still finds something to look at, and to pause.
    """

    def __init__(self, bed: Bed) -> None:
        self.bed, self.fast, self.most = bed, True, float("inf")
        self._runner = bed.runner()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)

    @property
    def sent(self) -> int:
        return len(self.bed.gateway.sent)

    @property
    def clock(self) -> float:
        """Never faster than a real one while it is not `fast`; a busy machine's is slower."""
        return self.bed.world.clock.elapsed()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self.sent >= self.most:
                self._stop.wait(0.005)
                continue
            wrote = self._runner.wants_to_write() and self._runner.write()
            self._runner.send(0)
            self.bed.world.clock.advance(0.25 if self.fast else 0.005)
            self._stop.wait(0 if self.fast and wrote else 0.005)


@pytest.mark.parametrize(
    ("count", "rate"), [(2000, 400), pytest.param(100_000, 4000, marks=pytest.mark.long)])
def test_numbers_go_out_are_paused_within_a_second_and_all_arrive_once(
    console: Console, chromium: Browser, tmp_path: Path, count: int, rate: int
) -> None:
    bed = a_gateway(console, rate)
    shown = f"{count:,}".replace(",", ".")
    page = signed_in(console, chromium, "binh")
    page.set_default_timeout(180_000)
    bring_in(page, console, a_file(tmp_path, count))
    expect(page.locator("main")).to_contain_text(f"{shown} số nhận được")
    page.get_by_role("button", name="Nhận danh sách này").click()
    page.wait_for_url(f"**{HERE}/danh-sach/1?*")
    _made(page, count)
    _approved(console, chromium)

    page.locator("summary", has_text="Bắt đầu").click()  # there when the page has renewed itself
    page.get_by_role("button", name="Bắt đầu gửi").click()
    progress = page.locator("#tien-do")
    with Sending(bed) as sending:
        expect(progress).to_contain_text(f"500 / {shown} số", timeout=60_000)  # the trial
        expect(page.locator("main")).to_contain_text("tốt thì cho chạy tiếp", timeout=60_000)
        sending.fast, sending.most = False, 500 + (count - 500) // 10
        page.get_by_role("button", name="Chạy tiếp").click()
        # not by its address: the page may see the new state, and load itself, before the answer
        expect(page.locator("main")).to_contain_text("Đang gửi phần", timeout=60_000)
        seen = _moves(page, sending, (count - 500) // 10)
        assert seen == sorted(seen)
        at_press = _paused(page, sending, rate)
        assert 500 < at_press < count
        expect(progress).to_contain_text("TẠM DỪNG")
        _well(page, 1440, "dot-tam-dung")
        page.get_by_role("button", name="Tiếp tục").click()
        expect(page.get_by_role("button", name="Tiếp tục")).to_have_count(0, timeout=60_000)
        sending.fast = True
        expect(progress).to_contain_text(f"{shown} / {shown} số", timeout=600_000)

    assert bed.states() == {"accepted": count}
    assert len({message.key for message in bed.gateway.sent}) == len(bed.gateway.sent) == count
    _exported(page, tmp_path, count)
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()


def _made(page: Page, count: int) -> None:
    page.get_by_role("link", name="Lập đợt nhắn tin tới danh sách này").click()
    page.select_option("[name=item]", "td-01")
    page.get_by_text("Giá, trần chi phí, tài khoản").click()
    page.fill("[name=dong_per_part]", "350")
    page.get_by_role("button", name="Tính thử").click()
    page.get_by_text(f"{350 * count:,}".replace(",", ".")).first.wait_for()
    page.get_by_role("button", name="Lập đợt này").click()
    page.wait_for_url(f"**{HERE}/1?*")


def _approved(console: Console, browser: Browser) -> None:
    other = signed_in(console, browser, "duyet")
    other.goto(f"{console.url}{HERE}/1")
    other.get_by_text("Duyệt đợt này").click()
    other.get_by_role("button", name="Tôi duyệt").click()
    other.wait_for_url("**xong=dot-duyet")
    other.context.close()


def _moves(page: Page, sending: Sending, step: int) -> list[int]:
    """What the page has come to, without being loaded again, at three looks."""
    seen: list[int] = []
    for _ in range(600):
        number = page.evaluate("document.querySelector('#tien-do progress').value")
        if not seen or number != seen[-1]:
            seen.append(number)
            sending.most += step  # once it is seen, more may leave
        if len(seen) == 3:
            return seen
        page.wait_for_timeout(100)
    raise AssertionError(f"the page stands still at {seen}")


def _paused(page: Page, sending: Sending, rate: int) -> int:
    """Pressed: within a second nothing more leaves. How many had left by then."""
    with page.expect_request("**/tam-dung"):  # how long a browser takes over it is not ours
        page.get_by_role("button", name="Tạm dừng").click()
    pressed, at_press = sending.clock, sending.sent
    sending.most = float("inf")
    page.get_by_role("button", name="Tiếp tục").wait_for()
    for _ in range(1200):
        if sending.clock >= pressed + 1.7:
            break
        page.wait_for_timeout(50)
    assert sending.clock >= pressed + 1.7
    after = sending.sent
    assert after - at_press <= rate
    assert [at for at in sending.bed.gateway.at[at_press:] if at > pressed + 1] == []
    return after


def _exported(page: Page, folder: Path, count: int) -> None:
    with page.expect_download() as down:
        page.locator("a[href$='ket-qua.csv']").first.click()
    down.value.save_as(folder / "ket-qua.csv")
    lines = (folder / "ket-qua.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == count + 1
