"""The sentences that were written by hand, read from `training/`. What each field means stands in its README."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "training"
LANGUAGES = ("zh-TW", "en", "vi", "id", "th", "fil")
#: Who writes and how: told to readers, never learned.
TOLD = frozenset({"by", "mood"})
YES_OR_NO = frozenset(
    {"crisis", "danger", "minor", "minor_at_filming", "money_demanded", "out_of_scope", "seeking"}
)
ONE_OF = {
    "role": {"self", "relative", "professional", "witness"},
    "status": {"threatened", "spread"},
    "abuser": {"known", "unknown"},
    "command": {"exit", "restart", "back", "delete_data", "help", "language", "human", "yes", "no"},
}
SOME_OF = {
    "harms": {
        "filmed_secretly", "filmed_forced", "deepfake", "shared_without_consent", "deepfake_shared",
        "threatened_sharing", "threatened_sharing_deepfake", "other",
    },
    "wants": {
        "hotline", "takedown", "police", "evidence", "law", "deadline", "counselling", "social_worker", "prevention",
        "accompaniment",
    },
    "platforms": {
        "facebook", "instagram", "threads", "x", "tiktok", "telegram", "line", "dcard", "ptt", "discord", "snapchat",
        "youtube", "google", "pornhub", "xvideos", "onlyfans", "messenger", "bereal", "xiaohongshu",
    },
}  # fmt: skip
#: Where these stand nothing else is stated.
ALONE = ("out_of_scope", "seeking")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a file. `facts`: what it states."""

    text: str
    facts: dict[str, Any]
    place: str


def load_sentences(kind: str, language: str) -> Iterator[Sentence]:
    """Read what stands in `training/<kind>/<language>/`, file by file."""
    for path in sorted((FOLDER / kind / language).glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            read = json.loads(line)
            facts = {key: value for key, value in read.items() if key not in {"text", *TOLD}}
            yield Sentence(read["text"], facts, f"{path.relative_to(FOLDER)}:{number}")


def find_faults(sentence: Sentence) -> list[str]:
    """Say what is wrong with the fields of a sentence."""
    facts = sentence.facts
    faults = [
        f"{key}: no such field" for key in facts if key not in YES_OR_NO | ONE_OF.keys() | SOME_OF.keys()
    ]
    faults += [
        f"{key}: neither true nor false"
        for key in YES_OR_NO & facts.keys()
        if not isinstance(facts[key], bool)
    ]
    faults += [
        f"{key}: {facts[key]}" for key in ONE_OF.keys() & facts.keys() if facts[key] not in ONE_OF[key]
    ]
    for key in SOME_OF.keys() & facts.keys():
        values = facts[key]
        if (
            not isinstance(values, list)
            or not values
            or len(set(values)) < len(values)
            or set(values) - SOME_OF[key]
        ):
            faults.append(f"{key}: {values}")
    faults += [f"{key} stands beside others" for key in ALONE if key in facts and len(facts) > 1]
    if not sentence.text.strip():
        faults.append("empty")
    return faults
