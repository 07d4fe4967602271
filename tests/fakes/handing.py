"""A desk that takes nothing, for conversations in which nobody sends a form; and one that does."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.engine import Engine
from bot.errors import DeskClosed
from bot.form.model import NO_FORM, Form
from bot.form.reading import FormReader
from bot.handing import Handing
from bot.ports import Purpose, Sealed
from bot.submitting import Submitting


@dataclass
class GlassSealer:
    """Seals in glass: what was sealed can be read, so that a test can look. Closed unless told otherwise."""

    open: bool = False
    signer: str = "front"
    sealed: list[tuple[Purpose, str, bytes]] = field(default_factory=list)

    def is_open(self) -> bool:
        return self.open

    def list_fingerprints(self) -> tuple[str, ...]:
        return ("aaaa", "bbbb") if self.open else ()

    def seal(self, plain: bytes, *, purpose: Purpose, name: str, at: datetime) -> Sealed:
        if not self.open:
            raise DeskClosed("closed")
        assert at.minute == at.second == at.microsecond == 0
        self.sealed.append((purpose, name, plain))
        return Sealed(hashlib.sha256(plain).digest(), b"signed", self.signer)


def make_handing(engine: Engine, form: Form = NO_FORM, sealer: GlassSealer | None = None) -> Handing:
    """A desk over the glass sealer, closed unless another is given."""
    ids, receipts, pages = itertools.count(1), itertools.count(2), itertools.count(1)
    reader = FormReader(form)
    submitting = Submitting(
        form=form,
        reader=reader,
        sealer=sealer or GlassSealer(),
        say=lambda _, zh, __: zh,
        write_notices=lambda locale: f"notices in {locale}",
        new_id=lambda: f"00000000-0000-4000-8000-{next(ids):012d}",
        new_receipt=lambda: f"ABCD-EFGH-{next(receipts):04d}".replace("0", "Z").replace("1", "Y"),
    )
    return Handing(engine, submitting, reader, lambda: f"page-token-number-{next(pages):06d}")
