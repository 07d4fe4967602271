"""
Send what was filled in: check it once more, seal it, and put it into the open transaction.

It is the same for the one-time page and for the chat. Nothing here can open what was sealed, and nothing
that was filled in is changed: what does not fit is said, and stays where it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.core.fields import Draft
from bot.core.model import PersonKey
from bot.core.taipei import TAIPEI
from bot.errors import DeskClosed
from bot.failpoints import reach
from bot.form.model import Form
from bot.form.reading import FormReader
from bot.form.record import Consent, Record, write_record
from bot.form.review import ShownLine, find_conflicts, find_missing, hash_lines, is_under_18, list_lines
from bot.ports import NewConsent, NewHandoff, NewRequest, NotSent, Sealed, Sealer, Sent, Tx

#: Source: SECURITY T5.
MOST_A_DAY = 3
#: Of everybody at one source together. Source: SECURITY T5.
MOST_FROM_A_SOURCE = 10
#: Translates a sentence of the form: context, zh_TW, locale.
Say = Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class Package:
    """
    What somebody wants to send, and what they agreed to.

    `suggested` is what the conversation filled in by itself. `shown`: the hash of the lines that they saw, whole;
    None in a chat, where the same lines were shown masked.
    """

    draft: Draft = field(repr=False)
    uses: Mapping[str, bool]
    locale: str
    suggested: Draft = field(default_factory=dict, repr=False)
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Submitting:
    """
    Seals and stores. `write_notices` returns what is consented to, whole, in a language: canonical JSON.

    `new_id` gives a random id, `new_receipt` a receipt the way people are told it.
    """

    form: Form
    reader: FormReader
    sealer: Sealer
    say: Say
    write_notices: Callable[[str], str]
    new_id: Callable[[], str]
    new_receipt: Callable[[], str]

    def is_open(self) -> bool:
        """Whether handoffs are taken now."""
        return self.sealer.is_open()

    async def send(
        self, tx: Tx, person: PersonKey, package: Package, now: datetime, *, source: str = ""
    ) -> Sent | NotSent:
        """
        Seal and store in this transaction, or say why not. Whoever sends must be an adult and agree.

        `source`: where a page was asked from, if that can be told.
        """
        package = _leave_out_idle_uses(package)
        refused = self._refuse(package, now)
        if refused:
            return refused
        receipt = self.new_receipt()
        try:
            handoff = self._seal(package, receipt, _hour(now))
        except DeskClosed:
            return NotSent("closed")
        reach("after_seal")
        if not await tx.has_room("handoff", person, now, limit=MOST_A_DAY):
            return NotSent("often")
        # The source first: who is refused for others' sake has used up nothing of their own.
        if source and not await tx.count("handoff from", source, now, hours=1, limit=MOST_FROM_A_SOURCE):
            return NotSent("closed")
        if not await tx.count("handoff", person, now, hours=24, limit=MOST_A_DAY):
            return NotSent("often")
        await tx.add_handoff(handoff)
        return Sent(receipt)

    def make_request(self, handoff_id: str, kind: str, words: str, now: datetime) -> NewRequest:
        """Seal a request about a handoff. DeskClosed as in `Sealer.seal`."""
        request_id, at = self.new_id(), _hour(now)
        told = {"v": 1, "request_id": request_id, "handoff_id": handoff_id, "kind": kind, "words": words}
        sealed = self.sealer.seal(_canonical(told), purpose="request", name=request_id, at=at)
        return NewRequest(request_id, handoff_id, "withdraw" if kind == "withdraw" else "correct", at, sealed)

    def list_lines(self, draft: Draft, locale: str, *, masked: bool) -> tuple[ShownLine, ...]:
        """Return what will be sent, line by line, as it is read in a language."""
        return list_lines(
            self.form, draft, say=lambda context, zh: self.say(context, zh, locale), masked=masked
        )

    def _refuse(self, package: Package, now: datetime) -> NotSent | None:
        today = now.astimezone(TAIPEI).date()
        unfit = self.reader.find_unfit(package.draft, today=today)
        if "birth" not in unfit and is_under_18(package.draft, today):
            return NotSent("minor")
        reasons = {**unfit, **self._find_missing(package, today)}
        if reasons:
            return NotSent("unfit", reasons)
        if package.shown is not None and package.shown != self._hash_shown(package):
            return NotSent("changed")
        return None if self.is_open() else NotSent("closed")

    def _find_missing(self, package: Package, today: date) -> Mapping[str, str]:
        """Say what is missing, contradicts itself or was not agreed to, by field or `use_…`."""
        sound = {k: v for k, v in package.draft.items() if k in self.form.fields}
        missing = dict(find_missing(self.form, _without_odd_birth(sound, self.reader, today), today=today))
        missing |= find_conflicts(sound)
        if sound.get("call_number") == "safe" and not package.uses.get("safe_person"):
            missing["use_safe_person"] = "needed"  # else the only number to call could not be called
        for use in self.form.notices.uses:
            if use.needed and not package.uses.get(use.id):
                missing[f"use_{use.id}"] = "needed"
        return missing

    def _hash_shown(self, package: Package) -> str:
        return hash_lines(self.list_lines(package.draft, package.locale, masked=False))

    def _seal(self, package: Package, receipt: str, at: datetime) -> NewHandoff:
        handoff_id, consent_id = self.new_id(), self.new_id()
        text = self.write_notices(package.locale)
        consent = Consent(
            id=consent_id,
            notices_version=self.form.notices.version,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            shown_sha256=self._hash_shown(package),
            locale=package.locale,
            at=at,
            uses={use.id: bool(package.uses.get(use.id)) for use in self.form.notices.uses},
        )
        record = self._write(package, handoff_id, consent, at)
        return NewHandoff(
            handoff_id,
            receipt,
            at,
            self.sealer.seal(record, purpose="handoff", name=handoff_id, at=at),
            NewConsent(consent_id, text, consent.text_sha256, self._seal_consent(consent, handoff_id)),
        )

    def _write(self, package: Package, handoff_id: str, consent: Consent, at: datetime) -> bytes:
        standing = [key for key, value in package.suggested.items() if package.draft.get(key) == value]
        return write_record(
            Record(
                handoff_id=handoff_id,
                form_id=self.form.id,
                form_version=self.form.version,
                created_at=at,
                locale=package.locale,
                recipients=self.sealer.list_fingerprints(),
                consent=consent,
                fields=dict(package.draft),
                from_conversation=tuple(sorted(standing)),
            )
        )

    def _seal_consent(self, consent: Consent, handoff_id: str) -> Sealed:
        told = {
            "v": 1,
            "consent_id": consent.id,
            "handoff_id": handoff_id,
            "notices_version": consent.notices_version,
            "text_sha256": consent.text_sha256,
            "shown_sha256": consent.shown_sha256,
            "locale": consent.locale,
            "uses": dict(consent.uses),
        }
        return self.sealer.seal(_canonical(told), purpose="consent", name=consent.id, at=consent.at)


def _leave_out_idle_uses(package: Package) -> Package:
    """Nobody agrees to a call to somebody who is not named, or to a county that is not told."""
    draft = package.draft
    names_safe = any(key.startswith("safe_") for key in draft)
    names_place = bool(draft.get("county") or draft.get("address"))
    idle = {"safe_person": names_safe, "refer": names_place}
    uses = {use: bool(ticked) and idle.get(use, True) for use, ticked in package.uses.items()}
    return replace(package, uses=uses)


def _without_odd_birth(draft: Draft, reader: FormReader, today: date) -> Draft:
    """Leave out a birth day that is none: it is told as unfit, not as missing."""
    unfit = reader.find_unfit({"birth": draft["birth"]}, today=today) if "birth" in draft else {}
    return {**draft, "birth": "99"} if unfit else draft


def _hour(now: datetime) -> datetime:
    """Round down to the hour: when somebody sent is nobody's business to the minute. Source: SECURITY §6."""
    return now.replace(minute=0, second=0, microsecond=0)


def _canonical(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
