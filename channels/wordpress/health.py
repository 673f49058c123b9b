"""Can this account publish, edit, and take back? Asked before the slot, by harmless questions."""

from channels.values import Health
from channels.verdict import unhealthy
from channels.wire import Answer
from channels.wordpress.categories import Categories, resolve
from channels.wordpress.codes import CODES, RIGHTS
from channels.wordpress.options import WordPressOptions
from channels.wordpress.rest import Rest

_LOGIN = ("wp-login", "wp-rest_not_logged_in")


def health(rest: Rest, options: WordPressOptions, account: str, deadline: float) -> Health:
    """The login, each right it needs by its name, and every category of the options."""
    me = rest.thing("GET", "users/me", account, deadline, params={"context": "edit"})
    if not isinstance(me, dict):
        code = getattr(me, "code", "")
        if code in _LOGIN and _passwords_are_off(rest, account, deadline):
            return _unwell("wp-application_passwords_disabled")
        return Health(ok=False, code=code, detail=me.detail)
    has = me.get("capabilities")
    wanted = dict(RIGHTS)
    if options.create_categories and options.categories:
        wanted["manage_categories"] = "tạo chuyên mục"
    missing = [f"{name} ({words})" for name, words in wanted.items()
               if not isinstance(has, dict) or has.get(name) is not True]
    if missing:
        roles = ", ".join(map(str, me.get("roles") or ["?"]))
        return _unwell("wp-rights", f"vai trò {roles}, thiếu {', '.join(missing)}")
    categories = resolve(rest, options, account, deadline, create=False)
    if not isinstance(categories, Categories):
        return Health(ok=False, code=getattr(categories, "code", ""), detail=categories.detail)
    if categories.missing and not options.create_categories:
        return _unwell("wp-no-category", ", ".join(categories.missing))
    return Health(ok=True)


def _passwords_are_off(rest: Rest, account: str, deadline: float) -> bool:
    """The site's description names the ways to log in; without TLS, or switched off: none."""
    got = rest.call("GET", "", account, deadline, params={"_fields": "authentication"})
    if unhealthy(got, CODES) is not None or not isinstance(got, Answer):
        return False
    body = got.json()
    ways = body.get("authentication") if isinstance(body, dict) else None
    return ways is not None and "application-passwords" not in ways


def _unwell(code: str, what: str = "") -> Health:
    row = CODES[code]
    said = f"{row.meaning}: {what}" if what else row.meaning
    return Health(ok=False, code=code, detail=f"{said}. {row.todo}")
