"""Join the data, the voice and the channels' limits into what `check` judges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from babel.messages.pofile import read_po

from bot.channels.limits import LINE_LIMITS, TELEGRAM_LIMITS
from bot.core.check import describe_fault, find_issues
from bot.core.events import Said
from bot.core.filling import OWN_RECEIPT, PREFIX, REVIEWING
from bot.core.guards import GIVEN, Answers
from bot.core.issues.material import Catalog, Issue, Material, Render, Translation
from bot.core.issues.phrases import PhraseList, parse_phrases
from bot.core.model import NOT_YET, Session, StateId, Told
from bot.core.records import changed
from bot.core.reply import Reply
from bot.core.standing import LEARNED_ON
from bot.core.taipei import TAIPEI
from bot.core.understood import HEARD
from bot.errors import ConfigError, FlowError
from bot.pack import Pack, find_data, load_pack, read_sentences
from bot.voice.catalogs import DOMAIN
from bot.wiring.common import build_speaker

_LONG_AGO = date(2020, 1, 1)
LIMITS = {"line": LINE_LIMITS, "telegram": TELEGRAM_LIMITS}


def check_folder(today: date, *, flows: Path | None = None, locales: Path | None = None) -> list[Issue]:
    """Return every issue of the data in a folder; data that cannot be parsed is one of them."""
    try:
        return find_pack_issues(load_pack(flows, locales), today, flows=flows, locales=locales)
    except FlowError as fault:
        return [describe_fault(fault)]


def refuse_errors(day: date, flows: Path | None = None) -> None:
    """ConfigError with the first error of the data, as of a day. It takes seconds."""
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
        sentences=read_sentences(folder),
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
        form_names={
            "consent": frozenset(pack.form.notices.notices),
            "use": frozenset(use.id for use in pack.form.notices.uses),
            "picked": frozenset(key for key, one in pack.form.fields.items() if one.kind == "choices"),
        },
    )
    return find_issues(material)


def _fresh(pack: Pack, today: date) -> date:
    """
    Return the last day on which nothing is overdue, or today if that is earlier.

    Replies are judged as they were written. What is overdue is a warning of its own, and must not stop
    a service whose fallbacks still work.
    """
    return min(today, *(one.recheck_by for _, one in pack.knowledge.entries()))


def _render(pack: Pack, today: date) -> Render:
    """Say a state as the person with these answers would see it at three in the morning of that day, in Taipei: closed lines are the longest."""
    speakers = {
        desk: build_speaker(pack, is_desk_open=lambda is_open=desk == "open": is_open)  # type: ignore[misc]  # bound early
        for desk in ("open", "closed")
    }
    now = datetime(today.year, today.month, today.day, 3, tzinfo=TAIPEI)

    def render(state: StateId, answers: Answers, locale: str) -> Reply:
        given = _give(answers, today)
        draft, pocket = _give_form(answers, pack)
        session = Session(
            NOT_YET, 1, state, locale, seen_at=now, sent_at=now, answers=given, draft=draft, pocket=pocket
        )
        session = changed(session, told=_give_told(answers, pack))
        speaker = speakers[answers.get("desk", "open")]
        return speaker.render(Said(state), session, now, channel=answers.get("channel", ""))

    return render


def _give(answers: Answers, today: date) -> dict[str, str]:
    """Return answers that make true what no answer says by itself: that something was told, a deadline."""
    given = {key: value for key, value in answers.items() if key not in GIVEN and not key.startswith(PREFIX)}
    if "deadline" in answers:
        given[LEARNED_ON] = today.isoformat() if answers["deadline"] == "ahead" else _LONG_AGO.isoformat()
    return given or ({"something": "told"} if answers.get("told") else {})


def _give_form(answers: Answers, pack: Pack) -> tuple[dict[str, str], dict[str, str]]:
    """Return what makes true what is asked of the form, filled as full as it can be, and of a receipt."""
    names = {"receipt": "status", "asked": "asked", REVIEWING: REVIEWING, "holds_receipt": OWN_RECEIPT}
    pocket = {noted: answers[key] for key, noted in names.items() if key in answers}
    is_filled = {"name": "一"} if "filled" in answers else {}
    wanted = {key.removeprefix(PREFIX) for key in answers if key.startswith(PREFIX)}
    return is_filled | {key: "一" for key in pack.form.fields if key in wanted}, pocket


def _give_told(answers: Answers, pack: Pack) -> tuple[Told, ...]:
    """Return what makes true that a kind of fact was told: all that can be said of it, which is the longest."""
    kinds = [key.removeprefix(HEARD) for key in answers if key.startswith(HEARD)]
    facts = (f"{kind}={value}" for kind in kinds for value in pack.flow.facts[kind].values)
    return (Told("", tuple(facts)),) if kinds else ()


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
