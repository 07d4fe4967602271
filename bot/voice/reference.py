"""How a law, a platform's door and a list of what to save are said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from bot.core.knowledge import (
    Checklist,
    Complaint,
    Knowledge,
    Law,
    LawId,
    ListId,
    Platform,
    PlatformId,
    Reference,
)

#: The words of flows/phrases.toml that stand around them.
REFERENCE_WORDS = (
    "law_line", "law_without_penalty", "right_line", "right_without_penalty",
    "complaint_needed", "complaint_not_needed",
    "platform_line", "needs_line", "caution_line", "list_item",
)  # fmt: skip
#: A right or a duty is no crime: it is said without a word of complaint.
_KINDS: Mapping[Complaint, str] = MappingProxyType({"needed": "law", "not_needed": "law", "none": "right"})


def find_reference(knowledge: Knowledge, kind: str, name: str) -> Reference | None:
    """Return what `{kind.name}` means; None if it is of another kind or does not exist."""
    if kind == "law":
        return knowledge.laws.get(LawId(name))
    if kind == "platform":
        return knowledge.platforms.get(PlatformId(name))
    return knowledge.lists.get(ListId(name)) if kind == "list" else None


@dataclass(frozen=True, slots=True)
class ReferenceLines:
    """Says references in one language; `words` are the translated words of `REFERENCE_WORDS`."""

    translate: Callable[[str, str], str]
    words: Mapping[str, str]

    def say(self, one: Reference) -> str:
        """Return what is known, without its date."""
        match one:
            case Law():
                return self._law(one)
            case Platform():
                return self._platform(one)
            case Checklist():
                return self._list(one)
            case _:
                assert_never(one)

    def say_instead(self, one: Reference) -> str:
        """Return what is said while it may not be shown."""
        return self._part(_kind(one), one.id, "fallback", one.fallback)

    def _law(self, law: Law) -> str:
        parts = {
            part: self._part("law", law.id, part, sentence)
            for part, sentence in (("what", law.what), ("penalty", law.penalty), ("article", law.article))
        }
        template = self.words[f"{_KINDS[law.complaint]}_{'line' if law.penalty else 'without_penalty'}"]
        if law.complaint != "none":
            parts["complaint"] = self.words[f"complaint_{law.complaint}"]
        return _fill(template, parts)

    def _platform(self, platform: Platform) -> str:
        parts = {
            part: self._part("platform", platform.id, part, sentence)
            for part, sentence in (
                ("name", platform.name),
                ("how", platform.how),
                ("needs", platform.needs),
                ("caution", platform.caution),
            )
        }
        lines = [_fill(self.words["platform_line"], parts), platform.url]
        lines += [_fill(self.words[f"{part}_line"], parts) for part in ("needs", "caution") if parts[part]]
        return "\n".join(line for line in lines if line)

    def _list(self, one: Checklist) -> str:
        texts = (self.translate(f"item.{item.id}", item.text) for item in one.items)
        lines = (_fill(self.words["list_item"], {"item": text}) for text in texts)
        return "\n".join((self.translate(f"list.{one.id}", one.title), *lines))

    def _part(self, kind: str, name: str, part: str, sentence: str) -> str:
        return self.translate(f"{kind}.{name}.{part}", sentence) if sentence else ""


def _kind(one: Reference) -> str:
    return {Law: "law", Platform: "platform", Checklist: "list"}[type(one)]


def _fill(template: str, parts: Mapping[str, str]) -> str:
    for name, said in parts.items():
        template = template.replace(f"{{{name}}}", said)
    return template
