"""An OpenID provider of the tests' own, on loopback: it says what a test tells it to say."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "giovang", "bí mật/của trạm"
Claims = dict[str, Any]


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@cache
def _rsa(kid: str, whose: str = "") -> RSAKey:
    """Made once: it takes its time."""
    return RSAKey.generate_key(2048, parameters={"kid": kid})


class Idp:
    """`change` bends the claims, `sign` the token; `codes` are those not used yet."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.key: Any = _rsa("1")
        self.user = "an"
        self.change: Callable[[Claims], None] = lambda _: None
        self.sign: Callable[[Claims], str] = self.signed
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.document: Claims = {}
        self.forgiving = False  #: takes a code twice
        self.broken = ""  #: a path that answers 500
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                provider._answer(self, provider._get(self.path))

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {k: v[0] for k, v in parse_qs(body).items()}
                provider._answer(self, provider._token(
                    form, self.headers.get("Authorization", "")))

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}/realm"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def log_in(self, address: str) -> str:
        """What the person does at the provider; gives the address their browser is sent to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"ma-{len(self.codes)}-{len(self.asked)}"
        self.codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?code={code}&state={asked['state']}&iss={self.issuer}"

    def signed(self, claims: Claims) -> str:
        kind = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        return jwt.encode({"alg": kind, "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: Claims) -> str:
        return f"{b64({'alg': 'none'})}.{b64(claims)}."

    def by_public_key(self, claims: Claims) -> str:
        """HS256 with the public key as the secret: taken by whoever believes the header."""
        public = self.key.as_pem(private=False)
        head = f"{b64({'alg': 'HS256', 'kid': self.key.kid})}.{b64(claims)}"
        mac = hmac.new(public, head.encode(), hashlib.sha256).digest()
        return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def by_a_stranger(self, claims: Claims) -> str:
        stranger = _rsa(self.key.kid, "lạ")
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger)

    def new_key(self) -> None:
        """Rotation, and to the other algorithm."""
        self.key = ECKey.generate_key("P-256", parameters={"kid": "2"})

    def _get(self, path: str) -> tuple[int, Any]:
        if self.broken and path.endswith(self.broken):
            return 500, {}
        if path == "/realm/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                **self.document}
        if path == "/realm/keys":
            return 200, KeySet([self.key]).as_dict(private=False)
        return 404, {}

    def _token(self, form: dict[str, str], auth: str) -> tuple[int, Any]:
        asked = self.codes.get(form["code"]) if self.forgiving else self.codes.pop(
            form["code"], None)
        right = base64.b64encode(b"giovang:b%C3%AD%20m%E1%BA%ADt%2Fc%E1%BB%A7a%20tr%E1%BA%A1m")
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if (asked is None or auth != f"Basic {right.decode()}"
                or challenge != asked["code_challenge"]
                or form["redirect_uri"] != asked["redirect_uri"]):
            return 400, {"error": "invalid_grant"}
        now = int(self.now())
        claims: Claims = {"iss": self.issuer, "aud": CLIENT, "sub": "0001", "exp": now + 300,
                          "iat": now, "nonce": asked["nonce"], "preferred_username": self.user,
                          "acr": "2", "amr": ["otp", "mfa"]}
        self.change(claims)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(claims)}

    def _answer(self, handler: BaseHTTPRequestHandler, answer: tuple[int, Any]) -> None:
        status, value = answer
        body = json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
