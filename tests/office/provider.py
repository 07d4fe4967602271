"""An agency's OpenID Connect provider on this machine, with real keys, that can be wrong in one thing at a time."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT, SECRET = "the office", "s3cr:et+%"


@dataclass
class Provider:
    """What it says of itself, and what it does wrong. `claims` are put over the right ones."""

    now: Callable[[], float] = time.time
    url: str = ""
    methods: list[str] | None = None
    algorithm: str = "RS256"
    signs_with: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    answers: dict[str, web.Response] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = {
            "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
        }
        self.keys["PS256"] = self.keys["RS256"]
        self._codes: dict[str, dict[str, str]] = {}

    def agree(self, address: str, code: str = "a code") -> tuple[str, str]:
        """Sign in there, as a browser that was sent to `address`; returns the state and the code to come back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self._codes[code] = asked
        return asked["state"], code

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        self.asked.append((request.path, request.headers.get("authorization", ""), form))
        if request.path in self.answers:
            return self.answers[request.path]
        if request.path == "/.well-known/openid-configuration":
            return web.json_response(self._describe())
        if request.path == "/keys":
            return web.json_response({"keys": self._list_keys()})
        if request.path == "/authorize":
            state, code = self.agree(str(request.url))
            back = parse_qs(request.query_string)["redirect_uri"][0]
            to = f"{back}?{urlencode({'state': state, 'code': code})}"
            return web.Response(status=302, headers={"location": to})
        return self._exchange(request, form)

    def _describe(self) -> dict[str, Any]:
        described = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        if self.methods is not None:
            described["token_endpoint_auth_methods_supported"] = self.methods
        return described | self.metadata

    def _list_keys(self) -> list[dict[str, Any]]:
        odd = {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "odd"}
        return [odd, *(self.keys[name].as_dict(private=False) for name in ("RS256", "ES256"))]

    def _exchange(self, request: web.Request, form: dict[str, Any]) -> web.Response:
        asked = self._codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        is_right = (
            asked is not None
            and self._knows(request, form)
            and proof.decode().rstrip("=") == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
        )
        if not is_right or asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self._sign(asked["nonce"]), "token_type": "Bearer"})

    def _knows(self, request: web.Request, form: dict[str, Any]) -> bool:
        if form.get("client_secret"):
            return (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        kind, _, both = request.headers["authorization"].partition(" ")
        name, _, secret = base64.b64decode(both).decode().partition(":")
        return (kind, unquote(name), unquote(secret)) == ("Basic", CLIENT, SECRET)

    def _sign(self, nonce: str) -> str:
        now = int(self.now())
        right = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "lin",
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": nonce,
        }
        claims = {name: value for name, value in (right | self.claims).items() if name not in self.drops}
        if self.algorithm == "none":
            parts = [json.dumps(each).encode() for each in ({"alg": "none"}, claims)]
            return ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + "."
        if self.algorithm == "HS256":
            shared = OctKey.import_key(SECRET * 8)
            return jwt.encode({"alg": "HS256"}, claims, shared, algorithms=["HS256"])
        key = self.signs_with or self.keys[self.algorithm]
        header = {"alg": self.algorithm, "kid": self.keys[self.algorithm].kid}
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])


@asynccontextmanager
async def open_provider(now: Callable[[], float]) -> AsyncIterator[Provider]:
    """Serve a provider on a free port."""
    provider = Provider(now)
    runner = web.ServerRunner(web.Server(provider.handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield provider
    await runner.cleanup()
