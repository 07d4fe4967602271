"""Join the data, the voice and the channels' limits into what `check` judges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from babel.messages.pofile import read_po

from bot.channels.limits import LINE_LIMITS, TELEGRAM_LIMITS
from bot.core.check import describe_fault, find_issues
from bot.core.events import Said
from bot.core.guards import Answers
from bot.core.issues.material import Catalog, Issue, Material, Render, Translation
from bot.core.issues.phrases import PhraseList, parse_phrases
from bot.core.model import NOT_YET, Session, StateId
from bot.core.parse import parse_toml
from bot.core.reply import Reply
from bot.core.sentences import Sentence, collect_sentences
from bot.errors import ConfigError, FlowError
from bot.i18n import DOMAIN, TAIPEI, Speaker
from bot.pack import Pack, find_data, load_pack

LIMITS = {"line": LINE_LIMITS, "telegram": TELEGRAM_LIMITS}


def check_folder(today: date, *, flows: Path | None = None, locales: Path | None = None) -> list[Issue]:
    """Return every issue of the data in a folder; data that cannot be parsed is one of them."""
    try:
        return find_pack_issues(load_pack(flows, locales), today, flows=flows, locales=locales)
    except FlowError as fault:
        return [describe_fault(fault)]


def refuse_faulty(today: date | None = None, *, flows: Path | None = None) -> None:
    """ConfigError with the first error of the shipped data: a fault must not meet a person first."""
    day = today or datetime.now(TAIPEI).date()
    errors = [issue for issue in check_folder(day, flows=flows) if issue.severity == "error"]
    if errors:
        first = errors[0]
        raise ConfigError(
            f"flows: {first.rule}: {first.where}: {first.says}; run `frontdoor flow check` ({len(errors)} errors)"
        )


def find_pack_issues(
    pack: Pack, today: date, *, flows: Path | None = None, locales: Path | None = None
) -> list[Issue]:
    """Return every issue of a pack that was loaded from these folders. FlowError: a list is not readable."""
    folder = flows or find_data("flows")
    material = Material(
        flow=pack.flow,
        knowledge=pack.knowledge,
        alarms=pack.alarms,
        sentences=_read_sentences(folder),
        render=_render(pack, _fresh(pack, today)),
        translate=pack.catalogs.translate,
        today=today,
        limits=LIMITS,
        locales=pack.catalogs.locales,
        catalogs=_read_catalogs(locales or find_data("locales")),
        denied_in_previews=pack.denied_in_previews,
        promises=_read_phrases(folder, "promises"),
        blame=_read_phrases(folder, "blame"),
        own_facts=_read_phrases(folder, "own_facts"),
    )
    return find_issues(material)


def _fresh(pack: Pack, today: date) -> date:
    """
    Return the last day on which nothing is overdue, or today if that is earlier.

    Replies are judged as they were written. What is overdue is a warning of its own, and must not stop
    a service whose fallbacks still work.
    """
    contacts = (contact.recheck_by for contact in pack.knowledge.contacts.values())
    facts = (fact.recheck_by for fact in pack.knowledge.facts.values())
    return min(today, *contacts, *facts)


def _render(pack: Pack, today: date) -> Render:
    """Say a state as the person with these answers would see it at noon of that day, in Taipei."""
    speaker = Speaker(pack.flow, pack.knowledge, pack.catalogs, words=pack.words, operator=pack.operator)
    now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)

    def render(state: StateId, answers: Answers, locale: str) -> Reply:
        session = Session(NOT_YET, 1, state, locale, seen_at=now, sent_at=now, answers=answers)
        return speaker.render(Said(state), session, now)

    return render


def _read_sentences(folder: Path) -> list[Sentence]:
    paths = sorted(folder.glob("*.toml"))
    tables = (parse_toml(path.read_text(encoding="utf-8"), path.name) for path in paths)
    return [sentence for table in tables for sentence in collect_sentences(table)]


def _read_catalogs(folder: Path) -> Mapping[str, Catalog]:
    paths = sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    return {path.parts[-3]: _read_catalog(path) for path in paths}


def _read_catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        catalog = read_po(file)
    return {
        (message.context or "", str(message.id)): Translation(str(message.string), fuzzy=message.fuzzy)
        for message in catalog
        if message.id
    }


def _read_phrases(folder: Path, name: str) -> PhraseList:
    path = folder / "words" / f"{name}.toml"
    try:
        return parse_phrases(path.read_text(encoding="utf-8"), f"words/{name}.toml")
    except (OSError, UnicodeDecodeError) as fault:
        raise FlowError(f"words/{name}.toml", f"cannot be read: {type(fault).__name__}") from fault
