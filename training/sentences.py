"""The sentences in `examples/`, `evaluation/` and `outsiders/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NOT_LEARNED = {"text", "by", "mood"}
#: So many neighbours in a file are left out together: they were written in one go and are alike.
_BLOCK = 40


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text and what it states. `block`: the place where it was written, together with its neighbours."""

    text: str
    language: str
    facts: dict[str, Any]
    block: str

    def values_of(self, field: str) -> list[str]:
        """Return the values that hold, as the heads name them; [""] where nothing is said."""
        value = self.language if field == "language" else self.facts.get(field, "")
        if isinstance(value, bool):
            return ["true" if value else "false"]
        return list(value) if isinstance(value, list) else [value]


def read_sentences(folder: Path) -> list[Sentence]:
    """Read every sentence below a folder, in the order of the files' names."""
    return [
        _read_one(line, path, number)
        for path in sorted(folder.glob("*/*.jsonl"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines())
    ]


def _read_one(line: str, path: Path, number: int) -> Sentence:
    told = json.loads(line)
    language = path.parent.name
    facts = {field: value for field, value in told.items() if field not in _NOT_LEARNED}
    return Sentence(told["text"], language, facts, f"{language}/{path.stem}/{number // _BLOCK}")
