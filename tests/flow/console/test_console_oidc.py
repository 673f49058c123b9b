"""Logging in by an organisation's own accounts, against a provider on loopback."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.accounts import Visitor, acts, an_account, code_now, who, with_codes
from tests.oidc import CLIENT, SECRET, Claims, Idp
from worker.errors import UserError
from worker.home import Home
from worker.settings import Oidc, Secret, from_environment
from worker.users import store as accounts

START = "/dang-nhap/co-quan"


@pytest.fixture
def idp(clock) -> Iterator[Idp]:
    running = Idp(lambda: clock.now().timestamp())
    yield running
    running.stop()


@pytest.fixture
def home(home: Home, idp: Idp) -> Home:
    """The installation of the other tests, with a provider."""
    oidc = Oidc(idp.issuer, CLIENT, Secret(SECRET))
    return Home(replace(home.settings, oidc=oidc), home.store, home.clock)


def sent(person: Visitor, idp: Idp, query: str = "") -> str:
    """To the provider and back; the address that the browser is sent to."""
    away = person.get(START + query)
    assert away.status_code == 303, away.text
    assert away.headers["location"].startswith(f"{idp.issuer}/auth?")
    return idp.log_in(away.headers["location"])


def test_who_has_an_account_is_let_in_and_goes_on(home: Home, person: Visitor, idp: Idp) -> None:
    an_account(home, "an", "nguoi_soan", password=False)
    assert START in person.get("/dang-nhap?next=/nhat-ky").text

    back = person.get(sent(person, idp, "?next=/nhat-ky"))

    assert (back.status_code, back.headers["location"]) == (303, "/nhat-ky")
    assert person.get("/tai-khoan").status_code == 200
    assert acts(home)[-1] == "login"


def test_codes_are_asked_for_whatever_the_provider_says(
    home: Home, person: Visitor, idp: Idp
) -> None:
    """amr says otp; ours is owed all the same."""
    an_account(home, "an", "nguoi_soan")
    with_codes(home, "an")

    person.get(sent(person, idp))

    assert person.token is not None
    found = who(home, person.token)
    assert found is not None
    assert found.standing == "code"
    assert person.get("/").headers["location"] == "/ma-xac-thuc"
    assert person.post("/ma-xac-thuc", code=code_now(home, "an")).status_code == 303


def _nonce(claims: Claims) -> None:
    claims["nonce"] = "khác"


def _no_nonce(claims: Claims) -> None:
    del claims["nonce"]


def _aud(claims: Claims) -> None:
    claims["aud"] = "trang-khac"


def _among(claims: Claims) -> None:
    claims["aud"] = [CLIENT, "trang-khac"]


def _azp(claims: Claims) -> None:
    claims["azp"] = "trang-khac"


def _iss(claims: Claims) -> None:
    claims["iss"] = "http://127.0.0.1:1/realm"


def _late(claims: Claims) -> None:
    claims["exp"] -= 600


def _no_end(claims: Claims) -> None:
    del claims["exp"]


@pytest.mark.parametrize("change", [_nonce, _no_nonce, _aud, _among, _azp, _iss, _late, _no_end],
                         ids=lambda f: f.__name__)
def test_a_token_that_is_not_for_this_log_in_lets_nobody_in(
    home: Home, person: Visitor, idp: Idp, change: Callable[[Claims], None]
) -> None:
    an_account(home, "an", "nguoi_soan")
    idp.change = change

    refused = person.get(sent(person, idp))

    assert refused.status_code == 401
    assert "trả lời không đúng" in refused.text
    assert person.token is None


@pytest.mark.parametrize("how", ["unsigned", "by_public_key", "by_a_stranger"])
def test_a_token_the_provider_did_not_sign_lets_nobody_in(
    home: Home, person: Visitor, idp: Idp, how: str
) -> None:
    an_account(home, "an", "nguoi_soan")
    idp.sign = getattr(idp, how)

    assert person.get(sent(person, idp)).status_code == 401
    assert person.token is None


def test_a_provider_that_changes_its_key_goes_on(home: Home, person: Visitor, idp: Idp) -> None:
    an_account(home, "an", "nguoi_soan")
    person.get(sent(person, idp))
    person.post("/dang-xuat")
    home.clock.advance(120)  # type: ignore[attr-defined]
    idp.new_key()

    assert person.get(sent(person, idp)).status_code == 303
    assert idp.asked.count("/realm/.well-known/openid-configuration") == 1


def test_what_came_back_counts_once_and_in_its_own_browser(
    home: Home, person: Visitor, servers, idp: Idp
) -> None:
    """A state replayed, stolen, made up; and one that took too long."""
    an_account(home, "an", "nguoi_soan")
    other, idp.forgiving = Visitor(servers.inner_url), True
    address = sent(person, idp)
    cookie = person.web.cookies["giovang-oidc"]
    assert other.get(address).status_code == 401
    assert person.get(address).status_code == 303
    person.post("/dang-xuat")
    person.web.cookies.set("giovang-oidc", cookie, domain="127.0.0.1", path="/")

    assert person.get(address).status_code == 401
    assert person.get(f"{START}/ve?code=x&state=y").status_code == 401
    late = sent(person, idp)
    home.clock.advance(601)  # type: ignore[attr-defined]
    assert person.get(late).status_code == 401
    assert person.token is None
    other.web.close()


@pytest.mark.parametrize("user", ["khong-co", "ngung", "", "an\x00", 7])
def test_whom_we_do_not_know_is_not_made(
    home: Home, person: Visitor, idp: Idp, user: str
) -> None:
    an_account(home, "an", "nguoi_soan")
    an_account(home, "ngung", "nguoi_soan")
    with home.store.write() as session:
        accounts.disable(session, home.clock.now(), "ngung", "quan-tri")
    idp.user = user

    refused = person.get(sent(person, idp))

    assert refused.status_code == 401
    assert "Nhờ quản trị" in refused.text


@pytest.mark.parametrize(("given", "in_"), [
    ("an@don-vi.example", True), ("AN@Don-Vi.example", True), ("an@khac.vn", False),
    ("an", False), ("an@khac.vn@don-vi.example", False),
])
def test_an_address_counts_with_its_own_domain_only(
    home: Home, person: Visitor, idp: Idp, given: str, in_: bool
) -> None:
    an_account(home, "an", "nguoi_soan")
    assert home.settings.oidc is not None
    object.__setattr__(home.settings, "oidc",
                       replace(home.settings.oidc, domain="don-vi.example", claim="email"))
    idp.change = lambda claims: claims.update(email=given, email_verified=True)
    assert person.get(sent(person, idp)).status_code == (303 if in_ else 401)

    person.web.cookies.clear()
    idp.change = lambda claims: claims.update(email="an@don-vi.example")
    assert person.get(sent(person, idp)).status_code == 401


def test_a_provider_that_is_down_is_said_and_the_password_still_works(
    home: Home, person: Visitor, idp: Idp
) -> None:
    an_account(home, "an", "nguoi_soan")
    idp.stop()

    down = person.get(START)

    assert down.status_code == 401
    assert "không trả lời" in down.text
    assert person.log_in().headers["location"] == "/"


@pytest.mark.parametrize("change", [
    {"issuer": "http://127.0.0.1:1"}, {"token_endpoint": "http://ke-gian.invalid/token"},
    {"jwks_uri": None}])
def test_a_provider_that_describes_another_is_not_used(
    home: Home, person: Visitor, idp: Idp, change: Claims
) -> None:
    idp.document = change

    assert person.get(START).status_code == 401


def test_settings_are_whole_or_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    assert from_environment().oidc is None
    monkeypatch.setenv("GIOVANG_OIDC_ISSUER", "https://dang-nhap.example/realm")
    with pytest.raises(UserError, match="GIOVANG_OIDC_CLIENT_ID"):
        from_environment()
    monkeypatch.setenv("GIOVANG_OIDC_CLIENT_ID", "giovang")
    (tmp_path / "bi-mat").write_text("abc\n", encoding="utf-8")
    monkeypatch.setenv("GIOVANG_OIDC_SECRET_FILE", str(tmp_path / "bi-mat"))
    found = from_environment().oidc
    assert found is not None
    assert found.secret == "abc"
    assert "abc" not in repr(found)
    monkeypatch.setenv("GIOVANG_OIDC_ISSUER", "http://dang-nhap.example/realm")
    with pytest.raises(UserError, match="https"):
        from_environment()
