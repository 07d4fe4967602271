"""Nothing is said that no catalogue gave, nothing is cut off, and no language shows another's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from bot.channels.telegram_setup import write_texts
from bot.commands.line import build_menus, list_labels
from bot.core.model import Choice
from bot.core.reply import Reply
from bot.pack import Pack, load_pack
from bot.ports import Opened
from bot.settings import Settings
from bot.voice.catalogs import Catalogs
from bot.wiring.common import build_speaker, prepare
from bot.wiring.front import open_front
from tests.counting_lines import unmeasured
from tests.front.fakes import FakeConversation, make_app
from tests.front.filling import Person
from tests.front.small_form import RECEIPT, TOKEN, FakeDesk
from tests.pseudo import PSEUDO, load_stretched, stretch
from tests.seen import (
    Seen,
    draw_notices,
    find_broken,
    find_chinese,
    find_cut,
    find_unbracketed,
    list_replies,
    list_words,
    see_page,
    see_reply,
)

#: What the desk in these tests says, and who fills in the form: nobody's language.
NOBODYS = {RECEIPT, "小安"}
#: Counties and cities: chosen by the name on every sign, with the Chinese in brackets; what was chosen is read back as it is sent.
COUNTIES = load_pack().form.counties
OFFERED = {f"{county.latin} ({county.name})" for county in COUNTIES}
CHOSEN = {county.name for county in COUNTIES}
LOCALES = tuple(load_pack().catalogs.locales)
FOREIGN = tuple(locale for locale in LOCALES if locale != "zh_TW")
#: What stands before and between words in no language: numbers to type, and signs.
HARD_CODED = "Please wait a moment."


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_stretched(tmp_path_factory.mktemp("pseudo"), fitted=True)


@pytest.fixture(scope="module")
def replies(pack: Pack) -> list[tuple[str, Reply]]:
    """Every reply in the language of nobody."""
    return _list(pack, PSEUDO)


@pytest.fixture(scope="module")
def seen_replies(replies: list[tuple[str, Reply]]) -> list[Seen]:
    """All that is shown of them on every channel."""
    return list(see_all(replies))


@cache
def real_replies(locale: str) -> list[tuple[str, Reply]]:
    return _list(load_pack(), locale)


@unmeasured()
def _list(pack: Pack, locale: str, only: str = "") -> list[tuple[str, Reply]]:
    return list(list_replies(pack, locale, only=only))


def see_all(replies: list[tuple[str, Reply]]) -> Iterator[Seen]:
    return (seen for where, reply in replies for seen in see_reply(where, reply) if seen.text)


def name(seen: Seen, what: str) -> str:
    return f"{seen.where}, {seen.part}: {what[:80]}"


# ─── The language of nobody ───────────────────────────────────────────────────


def test_every_state_and_every_note_is_walked(replies: list[tuple[str, Reply]], pack: Pack):
    """None is left out by being out of reach."""
    walked = {where.partition(" on ")[0] for where, _ in replies}
    assert {str(state) for state in pack.flow.states} <= walked
    assert {f"note {note}" for note in pack.flow.notes} <= walked
    assert "sorry" in walked


def test_every_word_on_every_channel_is_of_a_catalogue(seen_replies: list[Seen]):
    """What stands in no brackets was written in the code."""
    assert [name(seen, found) for seen in seen_replies if (found := find_unbracketed(seen.text))] == []


def test_nothing_is_cut_off_on_any_channel(seen_replies: list[Seen]):
    """Sentences as long as in the longest language, labels as long as a button takes them."""
    assert [name(seen, found) for seen in seen_replies if (found := find_cut(seen.text))] == []


def test_no_channel_refuses_anything(replies: list[tuple[str, Reply]]):
    """LINE's own rules for messages and drawings, Telegram's sizes."""
    assert {where: broken for where, reply in replies if (broken := find_broken(reply))} == {}


def test_menus_commands_and_descriptions_are_of_a_catalogue(pack: Pack):
    """What stands in the apps beside the conversation: LINE's menu, Telegram's commands and texts."""
    labels = list_labels(pack, PSEUDO)
    words = {
        key: pack.catalogs.translate(f"interface.{key}", word, PSEUDO) for key, word in pack.words.items()
    }
    locales = ("zh_TW", PSEUDO)
    [_, texts] = write_texts(pack.flow, pack.words, pack.catalogs.translate, locales)
    told = [
        *labels,
        texts.about,
        texts.description,
        *(told for _, told in texts.commands),
        words["menu_bar"],
    ]
    assert [text for text in told if find_unbracketed(text) or find_cut(text)] == []


# ─── Pages ────────────────────────────────────────────────────────────────────


#: Pages that need no conversation before them.
PATHS = ("/chat", "/nothing-here", "/p/23456-789AB", f"/p/n/{'x' * 43}", "/date/2020-01-01.ics")
NEXT = {"notices": "who", "who": "more", "more": "what", "what": "review", "review": "consent"}


def knock(app: ASGIApp, locale: str) -> httpx.AsyncClient:
    """Open a browser that asks for one language."""
    headers = {"accept-language": locale.replace("_", "-")}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080", headers=headers
    )


async def see_pages(pack: Pack, locale: str, folder: Path) -> list[Seen]:
    """Every page: those of the real program, the one-time page from its door to its receipt, the calendar file."""
    settings = Settings(_env_file=None, data_dir=folder / "var")  # type: ignore[call-arg]  # a developer's own .env must not reach tests
    prepare(settings)
    seen: list[Seen] = []
    async with open_front(settings, pack) as front, knock(front.app, locale) as client:
        for path in PATHS:
            seen += see_page(path, (await client.get(path)).text)
        file = (await client.get("/date/2027-04-30.ics")).text.replace("\r\n ", "")
    told = (
        line.partition(":")[2] for line in file.splitlines() if line.startswith(("SUMMARY", "DESCRIPTION"))
    )
    seen += [Seen("calendar", "file", text.replace("\\n", "\n").replace("\\", "")) for text in told]
    async for step, page in fill_in(pack, locale):
        seen += see_page(step, page)
    for line, page in draw_notices(build_speaker(pack), locale):
        seen += see_page(line, page)
    allowed = {"<option>": NOBODYS | OFFERED, "<dd>": NOBODYS | CHOSEN}
    return [one for one in seen if one.text not in allowed.get(one.part, NOBODYS)]


async def fill_in(pack: Pack, locale: str) -> AsyncIterator[tuple[str, str]]:
    """Yield each page of the form, one with a refusal among them, with the real form and the real words."""
    voice, desk = build_speaker(pack), FakeDesk()
    desk.links[TOKEN] = Opened({"types": "t4,t6", "county": "臺北市"}, locale)
    app = make_app(FakeConversation(), interface=voice, desk=desk, form=pack.form, voice=voice, demo=True)
    async with knock(app, locale) as client:
        person = Person(client)
        yield "door", (await client.get(person.way)).text
        await person.open()
        while person.step != "consent":
            yield person.step, person.response.text
            if person.step == "who":
                yield "who, refused", (await person.post([*person.paper.all_values, ("go", "next")])).text
            await person.go_to(NEXT[person.step])
        yield "consent", person.response.text
        await person.agree()
        yield "sent", person.response.text


async def test_every_page_is_of_a_catalogue(pack: Pack, tmp_path: Path):
    """The chat, what is not there, the door from elsewhere, each step of the one-time page, the calendar file."""
    seen = await see_pages(pack, PSEUDO, tmp_path)
    assert {one.where for one in seen} >= {
        "/chat", "/nothing-here", "door", "notices", "who", "who, refused", "more", "what", "review", "consent", "sent", "calendar",
    }  # fmt: skip
    assert [
        name(one, found) for one in seen if (found := find_unbracketed(one.text) or find_cut(one.text))
    ] == []


@pytest.mark.parametrize("locale", FOREIGN)
async def test_no_page_shows_chinese_to_who_reads_something_else(locale: str, tmp_path: Path):
    """But official names in brackets, and the words of the form where they are marked as Chinese."""
    seen = await see_pages(load_pack(), locale, tmp_path)
    assert [name(one, found) for one in seen if (found := find_chinese(one.text))] == []


# ─── The real languages ───────────────────────────────────────────────────────


@pytest.mark.parametrize("locale", FOREIGN)
def test_no_reply_shows_chinese_to_who_reads_something_else(locale: str):
    """But official names in brackets. A sentence that is not translated is Chinese, so there is none of those either."""
    said = {text: where for where, reply in real_replies(locale) for text in list_words(reply)}
    assert {where: found for text, where in said.items() if (found := find_chinese(text))} == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_fits_every_channel(locale: str):
    """No label too long for its button, no message or drawing that LINE refuses, nothing cut off."""
    assert {where: broken for where, reply in real_replies(locale) if (broken := find_broken(reply))} == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_menus_are_in_their_language(locale: str):
    """Each language has its menu, with its own words."""
    pack = load_pack()
    labels = list_labels(pack, locale)
    assert locale == "zh_TW" or not [label for label in labels if find_chinese(label)]
    assert len(set(labels)) == len(labels)
    assert locale in {menu.locale for menu in build_menus(pack)}


# ─── The walk itself ──────────────────────────────────────────────────────────


def test_a_hard_coded_sentence_is_found(replies: list[tuple[str, Reply]]):
    """In a bubble, on a button, as a hint: wherever it stands, on each channel."""
    where, reply = next((where, one) for where, one in replies if one.choices)
    bubble = replace(reply, bubbles=(*reply.bubbles, HARD_CODED))
    button = replace(reply, buttons=(replace(reply.buttons[0], label=HARD_CODED), *reply.buttons[1:]))
    beside = replace(reply, bubbles=(f"{reply.bubbles[0]} {HARD_CODED}", *reply.bubbles[1:]))
    alt = replace(reply, alt=HARD_CODED)
    for spoiled, parts in (
        (bubble, {"LINE, said", "Telegram, said", "web, said"}),
        (beside, {"LINE, said", "Telegram, said", "web, said"}),
        (button, {"LINE, said", "LINE, label", "Telegram, label", "web, label"}),
        (alt, {"LINE, alt"}),
    ):
        assert {seen.part for seen in see_reply(where, spoiled) if find_unbracketed(seen.text)} == parts
    assert not [seen for seen in see_reply(where, reply) if find_unbracketed(seen.text)]


def test_a_sentence_that_no_catalogue_has_is_found(pack: Pack):
    """It is said in Chinese, in the language of nobody and in every other."""
    first = pack.flow.get_state(pack.flow.special.start).say[0]
    context = f"{pack.flow.id}.{pack.flow.special.start}"
    lacking = {
        locale: {key: said for key, said in catalog.items() if key != (context, first.text)}
        for locale, catalog in pack.catalogs.by_locale.items()
    }
    spoiled = replace(pack, catalogs=Catalogs(lacking))
    start = pack.flow.special.start
    for locale, find in ((PSEUDO, find_unbracketed), ("vi", find_chinese)):
        seen = see_all(_list(spoiled, locale, start))
        assert [one for one in seen if find(one.text)]


def test_a_choice_that_was_never_extracted_is_found(pack: Pack):
    """Its label is in no catalogue."""
    start = pack.flow.special.start
    state = pack.flow.get_state(start)
    added: Choice = replace(state.choices[0], id="new", label="Go on")
    flow = replace(
        pack.flow, states={**pack.flow.states, start: replace(state, choices=(*state.choices, added))}
    )
    seen = see_all(_list(replace(pack, flow=flow), PSEUDO, start))
    assert {one.part for one in seen if "Go on" in find_unbracketed(one.text)} >= {
        "LINE, label",
        "Telegram, label",
        "web, label",
    }


@pytest.mark.parametrize(
    "page",
    [
        "<p>Loading</p>", "<p>⟦ok⟧ Loading</p>", '<input placeholder="Name">', '<button aria-label="Close">×</button>',
        "<title>Memo</title>", '<p title="More">⟦ok⟧</p>', "<ul><li>⟦a⟧<li>b</ul>",
    ],
)  # fmt: skip
def test_a_hard_coded_word_of_a_page_is_found(page: str):
    """Read or only heard."""
    assert [one for one in see_page("page", page) if find_unbracketed(one.text)]


def test_what_is_no_language_is_left_alone():
    """Numbers, addresses, signs, code, and what is marked as another language."""
    page = '<style>p { }</style><script>let a;</script><p>⟦a ⟦b⟧ c⟧ 113 · https://example.org/a</p><i lang="zh-Hant">姓名</i>'
    assert not [one for one in see_page("page", page) if find_unbracketed(one.text) or find_cut(one.text)]


def test_what_is_cut_off_is_found(replies: list[tuple[str, Reply]]):
    """A label beyond LINE's twenty letters, a bubble beyond Telegram's size, a choice beyond LINE's room."""
    _, reply = next(one for one in replies if one[1].choices)
    label = replace(reply.buttons[0], label=stretch("A label that some day somebody writes"))
    assert find_broken(replace(reply, buttons=(label, *reply.buttons[1:])))
    shown = see_reply("", replace(reply, buttons=(label,)))
    assert {seen.part for seen in shown if find_cut(seen.text)} == {"LINE, label", "Telegram, label"}
    assert find_broken(replace(reply, bubbles=(stretch("many words " * 500),)))
    assert find_broken(
        replace(reply, buttons=(*reply.buttons, *(replace(label, id=f"x{n}") for n in range(200))))
    )
    assert find_broken(reply) == []


def test_chinese_is_found_where_no_bracket_holds_it():
    """A name beside its meaning is meant."""
    assert find_chinese("Gọi 保護專線")
    assert not find_chinese("Đường dây bảo vệ 113 (113 保護專線)")
