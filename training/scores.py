"""How well the artefact reads sentences which nothing was ever learned or chosen from: of `evaluation/`, and of `outsiders/`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.core.stated import LANGUAGES
from bot.understanding.artefact import load
from bot.understanding.reading import Reader
from training import scoring
from training.checking import FOLDER, digest_sentences
from training.sentences import read_sentences


def measure_scores(path: Path, kind: str = "evaluation") -> dict[str, Any]:
    """Return right, wrong and missed by field and language, and how many messages that are out of scope fire."""
    model = load(path)
    sentences = [one for one in read_sentences(FOLDER / kind) if not one.facts.get("seeking")]
    read = scoring.read_facts(sentences, Reader(model).read)
    counted = scoring.tally(sentences, read)
    return {
        "kind": kind,
        "learned_from": model.recipe["learned_from"],
        "of_these_sentences": model.recipe["learned_from"] == digest_sentences(FOLDER),
        "examples": model.recipe["sentences"],
        "sentences": {language: sum(one.language == language for one in sentences) for language in LANGUAGES},
        "fields": {
            field: {language: asdict(one) for language, one in by_language.items()}
            for field, by_language in counted.items()
        },
        "firing": {
            language: list(found) for language, found in scoring.count_firing(sentences, read).items()
        },
    }
