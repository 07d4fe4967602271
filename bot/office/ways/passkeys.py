"""
Passkeys: the browser proves that it holds a private key which never leaves its device.

The library checks what is signed; here is what it cannot know: that a challenge is answered once, in time and by the browser that
got it, that the origin is exactly ours, and that a device's counter grows. Source: WebAuthn 3 §7.1, §7.2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.office.ways.once import Once
from bot.ports import Clock, Passkey, StaffAccount, WaysStore

#: What a browser shows beside the choice of a passkey. It says nothing of what the service is about.
RP_NAME = "frontdoor"
#: Enough for every device of a person; more would be somebody else's.
MOST_PASSKEYS = 10
_MAX_LABEL = 80
#: A credential's name as the database holds it. Source: WebAuthn 3 §4, credential id: at most 1023 bytes.
_MAX_ID = 1400
#: What the challenge is for, so that none serves another purpose.
Purpose = Literal["add", "sign in", "prove"]


@dataclass(frozen=True, slots=True)
class Signed:
    """A passkey that proved itself. `is_copy`: its counter did not grow, so nobody is let in."""

    account: StaffAccount = field(repr=False)
    passkey_id: str = field(repr=False)
    is_copy: bool = False


class Passkeys:
    """Registers passkeys and checks them, at one origin."""

    def __init__(self, ways: WaysStore, clock: Clock, *, origin: str) -> None:
        host = urlsplit(origin).hostname or ""
        self.are_possible = not _is_address(host)
        self._ways = ways
        self._clock = clock
        #: Anybody may begin to sign in: that must not push out what members have open.
        self._strangers: Once[dict[str, Any]] = Once(clock)
        self._members: Once[dict[str, Any]] = Once(clock)
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(name=RP_NAME, id=host),
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda claimed: claimed == origin,
        )

    async def begin_adding(self, owner: str, *, account_id: str, name: str) -> Mapping[str, Any]:
        """Return what the browser needs to make a passkey for this account, with a new challenge."""
        known = [_read_credential(each) for each in await self._ways.list_passkeys(account_id)]
        options, state = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=account_id.encode(), name=name, display_name=name),
            known,
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        self._members.put(_place("add", owner), state)
        return dict(options)

    def finish_adding(self, owner: str, answer: str, *, account_id: str, label: str) -> Passkey | None:
        """Read the new passkey from the browser's answer; nothing is stored. None: it is not right."""
        state = self._members.take(_place("add", owner))
        if state is None:
            return None
        made = _try(
            lambda: self._server.register_complete(state, RegistrationResponse.from_dict(_json(answer)))
        )
        credential = made and made.credential_data
        passkey_id = websafe_encode(credential.credential_id) if credential else ""
        if made is None or credential is None or len(passkey_id) > _MAX_ID:
            return None
        return Passkey(
            id=passkey_id,
            account_id=account_id,
            credential=bytes(credential),
            sign_count=made.counter,
            label=_clean(label),
            created_at=self._clock(),
        )

    async def begin_signing(self, owner: str, *, account_id: str = "") -> Mapping[str, Any]:
        """Return what the browser needs to use a passkey: any, or one of this account."""
        mine = [_read_credential(each) for each in await self._ways.list_passkeys(account_id)] or None
        options, state = self._server.authenticate_begin(
            mine if account_id else None, user_verification=UserVerificationRequirement.REQUIRED
        )
        self._held_by(account_id).put(_place(_purpose(account_id), owner), state)
        return dict(options)

    async def finish_signing(self, owner: str, answer: str, *, account_id: str = "") -> Signed | None:
        """Say whose passkey answered. None: it is not right, or not of this account."""
        state = self._held_by(account_id).take(_place(_purpose(account_id), owner))
        response = _try(lambda: AuthenticationResponse.from_dict(_json(answer)))
        if state is None or response is None:
            return None
        found = await self._ways.find_passkey(websafe_encode(response.raw_id))
        if found is None or account_id not in {"", found[1].id}:
            return None
        passkey, account = found
        if not self._is_signed(state, passkey, response):
            return None
        count = response.response.authenticator_data.counter
        is_used = await self._ways.use_passkey(passkey.id, sign_count=count, now=self._clock())
        return Signed(account, passkey.id, is_copy=not is_used)

    def _held_by(self, account_id: str) -> Once[dict[str, Any]]:
        return self._members if account_id else self._strangers

    def _is_signed(self, state: dict[str, Any], passkey: Passkey, response: AuthenticationResponse) -> bool:
        """Check the signature, and that the device means the same account as we do."""
        handle = response.response.user_handle
        if handle is not None and handle != passkey.account_id.encode():
            return False
        known = [_read_credential(passkey)]
        return _try(lambda: self._server.authenticate_complete(state, known, response)) is not None


def _purpose(account_id: str) -> Purpose:
    return "prove" if account_id else "sign in"


def _place(purpose: Purpose, owner: str) -> str:
    return f"{purpose}:{owner}"


def _read_credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(passkey.credential)


def _json(answer: str) -> dict[str, Any]:
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("no credential")
    return read


def _try(read: Callable[[], Any]) -> Any | None:
    """Return what the library makes of an answer. None: whatever it had against it."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - a hostile answer may upset its parsers in any way, and all of them mean no
        return None


def _clean(label: str) -> str:
    """A name for a device, as its owner types it: one line of what can be printed."""
    return "".join(each for each in label if each.isprintable()).strip()[:_MAX_LABEL]


def _is_address(host: str) -> bool:
    """Whether it is a number: passkeys belong to a name. Source: WebAuthn 3 §5.1.2, effective domain."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
