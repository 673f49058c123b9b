"""The users, and adding one: person and account at once, with the link to hand over."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Response

from console.web.context import Ask, Site
from console.web.nav import ADMIN
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.people import ROLES, free_id
from worker.users import desk, directory, links
from worker.users.commands import PATH

#: rows of a page
PAGE = 100
#: how an account's state is called, and its colour
STATES: Mapping[str, tuple[str, str, str]] = {
    "in": ("Đang dùng", "in use", "ok"),
    "waiting": ("Chưa đặt mật khẩu", "no password yet", "wait"),
    "none": ("Chưa có tài khoản", "no account", "off"),
    "off": ("Đã khóa", "locked", "bad"),
}
#: field of a form -> where a mistake in it is said to be
_FIELDS = {"--name": "name", "--role": "roles", "--organisation": "organisation"}


@dataclass(frozen=True)
class Typed:
    """The form as it was filled in, and what is wrong with which field."""

    name: str = ""
    id: str = ""
    organisation: str = ""
    roles: tuple[str, ...] = ()
    why: Mapping[str, str] | None = None

    @classmethod
    def of(cls, ask: Ask, why: Mapping[str, str] | None = None) -> "Typed":
        form = ask.form
        return cls(form.get("name", "").strip(), form.get("id", "").strip(),
                   form.get("organisation", ""), tuple(ask.all("roles")), why)


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask, Typed())


def _page(site: Site, ask: Ask, typed: Typed, status: int = 200) -> Response:
    wish = directory.Wish(**{name: ask.query.get(name, "").strip()[:200]
                             for name in ("text", "organisation", "role", "state")})
    given = ask.query.get("trang", "1")
    scope = site.scope(ask)
    with site.home.store.read() as session:
        programme = in_force(session).programme
        found = directory.listed(session, site.home.clock.now(), scope, wish)
    pages = max(1, -(-len(found) // PAGE))
    number = min(int(given), pages) if given.isdecimal() and len(given) < 6 else 1
    number = max(number, 1)
    query = urlencode({name: value for name, value in vars(wish).items() if value})
    return site.page(
        ask, "users/list", status, found=found[(number - 1) * PAGE:number * PAGE],
        total=len(found), number=number, pages=pages, query=query, wish=wish, typed=typed,
        may_act=bool(ask.me.roles & ADMIN), whole=scope.whole, zone=programme.zone(),
        organisations=directory.organisations(programme, scope), **shared())


def shared() -> dict[str, object]:
    """What the pages of this area all show."""
    return {"role_names": {role: t(*words) for role, words in ROLES.items()},
            "role_hints": {role: t(*words) for role, words in HINTS.items()},
            "states": {key: (t(vi, en), tone) for key, (vi, en, tone) in STATES.items()}}


#: what a role may do, in one line
HINTS: Mapping[str, tuple[str, str]] = {
    "nguoi_soan": ("viết tin, trình duyệt", "writes items, submits them"),
    "nguoi_duyet": ("duyệt, trả lại, thu hồi tin", "approves, returns, recalls items"),
    "dieu_phoi": ("xếp lịch, lập đợt nhắn tin", "plans, makes SMS campaigns"),
    "truc_dai": ("nhận bản tin, báo đã phát", "takes bulletins, reports them aired"),
    "kiem_tra": ("xem mọi trang, không thay đổi gì", "reads every page, changes nothing"),
    "quan_tri": ("thêm người, sửa cấu hình", "adds users, changes the set-up"),
}


def add(site: Site, ask: Ask) -> Response:
    typed = Typed.of(ask)
    if not typed.name:
        return _page(site, ask, Typed.of(ask, {"name": t("gõ họ tên", "type the full name")}), 400)
    try:
        with site.home.store.write() as session:
            person_id = typed.id or free_id(session, typed.name)
            token = desk.welcome(session, site.home, person_id, typed.name, typed.roles,
                                 typed.organisation or None, ask.me.person)
    except UserError as error:
        return _page(site, ask, Typed.of(ask, why_of(error)), 409 if error.exit_code == 1 else 400)
    return hand_over(site, ask, person_id, typed.name, token, fresh=True)


def why_of(error: UserError) -> dict[str, str]:
    """What is wrong with which field of the form."""
    first = error.mistakes[0]
    return {_FIELDS.get(first.where, "id"): first.at_field()}


def hand_over(
    site: Site, ask: Ask, person_id: str, name: str, token: str, *, fresh: bool = False
) -> Response:
    """The link, this once: it stands nowhere else, and the database has its hash only."""
    url = ask.request.url
    return site.page(ask, "users/link", person=person_id, name=name, fresh=fresh,
                     link=f"{url.scheme}://{url.netloc}{PATH}{token}",
                     hours=int(links.LASTS.total_seconds() // 3600))
