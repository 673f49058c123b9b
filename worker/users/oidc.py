"""
Logging in by the organisation's own accounts (OpenID Connect, authorization code with PKCE).

The provider says who somebody is, nothing else: persons, roles and codes are ours. Whoever has no
person and account here is not let in, and a code that is owed is asked for whatever the provider
says it has asked.
"""

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import structlog

from channels.wire import NoAnswer, Wire
from worker import audit
from worker.home import Home
from worker.i18n import t
from worker.settings import Oidc
from worker.users import sealing, sessions
from worker.users.login import Came
from worker.users.sessions import Browser
from worker.users.store import account_of

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

log = structlog.get_logger("giovang.oidc")

#: how long somebody may take at the provider
LASTS = timedelta(minutes=10)
#: what is signed with anything else, or not at all, is not read
ALGORITHMS = ["RS256", "ES256"]
#: seconds: the provider's clock may differ; its documents are kept; a key it does not have is
#: asked for again no sooner
LEEWAY, KEPT, AGAIN = 60, 3600.0, 60.0
TIMEOUT = 10.0
#: a provider that is down is left alone for so long, and no more than so many wait for it: the
#: pages of everybody else have the same threads
LEFT_ALONE, AT_ONCE = 10.0, 4
_PURPOSE = "oidc"


class OidcTrouble(Exception):
    """It did not come to a log-in; the words are for whoever tries."""


@dataclass(frozen=True)
class Begun:
    """Where to send the browser, and what it has to bring back."""

    url: str
    cookie: str


class Provider:
    """One provider, as the settings name it; its documents are kept for an hour."""

    def __init__(self, home: Home, settings: Oidc) -> None:
        self._home = home
        self._settings = settings
        self._wire = Wire(training=home.installation().training, elapsed=home.clock.elapsed,
                          secrets=[settings.secret] if settings.secret else [])
        self._lock = threading.Lock()  #: of what is kept
        self._asking = threading.BoundedSemaphore(AT_ONCE)
        self._down_until = float("-inf")
        self._document: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = self._keys_at = float("-inf")
        self._used: dict[str, datetime] = {}

    def begin(self, back: str, target: str) -> Begun:
        """`back`: our own address that the provider sends to; `target`: where to go on then."""
        # here, as Authlib everywhere: most installations have no provider and need not load it
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        document = self._known()
        url = prepare_grant_uri(
            document["authorization_endpoint"], self._settings.client_id, "code", back,
            "openid profile email", state, nonce=nonce, code_challenge_method="S256",
            code_challenge=create_s256_code_challenge(verifier))
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "back": back,
                "next": target, "until": (self._home.clock.now() + LASTS).isoformat()}
        return Begun(url, sealing.sealed(self._home, _PURPOSE, json.dumps(kept)))

    def finish(
        self, query: Mapping[str, str], cookie: str, browser: Browser, device: str
    ) -> tuple[Came, str]:
        """A session for whoever came back, and where to go on; OidcTrouble: why not."""
        kept = self._kept(query.get("state", ""), cookie)
        if query.get("error") or not query.get("code"):
            raise OidcTrouble(t("Trang đăng nhập của cơ quan không cho vào. Thử lại.",
                                "Your organisation's log-in refused. Try again."))
        if query.get("iss", self._settings.issuer) != self._settings.issuer:
            raise _not_believed("iss of the answer")  # RFC 9207: another provider's answer
        claims = self._claims(self._exchanged(query["code"], kept), kept["nonce"])
        return self._entered(claims, browser, device), kept["next"]

    def _kept(self, state: str, cookie: str) -> dict[str, str]:
        """What was begun in this very browser, once."""
        again = OidcTrouble(t("Lần đăng nhập này đã dùng hoặc quá 10 phút. Bấm đăng nhập lại.",
                              "This log-in is used, or older than 10 minutes. Begin again."))
        opened = sealing.opened(self._home, _PURPOSE, cookie)
        if opened is None:
            raise again
        kept: dict[str, str] = json.loads(opened)
        now, until = self._home.clock.now(), datetime.fromisoformat(kept["until"])
        if not compare_digest(kept["state"].encode(), state.encode()) or until <= now:
            raise again
        with self._lock:
            self._used = {known: end for known, end in self._used.items() if end > now}
            if state in self._used:
                raise again
            self._used[state] = until
        return kept

    # ------------------------------------------------------------------- what the provider says

    def _known(self) -> dict[str, Any]:
        """Its own description; an issuer that calls itself otherwise is not the one we mean."""
        elapsed = self._home.clock.elapsed()
        if elapsed - self._read_at > KEPT:
            found = self._asked("GET", f"{self._settings.issuer.rstrip('/')}"
                                       "/.well-known/openid-configuration")
            if found.get("issuer") != self._settings.issuer:
                raise _not_believed("issuer of the configuration")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not safe_address(str(found.get(name, ""))):
                    raise _not_believed(f"{name} is missing or not https")
            with self._lock:
                self._document, self._read_at = found, elapsed
        return self._document

    def _key_set(self, *, anew: bool = False) -> "KeySet":
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        since = self._home.clock.elapsed() - self._keys_at
        keys = self._keys
        if keys is None or since > KEPT or (anew and since > AGAIN):
            found = self._asked("GET", self._known()["jwks_uri"])
            try:
                keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise _not_believed(f"its keys cannot be read: {error}") from error
            with self._lock:
                self._keys, self._keys_at = keys, self._home.clock.elapsed()
        return keys

    def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        if self._home.clock.elapsed() < self._down_until or not self._asking.acquire(timeout=1):
            raise _no_answer()
        try:
            answer = self._wire.request(
                method, url, deadline=self._home.clock.elapsed() + TIMEOUT, timeout=TIMEOUT,
                idempotent=method == "GET", **more)
        finally:
            self._asking.release()
        if isinstance(answer, NoAnswer):
            self._down_until = self._home.clock.elapsed() + LEFT_ALONE
            log.error("oidc.no_answer", code=answer.code, detail=answer.detail)
            raise _no_answer()
        found = answer.json()
        if answer.status != 200 or not isinstance(found, dict):
            raise _not_believed(f"{urlsplit(url).path} answered {answer.status}")
        return found

    def _exchanged(self, code: str, kept: Mapping[str, str]) -> str:
        """The ID token for this code; the verifier shows that it is we who asked for it."""
        document = self._known()
        data = {"grant_type": "authorization_code", "code": code, "redirect_uri": kept["back"],
                "code_verifier": kept["verifier"]}
        client, secret = self._settings.client_id, self._settings.secret
        ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        auth = None
        if secret and "client_secret_basic" in ways:
            auth = (quote(client, safe=""), quote(secret, safe=""))
        else:
            data |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        token = self._asked("POST", document["token_endpoint"], data=data, auth=auth,
                            headers={"Accept": "application/json"}).get("id_token")
        if not isinstance(token, str):
            raise _not_believed("no id_token")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Signed by the provider, for us, now, for this very log-in."""
        from authlib.oidc.core.claims import CodeIDToken  # noqa: PLC0415
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        try:
            try:
                read = jwt.decode(token, self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # perhaps it has changed its keys
                read = jwt.decode(token, self._key_set(anew=True), algorithms=ALGORITHMS)
            client, issuer = self._settings.client_id, self._settings.issuer
            claims = CodeIDToken(
                read.claims, read.header,
                {"iss": {"essential": True, "value": issuer},
                 "aud": {"essential": True, "value": client}},
                {"nonce": nonce, "client_id": client})
            claims.validate(now=int(self._home.clock.now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise _not_believed(f"id_token: {error}") from error
        return dict(claims)

    # ------------------------------------------------------------------------ and who that is

    def _entered(self, claims: Mapping[str, Any], browser: Browser, device: str) -> Came:
        person, now = self._person(claims), self._home.clock.now()
        with self._home.store.write() as session:
            account = account_of(session, person) if person else None
            if account is None:
                log.warning("oidc.unknown", sub=str(claims.get("sub"))[:80])
                raise OidcTrouble(t(
                    "Tài khoản cơ quan này chưa được dùng trang này. Nhờ quản trị thêm bạn vào "
                    "«Người dùng» với đúng mã.",
                    "This account may not use these pages yet. Ask an administrator to add you "
                    "with this very id."))
            second = account.totp_at is not None and sessions.trusted(session, now, person, device)
            token = sessions.open_session(session, now, person, browser, second=second)
            audit.record(session, now, person, "login", f"user/{person}",
                         {"address": browser.address, "trusted_device": second, "by": "oidc"})
        return Came(token)

    def _person(self, claims: Mapping[str, Any]) -> str:
        """The person's id by the claim that the settings name; empty: nobody's."""
        name, domain = self._settings.claim, self._settings.domain
        value = claims.get(name)
        if not isinstance(value, str) or (name == "email" and claims.get("email_verified") is not
                                          True):
            return ""
        value = value.strip().lower()
        if len(value) > 200 or not value.isprintable():
            return ""
        if not domain:
            return value
        before, _, after = value.rpartition("@")
        return before if after == domain else ""


def safe_address(url: str) -> bool:
    """https, or http on this very machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")))


def _no_answer() -> OidcTrouble:
    return OidcTrouble(t(
        "Trang đăng nhập của cơ quan không trả lời. Thử lại sau, hoặc dùng mật khẩu.",
        "Your organisation's log-in does not answer. Try later, or use a password."))


def _not_believed(why: str) -> OidcTrouble:
    log.error("oidc.refused", why=why)
    return OidcTrouble(t("Trang đăng nhập của cơ quan trả lời không đúng nên không nhận. Thử lại; "
                         "vẫn vậy thì báo quản trị.",
                         "The answer of your organisation's log-in was not accepted. Try again, "
                         "then tell an administrator."))
