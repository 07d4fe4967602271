"""The last block of the official form, 回復受理結果: who takes the case on. Staff of the receiving unit fill it in."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.fields import Refused
from bot.form.model import Field, Form
from bot.form.phones import read_phone
from bot.form.words import read_words


def list_reply_fields(form: Form) -> tuple[Field, ...]:
    """Return the fields that the receiving unit fills in, in the form's order."""
    return tuple(one for one in form.fields.values() if one.filled_by == "receiver")


def read_reply(form: Form, typed: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what is kept, by field, and why the rest cannot be: reasons of the form's refusals. Empty fields are left out."""
    kept, unfit = dict[str, str](), dict[str, str]()
    for one in list_reply_fields(form):
        text = typed.get(one.key, "")
        if not text.strip():
            continue
        read = _read(one, text)
        if isinstance(read, Refused):
            unfit[one.key] = read.reason
        else:
            kept[one.key] = read
    return kept, unfit


def _read(one: Field, text: str) -> str | Refused:
    """A number in its usual form where it is one; an office may write more beside it (轉 226、227)."""
    if one.kind == "phone" and not isinstance(phone := read_phone(text), Refused):
        return phone.number
    return read_words(text, max_chars=one.max_chars)
