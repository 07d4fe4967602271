"""From sealed to readable: what is sound is read, what is not is named and no more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk.reading import Failure, OpenHandoff, read_handoff, read_requests
from bot.ports.desk import StoredHandoff
from bot.ports.handoff import Purpose, Sealed
from tests.desk.export_cast import (
    CONSENT_TEXT,
    FORM,
    HOUR,
    PLAIN_FIELDS,
    FakeOpener,
    ask,
    forge,
    lock,
    make_content,
    make_id,
    make_stored,
    seal,
    seal_consent,
    store,
    write_content,
)

ID = make_id(1)


def read(stored: StoredHandoff) -> OpenHandoff | Failure:
    return read_handoff(stored, form=FORM, opener=FakeOpener())


def read_sound(stored: StoredHandoff) -> OpenHandoff:
    opened = read(stored)
    assert isinstance(opened, OpenHandoff)
    return opened


def reseal(
    stored: StoredHandoff, plain: bytes, *, name: str = ID, purpose: Purpose = "handoff"
) -> StoredHandoff:
    return replace(stored, sealed=seal(plain, purpose=purpose, name=name, at=HOUR))


def test_what_was_sealed_is_read_whole() -> None:
    """The record byte by byte, its requests in their order, and nothing amiss."""
    asked = (ask(ID), ask(ID, "", "withdraw"))
    opened = read_sound(store(make_content(), requests=asked))

    assert opened.record.fields == PLAIN_FIELDS
    assert opened.raw == write_content(make_content())
    assert [(one.kind, one.words) for one in opened.requests] == [("correct", "請改用市話"), ("withdraw", "")]
    assert opened.failures == ()


def test_nothing_of_it_shows_when_it_is_printed_by_mistake() -> None:
    """T30: neither words nor ids of the person stand in a repr."""
    shown = repr(read_sound(store(make_content(), requests=[ask(ID)])))
    assert not [
        value for value in (*PLAIN_FIELDS.values(), "請改用市話") if len(value) > 3 and value in shown
    ]


def test_a_forged_one_is_named() -> None:
    """T11: somebody else's signature."""
    assert read(forge(make_stored())) == Failure(ID, HOUR, "forged")


def test_one_that_no_key_opens_is_named() -> None:
    """R21: sealed to others, or altered."""
    assert read(lock(make_stored())) == Failure(ID, HOUR, "unreadable")


@pytest.mark.parametrize(
    "plain",
    [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 100_000, b'{"v":1e999}', write_content(make_content(v=2))],
    ids=["nothing", "empty", "list", "no text", "null", "deep", "huge", "later"],
)
def test_one_that_is_no_record_is_of_an_odd_form(plain: bytes) -> None:
    """R21: signed by us, and yet not what we can read."""
    assert read(reseal(make_stored(), plain)) == Failure(ID, HOUR, "odd form")


def test_one_of_another_form_is_of_an_odd_form() -> None:
    assert read(make_stored(form={"id": "minors", "version": "1"})) == Failure(ID, HOUR, "odd form")


def test_one_of_an_older_version_of_the_form_is_read() -> None:
    """A new version of the form must not lock away what was sent with the old one."""
    assert read_sound(make_stored(form={"id": FORM.id, "version": "2019"})).record.form_version == "2019"


@pytest.mark.parametrize(
    "changed", [{"handoff_id": make_id(2)}, {"created_at": "2026-11-20T03:00:00Z"}], ids=["id", "time"]
)
def test_one_in_anothers_place_is_forged(changed: dict[str, Any]) -> None:
    """T11: the signature fits the place, but inside stands another id or time."""
    assert read(store(make_content(**changed), id_=ID)) == Failure(ID, HOUR, "forged")


def test_one_moved_to_another_row_is_forged() -> None:
    """T11: swapped in the database."""
    first, second = make_stored(1), make_stored(2)
    assert read(replace(second, sealed=first.sealed)) == Failure(second.id, HOUR, "forged")
    assert read(replace(first, created_at=HOUR + timedelta(hours=1))) == Failure(
        ID, HOUR + timedelta(hours=1), "forged"
    )


def change_consent(**changed: Any) -> StoredHandoff:
    stored = make_stored()
    return replace(stored, consent=replace(stored.consent, **changed))


@pytest.mark.parametrize(
    "stored",
    [
        change_consent(text=f"{CONSENT_TEXT} "),
        change_consent(text_sha256="0" * 64),
        change_consent(id=make_id(7)),
        change_consent(id="", text="", text_sha256="", sealed=Sealed(b"", b"", "")),
        change_consent(sealed=Sealed(b"x", b"y", "test")),
        change_consent(sealed=seal_consent(make_content(), ID, uses={"contact": True})),
        change_consent(sealed=seal_consent(make_content(), make_id(2))),
        change_consent(sealed=seal_consent(make_content(), ID, consent_id=make_id(3))),
    ],
    ids=["text", "hash", "id", "missing", "seal", "other uses", "other handoff", "other id"],
)
def test_a_consent_that_is_not_the_one_given_is_named_and_the_handoff_is_read(stored: StoredHandoff) -> None:
    """T11: the person still gets a call; somebody looks at the consent."""
    opened = read_sound(stored)
    assert opened.failures == (Failure(ID, HOUR, "forged", "consent"),)
    assert opened.record.fields == PLAIN_FIELDS


@pytest.mark.parametrize(
    ("sealed", "what"),
    [
        (replace(make_stored().consent.sealed, signer="other"), "unreadable"),
        (seal(b"[]", purpose="consent", name=make_content()["consent"]["id"], at=HOUR), "odd form"),
    ],
)
def test_a_consent_that_cannot_be_read_is_named(sealed: Sealed, what: Any) -> None:
    assert read_sound(change_consent(sealed=sealed)).failures == (Failure(ID, HOUR, what, "consent"),)


def test_requests_that_cannot_be_read_are_named_and_the_others_are_read() -> None:
    """R21: one bad request keeps nothing back."""
    sound = ask(ID)
    bad = [
        replace(sound, sealed=replace(sound.sealed, signer="other")),
        replace(sound, sealed=replace(sound.sealed, signature=b"")),
        replace(sound, kind="withdraw"),
        ask(make_id(2)),
        ask(ID, request_id=make_id(5)),
        replace(sound, sealed=seal(b"7", purpose="request", name=sound.id, at=sound.created_at)),
        replace(sound, sealed=seal(b"[" * 100_000, purpose="request", name=sound.id, at=sound.created_at)),
    ]
    read_well, failures = read_requests(store(make_content(), requests=[*bad, sound]), opener=FakeOpener())

    assert [one.words for one in read_well] == ["請改用市話"]
    assert [one.what for one in failures] == [
        "unreadable", "forged", "forged", "forged", "forged", "odd form", "odd form",
    ]  # fmt: skip
    assert {(one.id, one.part) for one in failures} == {(ID, "request")}


def test_every_cut_and_every_flipped_bit_is_noticed() -> None:
    """R21: with the fake's signature; tests of the opener do it with the real one."""
    stored = make_stored()
    blob = stored.sealed.blob
    broken = [blob[:size] for size in range(0, len(blob), 7)]
    broken += [blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :] for at in range(0, len(blob), 7)]
    assert {type(read(replace(stored, sealed=replace(stored.sealed, blob=one)))) for one in broken} == {
        Failure
    }


def test_words_that_are_not_ours_are_still_words() -> None:
    """A request whose words are no text is shown as it stands."""
    stored = store(make_content(), requests=[ask(ID, json.loads("7"))])
    assert read_sound(stored).requests[0].words == "7"
