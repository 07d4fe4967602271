"""Handoffs to read and to export: a small form, a fake seal that can be broken, and people who sent something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from bot.desk.reading import write_time
from bot.errors import Forged, Unreadable
from bot.form.model import Block, Field, Form, Notices, Option, Use
from bot.ports.desk import StoredConsent, StoredHandoff, StoredRequest
from bot.ports.handoff import Purpose, Sealed

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
HOUR = datetime(2026, 11, 21, 3, tzinfo=UTC)
CONSENT_TEXT = '{"title":"同意書"}'

FIELDS = (
    Field("unit_name", "referrer", "單位名稱", "text", filled_by="operator"),
    Field("name", "person", "姓名", "text", mark="*"),
    Field("gender", "person", "性別", "choice", options=(Option("male", "男"), Option("female", "女"))),
    Field("birth", "person", "出生日期或年齡", "birth"),
    Field("phone_mobile", "person", "電話【手機】", "phone"),
    Field("safe_name", "person", "安全聯絡人姓名", "text"),
    Field("story", "story", "簡述事發原因、經過", "long_text", max_chars=2000),
    Field(
        "types",
        "types",
        "受暴類型",
        "choices",
        options=(
            Option("t1", "遭偷拍攝性影像"),
            Option("t6", "遭他人恐嚇散布性影像"),
            Option("t8", "其他", words=True),
        ),
    ),
    Field("types_other", "types", "其他", "text"),
    Field("reply_name", "receiver", "姓名", "text", filled_by="receiver"),
)
FORM = Form(
    id="adult_referral",
    version="2023-02-15",
    title="轉介表",
    blocks=tuple(
        Block(id_, title)
        for id_, title in (
            ("referrer", "轉介單位"),
            ("person", "受保護人"),
            ("story", "案情陳述"),
            ("types", "受暴類型"),
            ("receiver", "回復"),
        )
    ),
    fields={one.key: one for one in FIELDS},
    counties=(),
    notices=Notices(
        "1",
        "告知事項",
        {},
        (Use("contact", "同意與我聯絡", True), Use("safe_person", "可聯絡安全聯絡人", False)),
    ),
)
PLAIN_FIELDS = {
    "name": "林小雨",
    "gender": "female",
    "birth": "34",
    "phone_mobile": "0912-345-678",
    "story": "他說要傳給我同事。\n我很害怕。",
    "types": "t1,t6",
}


def make_id(number: int) -> str:
    """A version 4 id that tests can tell apart."""
    return str(UUID(bytes=sha256(f"handoff {number}".encode()).digest()[:16], version=4))


def seal(plain: bytes, *, purpose: Purpose, name: str, at: datetime) -> Sealed:
    """A seal that hides nothing, but notices what is not what it was."""
    blob = b"\0".join((purpose.encode(), name.encode(), write_time(at).encode(), plain))
    return Sealed(blob, sha256(blob).digest(), "test")


@dataclass(frozen=True)
class FakeOpener:
    """Opens the fake seals; those of other signers are locked to it."""

    def open(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> bytes:
        """As the port says."""
        if sealed.signature != sha256(sealed.blob).digest():
            raise Forged("the signature does not fit")
        if sealed.signer != "test":
            raise Unreadable("none of the identities opens it")
        *signed, plain = sealed.blob.split(b"\0", 3)
        if signed != [purpose.encode(), name.encode(), write_time(at).encode()]:
            raise Forged("it was put in another's place")
        return plain


def make_content(number: int = 1, fields: Mapping[str, str] = PLAIN_FIELDS, **changed: Any) -> dict[str, Any]:
    """A record as it is sealed."""
    return {
        "v": 1,
        "handoff_id": make_id(number),
        "form": {"id": FORM.id, "version": FORM.version},
        "created_at": write_time(HOUR),
        "locale": "zh_TW",
        "recipients": ["aaaa bbbb cccc dddd", "eeee ffff 0000 1111"],
        "consent": {
            "id": make_id(number + 100_000),
            "notices_version": "1",
            "text_sha256": sha256(CONSENT_TEXT.encode()).hexdigest(),
            "shown_sha256": "0" * 64,
            "locale": "zh_TW",
            "at": write_time(HOUR),
            "uses": {"contact": True, "special": True, "refer": False, "safe_person": False},
        },
        "fields": dict(fields),
        "from_conversation": [],
        "channel": "",
        **changed,
    }


def write_content(content: Mapping[str, Any]) -> bytes:
    """Canonical JSON."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def store(
    content: Mapping[str, Any], *, id_: str = "", requests: Iterable[StoredRequest] = ()
) -> StoredHandoff:
    """Lay a record into the database, whatever stands in it."""
    handoff_id = id_ or content["handoff_id"]
    consent_id = content["consent"]["id"]
    return StoredHandoff(
        id=handoff_id,
        created_at=HOUR,
        status="new",
        status_at=HOUR,
        opened_at=None,
        alerts=0,
        sealed=seal(write_content(content), purpose="handoff", name=handoff_id, at=HOUR),
        consent=StoredConsent(
            consent_id,
            HOUR,
            CONSENT_TEXT,
            sha256(CONSENT_TEXT.encode()).hexdigest(),
            seal_consent(content, handoff_id),
        ),
        requests=tuple(requests),
    )


def seal_consent(content: Mapping[str, Any], handoff_id: str, **changed: Any) -> Sealed:
    """The record of the consent that is kept apart."""
    consent = content["consent"]
    told = {"v": 1, "consent_id": consent["id"], "handoff_id": handoff_id, **consent, **changed}
    return seal(write_content(told), purpose="consent", name=consent["id"], at=HOUR)


def make_stored(number: int = 1, fields: Mapping[str, str] = PLAIN_FIELDS, **changed: Any) -> StoredHandoff:
    """A sound handoff."""
    return store(make_content(number, fields, **changed))


def ask(handoff_id: str, words: str = "請改用市話", kind: Any = "correct", **changed: Any) -> StoredRequest:
    """A sound request."""
    id_, at = make_id(200_000 + len(kind)), HOUR + timedelta(hours=2)
    told = {"v": 1, "request_id": id_, "handoff_id": handoff_id, "kind": kind, "words": words, **changed}
    return StoredRequest(id_, kind, at, seal(write_content(told), purpose="request", name=id_, at=at))


def forge(stored: StoredHandoff) -> StoredHandoff:
    """The same under a signature that is not ours."""
    return replace(stored, sealed=replace(stored.sealed, signature=b"\0" * 64))


def lock(stored: StoredHandoff) -> StoredHandoff:
    """The same, sealed to somebody else."""
    return replace(stored, sealed=replace(stored.sealed, signer="other"))
