"""
The agency's OpenID Connect provider, asked over the network.

Its metadata and keys are fetched anew for each sign-in, of which there are few: so a key that it withdrew is never believed. Nothing that
it sends is kept. Source: OpenID Connect Discovery 1.0 §4; Core 1.0 §3.1.3.7; RFC 7636 §4; RFC 8725 §3.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.errors import AgencyDown
from bot.ports import Clock

#: Pinned: `none` and shared secrets would let anybody sign, or us.
_ALGORITHMS = ["RS256", "ES256", "PS256"]
_KEY_TYPES = {"RSA", "EC"}
_WAIT_S = 5.0
_MAX_BYTES = 256 * 1024
#: How far its clock may be from ours.
_LEEWAY_S = 60
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_OK = 200
_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True)
class Client:
    """What the agency knows us as. `redirect`: where it sends browsers back to."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    redirect: str


class OidcAgency:
    """One provider; see `ports.Agency`."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    @property
    def issuer(self) -> str:
        """The provider's name."""
        return self._client.issuer

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser must go to be asked there, anew, who it is."""
        metadata = await self._discover()
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge_of(verifier),
            "code_challenge_method": "S256",
            # Whoever is signed in there already is asked all the same, and the answer says when. Source: Core 1.0 §3.1.2.1.
            "max_age": "0",
        }
        at = _endpoint(metadata, "authorization_endpoint")
        return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> Mapping[str, object] | None:
        """Return the checked claims of who signed in there. None: it is not proven."""
        metadata = await self._discover()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect,
            "code_verifier": verifier,
        }
        tokens = await self._post(_endpoint(metadata, "token_endpoint"), fields, metadata)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            return None
        return self._check(id_token, await _fetch("GET", _endpoint(metadata, "jwks_uri")), nonce)

    async def _discover(self) -> Mapping[str, Any]:
        metadata = await _fetch("GET", f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self._client.issuer:
            raise AgencyDown("the agency's sign-in calls itself something else than FRONTDOOR_OIDC_ISSUER")
        return metadata

    async def _post(
        self, address: str, fields: dict[str, str], metadata: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Exchange the code. Nothing in it: the agency says that it is not good."""
        known, secret = self._client.client_id, self._client.secret
        methods = metadata.get("token_endpoint_auth_methods_supported", [_BASIC])
        if _POST in methods and _BASIC not in methods:
            return await _fetch("POST", address, fields | {"client_id": known, "client_secret": secret})
        # Both parts are form-encoded before they are joined. Source: RFC 6749 §2.3.1.
        auth = aiohttp.encode_basic_auth(quote(known, safe=""), quote(secret, safe=""))
        return await _fetch("POST", address, fields, {"authorization": auth})

    def _check(self, id_token: str, jwks: Mapping[str, Any], nonce: str) -> Mapping[str, object] | None:
        try:
            claims = jwt.decode(id_token, _read_keys(jwks), algorithms=_ALGORITHMS).claims
            self._rules(nonce).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            return None
        # The library takes a list that holds the value for the value itself.
        is_plain = claims["nonce"] == nonce and claims["sub"] and self._is_for_us(claims)
        return claims if is_plain else None

    def _rules(self, nonce: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._client.issuer},
            aud={"essential": True, "value": self._client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )

    def _is_for_us(self, claims: Mapping[str, Any]) -> bool:
        """Whether it was issued to us, where it is good for others too. Source: Core 1.0 §3.1.3.7, 4 and 5."""
        ours, party = self._client.client_id, claims.get("azp")
        is_ours_alone = claims["aud"] in (ours, [ours])
        return party == ours or (party is None and is_ours_alone)


async def _fetch(
    method: str,
    address: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Ask for a JSON object; a post that is refused (4xx) says nothing. AgencyDown: anything else went wrong."""
    timeout = aiohttp.ClientTimeout(total=_WAIT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.request(method, address, data=fields, headers=headers, allow_redirects=False) as answer,
        ):
            is_refused = 400 <= answer.status < 500  # noqa: PLR2004 - 4xx, as in RFC 6749 §5.2
            return {} if method == "POST" and is_refused else await _read(answer)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise AgencyDown("the agency's sign-in did not answer") from None


async def _read(answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
    body = b""
    async for chunk in answer.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise AgencyDown("the agency's sign-in says too much")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if answer.status != _OK or not isinstance(said, dict):
        raise AgencyDown("the agency's sign-in did not answer as it must")
    return said


def _endpoint(metadata: Mapping[str, Any], name: str) -> str:
    """Return an address of the provider. AgencyDown: none that is safe to use."""
    address = metadata.get(name)
    if isinstance(address, str) and address.isascii() and address.isprintable() and " " not in address:
        parts = urlsplit(address)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            return address
    raise AgencyDown("the agency's sign-in has no https address for what we need")


def _read_keys(jwks: Mapping[str, Any]) -> KeySet:
    """Read its signing keys of the kinds that we take; others are not an error."""
    keys = [
        each for each in jwks["keys"] if each.get("kty") in _KEY_TYPES and each.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": keys})


def _challenge_of(verifier: str) -> str:
    """Source: RFC 7636 §4.2, S256."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
