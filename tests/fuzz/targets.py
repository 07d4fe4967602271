"""
What coverage leads a search through: each takes any bytes, and raises only where something is wrong with us.

Each target is made once and then called a great many times; the programs' own modules are loaded by the making, so that they can be
watched (`led_one`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from random import Random

Target = Callable[[bytes], None]
_NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
_TODAY = date(2026, 11, 21)


class Wrong(AssertionError):
    """Something came out that must not."""


def _expect(holds: object, what: str) -> None:
    if not holds:
        raise Wrong(what)


def make_line() -> Target:
    """Read a LINE body: nothing raises, no event comes with a fault of ours, names and texts can be stored."""
    from bot.channels.line_events import decode

    return lambda raw: _check_received(decode(raw, _NOW))


def make_telegram() -> Target:
    """The same for an update of Telegram."""
    from bot.channels.telegram_updates import decode

    return lambda raw: _check_received(decode(raw, _NOW))


def _check_received(received: object) -> None:
    from bot.core.inputs import Edited, Typed
    from bot.ports import Received

    _expect(isinstance(received, Received), "something else was read")
    assert isinstance(received, Received)
    for one in received.inbounds:
        _expect(one.fault is None, f"unreadable: {type(one.fault).__name__}")
        texts = [one.user_id, one.delivery_id, one.message_id, one.locale]
        texts += [one.reply_to.token, one.reply_to.to] if one.reply_to else []
        texts += [one.what.text] if isinstance(one.what, Typed | Edited) else []
        _expect(one.user_id and one.delivery_id, "nobody said it")
        for text in texts:
            text.encode()
            _expect("\0" not in text, "NUL")


def make_hearing() -> Target:
    """Hear words, and let the engine answer them: it never raises, whatever is typed."""
    from bot.core.code import read_code
    from bot.core.hear import Ear
    from bot.core.inputs import Edited, Typed
    from bot.core.model import VisitId
    from bot.core.receipt import read_receipt
    from bot.core.text import clean
    from bot.pack import load_pack
    from bot.wiring.common import build_engine

    pack = load_pack()
    engine, ear, states = build_engine(pack), Ear(pack.flow, pack.alarms), list(pack.flow.states.values())
    begun = engine.begin(VisitId("visit"), "zh_TW", _NOW)

    def hear(raw: bytes) -> None:
        text = (
            raw[2:].decode("utf-8", "surrogatepass" if raw[:1] < b"\x10" else "replace")
            if _is_text(raw)
            else ""
        )
        state = states[int.from_bytes(raw[:2], "big") % len(states)]
        ear.hear(text, state, "en" if raw[:1] > b"\x80" else "zh_TW")
        _expect(clean(clean(text)) == clean(text), "cleaning twice is another thing")
        read_code(text)
        read_receipt(text)
        what = Edited(text) if raw[:1] == b"\xff" else Typed(text)
        turn = engine.take_turn(_at(begun, state.id), what, _NOW)
        engine.look(turn.session, _NOW)

    return hear


def _is_text(raw: bytes) -> bool:
    try:
        raw[2:].decode("utf-8", "surrogatepass")
    except ValueError:
        return raw[:1] >= b"\x10"
    return True


def _at(session: object, state: object) -> object:
    from dataclasses import replace

    return replace(session, state=state)  # type: ignore[type-var]


def make_form() -> Target:
    """Read words into a field of the form: what is kept is canonical, and reading it again gives itself."""
    from bot.core.fields import Refused
    from bot.form.reading import FormReader
    from bot.pack import load_pack

    form = load_pack().form
    reader, keys = FormReader(form), [one.key for one in form.fields.values() if one.filled_by == "person"]

    def read(raw: bytes) -> None:
        text = raw[1:].decode("utf-8", "replace")
        key = keys[raw[0] % len(keys)] if raw else keys[0]
        read = reader.read(key, text, {}, today=_TODAY)
        if isinstance(read, Refused):
            return
        for name, value in read.values.items():
            again = reader.read(name, value, read.values, today=_TODAY)
            _expect(
                not isinstance(again, Refused) and value in again.values.values(), f"{name} reads otherwise"
            )

    return read


def make_page() -> Target:
    """Read what a page of the form sent back, and carry it to the next: nothing gets lost between."""
    from bot.form.reading import FormReader
    from bot.front.bodies import parse_pairs
    from bot.front.form_sheet import SheetReader
    from bot.pack import load_pack

    form = load_pack().form
    sheets = SheetReader(form, FormReader(form))

    def read(raw: bytes) -> None:
        pairs = parse_pairs(raw, "application/x-www-form-urlencoded", most=200)
        sheet = sheets.read(pairs, today=_TODAY)
        again = sheets.read(sheets.carry(sheet), today=_TODAY)
        _expect(
            (again.draft, again.typed, again.struck) == (sheet.draft, sheet.typed, sheet.struck),
            "carrying changes it",
        )

    return read


def make_stored() -> Target:
    """Read what is stored of a conversation: it is one, or unreadable; what was read can be written and read again."""
    from bot.core.model import Session
    from bot.errors import Unreadable
    from bot.store.codec import decode_letter, decode_session, encode_letter

    def read(raw: bytes) -> None:
        if raw[:1] == b"L":
            try:
                mail = decode_letter(raw[1:], "line")
            except Unreadable:
                return
            _expect(encode_letter(mail), "nothing is written")
            return
        try:
            session = decode_session(raw)
        except Unreadable:
            return
        _expect(isinstance(session, Session), "no session")

    return read


def make_handoff() -> Target:
    """Open what was signed by us, yet is anything: it is unreadable or a sound record, and a sound record reads as it was written."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from pyrage import x25519

    from bot.core.envelope import VERSION, unpad, write_statement
    from bot.desk.identity import Identity
    from bot.desk.opening import Opener
    from bot.desk.papers import PaperError, read_paper
    from bot.errors import Unreadable
    from bot.form.record import RecordError, read_record, write_record
    from bot.ports.handoff import Sealed

    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)

    class Signer:
        public_key = key.public_key().public_bytes_raw()
        fingerprint = "ours"

    opener = Opener([Identity("desk", demo=True, key=x25519.Identity.generate())], [Signer()])

    def read(raw: bytes) -> None:
        for reading, refusals in ((read_record, RecordError), (read_paper, PaperError), (unpad, Unreadable)):
            try:
                found = reading(raw)  # type: ignore[operator]
            except refusals:
                continue
            if reading is read_record:
                _expect(
                    read_record(write_record(found)) is not None, "a record is not written as it was read"
                )
        blob = VERSION + raw
        try:
            opener.open(
                Sealed(blob, key.sign(write_statement("handoff", "id", blob, _NOW)), "ours"),
                purpose="handoff",
                name="id",
                at=_NOW,
            )
        except Unreadable:
            return
        raise Wrong("it opened")

    return read


TARGETS: Mapping[str, Callable[[], Target]] = {
    "line": make_line,
    "telegram": make_telegram,
    "hearing": make_hearing,
    "form": make_form,
    "page": make_page,
    "stored": make_stored,
    "handoff": make_handoff,
}


def list_seeds(target: str) -> Iterator[bytes]:
    """Yield where a search begins."""
    from urllib.parse import urlencode

    from tests.fuzz import bodies, odd

    dice = Random(1)
    texts = [odd.make_text(dice)[:200].encode("utf-8", "replace") for _ in range(60)]
    yield from (
        b"[" * 3_000,
        b"L" + b"[" * 3_000,
        b'{"form":1,"form":1}',
        b'{"a":' * 700,
        b"9" * 4_000,
        b"NaN",
        b"\xff\xfe",
        b"",
    )
    match target:
        case "line" | "telegram":
            yield from (raw for channel, raw in bodies.list_seeds() if channel == target)
        case "hearing" | "form":
            yield from (bytes([number % 256, 3]) + text for number, text in enumerate(texts))
        case "page":
            keys = (
                "name",
                "story",
                "phone_mobile",
                "birth",
                "address",
                "county",
                "district",
                "types",
                "id_number",
            )
            yield from (
                urlencode([("step", "who"), *((f"f.{key}", text) for key in keys)]).encode()
                for text in texts[:20]
            )
        case "stored":
            yield from _list_stored()
        case "handoff":
            yield from _list_records()


def _list_stored() -> Iterator[bytes]:
    from bot.core.model import VisitId
    from bot.pack import load_pack
    from bot.ports import Address, Mail
    from bot.store.codec import encode_letter, encode_session
    from bot.wiring.common import build_engine
    from tests.channels.material import QUESTION

    yield encode_session(build_engine(load_pack()).begin(VisitId("visit"), "zh_TW", _NOW))
    yield b"L" + encode_letter(Mail("line", Address("U1", "token", _NOW), QUESTION))


def _list_records() -> Iterator[bytes]:
    from bot.core.envelope import pad
    from tests.desk.export_cast import make_content, write_content

    record = write_content(make_content())
    yield from (record, pad(record), b"age-encryption.org/v1\n-> X25519 AAAA\nBBBB\n--- CCCC\n" + b"x" * 40)
