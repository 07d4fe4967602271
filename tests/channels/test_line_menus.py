"""The menus themselves: what stands where and whose they are; and a person's menu in their language."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.line_client import LineClient
from bot.channels.line_console import LineConsole
from bot.channels.line_menus import (
    HEIGHT,
    MENU_WAYS,
    SOURCE_LOCALE,
    WIDTH,
    MenuLinker,
    alias_of,
    build_menu,
    find_locale_of,
    is_our_alias,
    read_drawn_labels,
    read_notes,
    write_notes,
)
from bot.channels.taps import decode_tap
from bot.voice import catalogs
from tests.channels.line_set_up import LABELS, READER, make_menu, make_png, run_set_up, want
from tests.fakes.line_menu_rules import find_menu_complaints, measure_png
from tests.fakes.line_platform import Person
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

# ─── What a menu is ───────────────────────────────────────────────────────────


def test_the_areas_tile_the_picture():
    """Wherever a thumb lands there is one area, and only one."""
    bounds = [area["bounds"] for area in make_menu("zh_TW").body["areas"]]
    corners = {(one["x"], one["y"]) for one in bounds}

    assert len(corners) == len(MENU_WAYS)
    assert sum(one["width"] * one["height"] for one in bounds) == WIDTH * HEIGHT
    assert find_complaints_of("zh_TW") == find_complaints_of("en") == []


def find_complaints_of(locale: str) -> list[Any]:
    return list(find_menu_complaints(dict(make_menu(locale).body)))


def test_an_area_taps_a_way_out_and_leaves_no_trace():
    """Its data is that of any button; nothing is written into the chat, and the menu makes room."""
    actions = [area["action"] for area in make_menu("en").body["areas"]]

    assert [decode_tap(one["data"]).id for one in actions] == list(MENU_WAYS)
    assert [one["label"] for one in actions] == list(LABELS["en"])
    assert all(one["inputOption"] == "closeRichMenu" for one in actions)
    assert not any("displayText" in one or "text" in one for one in actions)


def test_long_words_keep_the_limits():
    """A translation may be longer than LINE reads aloud."""
    menu = build_menu("vi", ["Nói chuyện với một người thật"] * 6, bar="Trình đơn chính đây", png=make_png())

    assert list(find_menu_complaints(dict(menu.body))) == []
    assert menu.body["chatBarText"].endswith("…")


def test_another_content_has_another_name():
    """So the name alone tells whether a menu is still the right one."""
    first = make_menu("en")
    other_words = build_menu("en", LABELS["zh_TW"], bar="選單", png=make_png())
    other_bar = build_menu("en", LABELS["en"], bar="Menu", png=make_png())

    names = {first.name, make_menu("en", says="x").name, other_words.name, other_bar.name}

    assert len(names) == 4
    assert make_menu("en").name == first.name


@pytest.mark.parametrize("locale", ["zh_TW", "en", "fil"])
def test_what_is_ours_is_known(locale: str):
    menu = build_menu(locale, LABELS["en"], bar="Menu", png=make_png())

    assert find_locale_of(menu.name) == locale
    assert is_our_alias(menu.alias)
    assert menu.alias == alias_of(locale)


@pytest.mark.parametrize(
    "name", ["", "Spring sale", "frontdoor", "frontdoor:en:x", "a frontdoor:en:0123456789abcdef"]
)
def test_what_is_not_ours_is_not(name: str):
    assert find_locale_of(name) is None
    assert not is_our_alias(name)


def test_a_picture_says_what_was_drawn():
    """Notes are written into the picture and replace earlier ones; the picture stays one."""
    noted = write_notes(make_png(says="before"), {"drawn": "after", "labels": '["\\u66f4"]'})

    assert read_notes(noted) == {"drawn": "after", "labels": '["\\u66f4"]'}
    assert read_drawn_labels(noted) == ("更",)
    assert measure_png(noted) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("labels", ["no json", '"text"', "[]"])
def test_a_picture_of_unknown_words_is_no_picture_of_ours(labels: str):
    assert read_drawn_labels(write_notes(make_png(), {"labels": labels})) == ()


def test_the_source_language_is_the_same_everywhere():
    """Its menu is the default."""
    assert SOURCE_LOCALE == catalogs.SOURCE_LOCALE


# ─── A person's own menu ──────────────────────────────────────────────────────


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def linker(line: FakeLineServer, clock: Clock) -> AsyncIterator[MenuLinker]:
    """A linker on the client of the channel."""
    line.people[READER] = Person(READER)
    client = LineClient(access_token=line.access_token, api_base=line.base_url, timeout_s=5)
    yield MenuLinker(client.call, timeout_s=5, clock=clock)
    await client.close()


def count_looks(line: FakeLineServer) -> int:
    return sum("/richmenu/alias/frontdoor-" in one.path for one in line.requests)


async def test_a_person_gets_the_menu_of_their_language(line: FakeLineServer, linker: MenuLinker):
    await run_set_up(line, want())

    await linker.link(READER, "en")

    assert line.menu_of == {READER: line.aliases["frontdoor-en"]}


async def test_the_source_language_is_everybodys_menu(line: FakeLineServer, linker: MenuLinker):
    """The one of their own is taken away again."""
    await run_set_up(line, want())
    await linker.link(READER, "en")

    await linker.link(READER, "zh_TW")

    assert line.menu_of == {}


async def test_the_menu_is_looked_up_once_in_ten_minutes(
    line: FakeLineServer, linker: MenuLinker, clock: Clock
):
    await run_set_up(line, want())
    await linker.link(READER, "en")
    await linker.link(READER, "en")
    assert count_looks(line) == 1
    clock.now += 601

    await linker.link(READER, "en")

    assert count_looks(line) == 2


async def test_that_nothing_is_set_up_is_remembered_too(
    line: FakeLineServer, linker: MenuLinker, clock: Clock
):
    """And forgotten as soon."""
    await linker.link(READER, "en")
    await linker.link(READER, "en")
    assert count_looks(line) == 1
    await run_set_up(line, want())
    clock.now += 601

    await linker.link(READER, "en")

    assert line.menu_of == {READER: line.aliases["frontdoor-en"]}


async def test_a_menu_that_was_replaced_is_looked_up_anew(line: FakeLineServer, linker: MenuLinker):
    """Set up again in the same ten minutes."""
    await run_set_up(line, want())
    await linker.link(READER, "en")
    await run_set_up(line, want(says="another picture"))

    await linker.link(READER, "en")

    assert line.menu_of == {READER: line.aliases["frontdoor-en"]}


async def test_an_alias_to_nowhere_is_given_up(line: FakeLineServer, linker: MenuLinker):
    """Two looks, no more."""
    await run_set_up(line, want())
    line.menus.clear()

    await linker.link(READER, "en")

    assert line.menu_of == {}
    assert count_looks(line) == 2


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(status=500)],
        [Fault(), Fault(status=400)],
        [Fault(), Fault(drop="before")],
        [Fault(body=b"no json")],
        [Fault(body=b"{}")],
    ],
)
async def test_a_fault_costs_nothing_but_the_menu(
    line: FakeLineServer, linker: MenuLinker, caplog: pytest.LogCaptureFixture, faults: list[Fault]
):
    """The reply has been sent already. The log holds neither person nor menu."""
    await run_set_up(line, want())
    line.fail_next(*faults)

    with caplog.at_level(logging.WARNING, "bot"):
        await linker.link(READER, "en")

    assert line.menu_of == {}
    (record,) = [one for one in caplog.records if one.name == "bot.channels.line_menus"]
    assert record.getMessage() == "menu_not_linked"
    assert not any(told in str(vars(record)) for told in (READER, "richmenu-", line.access_token))


async def test_a_source_that_cannot_be_unlinked_costs_nothing(line: FakeLineServer, linker: MenuLinker):
    line.fail_next(Fault(status=500))

    await linker.link(READER, "zh_TW")

    assert line.faults == type(line.faults)()


# ─── The fake is as strict as LINE ────────────────────────────────────────────


async def test_the_fake_refuses_what_line_refuses(line: FakeLineServer):
    """Otherwise the tests above would prove little."""
    await run_set_up(line, want())
    menu_id, bare = line.aliases["frontdoor-en"], line.add_menu("bare", picture=b"")
    line.menus[bare].body = dict(make_menu("en").body)
    tries = {
        "picture again": ("POST", f"/v2/bot/richmenu/{menu_id}/content", make_png(), "image/png"),
        "no picture": ("POST", f"/v2/bot/richmenu/{bare}/content", b"GIF89a", "image/png"),
        "too high": ("POST", f"/v2/bot/richmenu/{bare}/content", make_png(1200, 1200), "image/png"),
        "another size": ("POST", f"/v2/bot/richmenu/{bare}/content", make_png(1600, 800), "image/png"),
        "other kind": ("POST", f"/v2/bot/richmenu/{bare}/content", make_png(), "image/webp"),
        "too heavy": ("POST", f"/v2/bot/richmenu/{bare}/content", make_png() + bytes(2**20), "image/png"),
        "default without picture": ("POST", f"/v2/bot/user/all/richmenu/{bare}", b"", ""),
        "link without picture": ("POST", f"/v2/bot/user/{READER}/richmenu/{bare}", b"", ""),
        "link nobody": ("POST", f"/v2/bot/user/nobody/richmenu/{menu_id}", b"", ""),
        "unlink nobody": ("DELETE", "/v2/bot/user/nobody/richmenu", b"", ""),
        "gone": ("DELETE", "/v2/bot/richmenu/richmenu-0", b"", ""),
        "alias in capitals": ("DELETE", "/v2/bot/richmenu/alias/EN", b"", ""),
        "http": ("PUT", "/v2/bot/channel/webhook/endpoint", b'{"endpoint": "http://x.org"}', "application/json"),
        "too long": (
            "PUT", "/v2/bot/channel/webhook/endpoint",
            b'{"endpoint": "https://x.org/' + b"a" * 500 + b'"}', "application/json",
        ),
        "empty menu": ("POST", "/v2/bot/richmenu", b"{}", "application/json"),
        "no json": ("POST", "/v2/bot/richmenu", b"{", "application/json"),
        "alias twice": (
            "POST", "/v2/bot/richmenu/alias",
            f'{{"richMenuAliasId": "frontdoor-en", "richMenuId": "{menu_id}"}}'.encode(), "application/json",
        ),
        "alias of a bare menu": (
            "POST", "/v2/bot/richmenu/alias",
            f'{{"richMenuAliasId": "x", "richMenuId": "{bare}"}}'.encode(), "application/json",
        ),
    }  # fmt: skip

    async with LineConsole(access_token=line.access_token, api_base=line.base_url) as console:
        session = console._client.rest_client.pool_manager
        answers = {}
        for name, (method, path, body, kind) in tries.items():
            headers = {
                "Authorization": f"Bearer {line.access_token}",
                **({"Content-Type": kind} if kind else {}),
            }
            async with session.request(
                method, line.base_url + path, data=io.BytesIO(body), headers=headers
            ) as answer:
                answers[name] = answer.status

    expected = dict.fromkeys(tries, 400) | {"other kind": 415, "too heavy": 413, "gone": 404}
    assert answers == expected


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": "n" * 301}, "name"),
        ({"chatBarText": "b" * 15}, "chatBarText"),
        ({"size": {"width": 799, "height": 300}}, "size"),
        ({"size": {"width": 1000, "height": 700}}, "size"),
        ({"surplus": 1}, "surplus"),
        ({"areas": [{}] * 21}, "areas"),
        ({"areas": [{"bounds": {"x": 1000, "y": 0, "width": 201, "height": 10}}]}, "areas[0].bounds"),
    ],
)
def test_the_fake_counts_as_line_counts(change: dict[str, Any], where: str):
    complaints = list(find_menu_complaints({**make_menu("en").body, **change}))

    assert where in {place for _, place in complaints}
