"""Whether the artefact was learned from what stands in the repository now. Needs nothing beyond what the program runs on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.understanding.artefact import load
from bot.understanding.lexicon import Lexicon
from bot.understanding.signs import read_signs
from training.recipe import Recipe

FOLDER = Path(__file__).parent
ARTEFACT = FOLDER.parent / "flows" / "words" / "understood.bin"
#: The features of each such sentence are compared: enough to notice that they are made in another way.
_EVERY = 100


def digest_sentences(folder: Path) -> str:
    """Return a hash of everything that is learned from: the examples and the lexicon."""
    found = hashlib.sha256()
    for path in sorted((*folder.glob("examples/*/*.jsonl"), *folder.glob("lexicon/*.toml"))):
        found.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def digest_signs(folder: Path, lexicon: Lexicon) -> str:
    """Return a hash of the features of some examples."""
    found = hashlib.sha256()
    for text in _sample(folder):
        found.update(json.dumps(read_signs(text, lexicon), ensure_ascii=False).encode())
    return found.hexdigest()


def _sample(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("examples/*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines()[::_EVERY]:
            yield json.loads(line)["text"]


def describe(folder: Path, lexicon: Lexicon, recipe: Recipe) -> dict[str, Any]:
    """Return what an artefact keeps of how it was made."""
    return {
        "learned_from": digest_sentences(folder),
        "signs": digest_signs(folder, lexicon),
        "recipe": recipe.as_json(),
    }


def find_fault(path: Path = ARTEFACT, folder: Path = FOLDER, recipe: Recipe | None = None) -> str:
    """Say what is not as it was when the artefact was learned; "" if everything is."""
    model = load(path)
    now = describe(folder, model.lexicon, recipe or Recipe())
    names = {
        "learned_from": "the examples or the lexicon",
        "signs": "the way features are read",
        "recipe": "the recipe",
    }
    changed = [what for name, what in names.items() if model.recipe.get(name) != now[name]]
    return f"{path.name}: {', '.join(changed)} changed since; run make understanding" if changed else ""
