"""
Every sentence of a data file that a person may read, with its gettext context.

The context says where a sentence stands (`frontdoor.start`, `contact.siarc.name`), so that the same
words can be translated differently in two places, and a reworded sentence loses its translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Sentence = tuple[str, str]


def collect_sentences(table: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield (context, sentence) for any file in `flows/`; unknown tables have none."""
    yield from _of_flow(table)
    for name, contact in table.get("contacts", {}).items():
        yield from _of_contact(name, contact)
    for name, fact in table.get("facts", {}).items():
        yield from _of_fact(name, fact)
    for name, law in table.get("laws", {}).items():
        yield from _of_parts(f"law.{name}", law, ("article", "what", "penalty", "fallback"))
    for name, platform in table.get("platforms", {}).items():
        yield from _of_platform(name, platform)
    yield from _of_lists(table)
    yield from _of_form(table)
    yield from _of_consent(table)
    for name, sentence in table.get("words", {}).items():
        yield f"interface.{name}", sentence.strip()


def _of_flow(table: Mapping[str, Any]) -> Iterator[Sentence]:
    flow = table.get("id") or table.get("flow")
    for name, state in table.get("states", {}).items():
        for line in state["say"]:
            yield f"{flow}.{name}", (line if isinstance(line, str) else line["text"]).strip()
        for choice in state.get("choices", ()):
            yield f"{flow}.{name}.{choice['id']}", choice["label"].strip()
    for way in table.get("ways_out", ()):
        yield f"{flow}.ways_out.{way['id']}", way["label"].strip()
    for name, note in table.get("notes", {}).items():
        yield f"{flow}.notes.{name}", note.strip()
    for kind, context in (("answers", "answer"), ("told", "told")):
        for name, asked in table.get(kind, {}).items():
            yield f"{context}.{name}", asked["title"].strip()
            for value, said in asked.get("values", {}).items():
                yield f"{context}.{name}.{value}", said.strip()


def _of_contact(name: str, contact: Mapping[str, Any]) -> Iterator[Sentence]:
    if contact.get("show") == "no":
        return
    for part in ("name", "hours", "cost"):
        if contact.get(part):
            yield f"contact.{name}.{part}", contact[part].strip()


def _of_fact(name: str, fact: Mapping[str, Any]) -> Iterator[Sentence]:
    yield f"fact.{name}", fact["text"].strip()
    if fact.get("fallback"):
        yield f"fact.{name}.fallback", fact["fallback"].strip()


def _of_platform(name: str, platform: Mapping[str, Any]) -> Iterator[Sentence]:
    if platform.get("show") == "no":
        yield from _of_parts(f"platform.{name}", platform, ("fallback",))
    else:
        yield from _of_parts(f"platform.{name}", platform, ("name", "how", "needs", "caution", "fallback"))


def _of_lists(table: Mapping[str, Any]) -> Iterator[Sentence]:
    for name, one in table.get("lists", {}).items():
        yield f"list.{name}", one["title"].strip()
        yield from _of_parts(f"list.{name}", one, ("fallback",))
    for name, item in table.get("items", {}).items():
        yield f"item.{name}", item["text"].strip()


def _of_form(table: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield what a person reads of the referral form; the others' fields stay in the form's own words."""
    for name, block in table.get("blocks", {}).items():
        if block.get("step"):
            yield f"form.block.{name}", (block.get("plain") or block["title"]).strip()
    for name, one in table.get("fields", {}).items():
        if one.get("filled_by", "person") != "person":
            continue
        yield from _of_parts(f"form.{name}", one, ("label", "ask", "help"))
        for option in one.get("options", ()):
            yield f"form.{name}.{option['id']}", (option.get("plain") or option["label"]).strip()
    for kind in ("refusals", "phrases"):
        for name, sentence in table.get(kind, {}).items():
            yield f"form.{kind.removesuffix('s')}.{name}", sentence.strip()


def _of_consent(table: Mapping[str, Any]) -> Iterator[Sentence]:
    if "notices" not in table or "uses" not in table:
        return
    yield "consent.title", table["title"].strip()
    for name, sentence in table["notices"].items():
        yield f"consent.{name}", sentence.strip()
    for use in table["uses"]:
        yield f"consent.use.{use['id']}", use["text"].strip()


def _of_parts(context: str, table: Mapping[str, Any], parts: tuple[str, ...]) -> Iterator[Sentence]:
    """Yield the parts that are there and not empty."""
    for part in parts:
        if table.get(part, "").strip():
            yield f"{context}.{part}", table[part].strip()
