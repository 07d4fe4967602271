"""`frontdoor line setup` against a strict LINE: what is missing is made, what stands is left alone."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from bot.channels.line_console import OFFICIAL, LineConsole
from bot.errors import ChannelError
from tests.channels.line_set_up import (
    READER,
    WEBHOOK,
    add_reader,
    assert_stands,
    make_png,
    open_console,
    run_set_up,
    want,
)
from tests.fakes.line_schema import find_faults, is_available
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

NEW = "another picture"


async def test_a_first_run_sets_up_everything(line: FakeLineServer):
    """Address, a menu with its picture in each language, an alias for each, the source's as default."""
    told = await run_set_up(line, want())

    assert_stands(line, want())
    assert len(told) == len(line.writes) == 8
    assert told[0] == f"done: set the webhook address to {WEBHOOK} (before: none)"
    assert all(one.startswith("done: ") for one in told)


async def test_a_second_run_changes_nothing(line: FakeLineServer):
    """It only reads."""
    await run_set_up(line, want())
    line.writes.clear()

    assert await run_set_up(line, want()) == ["nothing to change"]
    assert line.writes == []


async def test_a_dry_run_says_what_a_run_would_do_and_does_nothing(line: FakeLineServer):
    """The same lines, and not one writing call."""
    would = await run_set_up(line, want(), dry_run=True)

    assert line.writes == []
    assert not line.menus
    assert line.console.endpoint == ""
    done = await run_set_up(line, want())
    assert [one.removeprefix("would ") for one in would] == [one.removeprefix("done: ") for one in done]


async def test_a_dry_run_over_what_stands_has_nothing_to_say(line: FakeLineServer):
    await run_set_up(line, want())
    line.writes.clear()

    assert await run_set_up(line, want(), dry_run=True) == ["nothing to change"]
    assert line.writes == []


async def test_another_address_is_replaced_and_told(line: FakeLineServer):
    """Whoever moved the service sees where it was before."""
    await run_set_up(line, want())
    line.console.endpoint = "https://old.example.org/line/webhook"

    (told,) = await run_set_up(line, want())

    assert told.endswith("(before: https://old.example.org/line/webhook)")
    assert line.console.endpoint == WEBHOOK


async def test_new_pictures_replace_the_old_ones_only_when_they_stand(line: FakeLineServer):
    """Nobody is without a menu in between: removals come last, after everybody has been moved."""
    await run_set_up(line, want())
    add_reader(line, "en")
    line.writes.clear()

    await run_set_up(line, want(says=NEW))

    assert_stands(line, want(says=NEW))
    assert line.menu_of[READER] == line.aliases["frontdoor-en"]
    kinds = ["removal" if one.startswith("DELETE") else "other" for one in line.writes]
    assert kinds == sorted(kinds)
    assert line.writes[kinds.index("removal") - 1] == "POST /v2/bot/richmenu/batch"


async def test_menus_of_others_are_left_alone(line: FakeLineServer):
    """Also when their names and aliases look a little like ours."""
    theirs = ["Spring sale", "frontdoor", "frontdoor:en:old", "frontdoor:en:0123456789abcdef!"]
    ids = [line.add_menu(name) for name in theirs]
    line.aliases = {"frontdoor-sale": ids[0], "sale": ids[1]}
    line.default_menu = ids[0]

    await run_set_up(line, want())
    await run_set_up(line, want(says=NEW))

    assert_stands(line, want(says=NEW), besides=theirs)
    assert line.aliases["frontdoor-sale"] == ids[0]
    assert line.aliases["sale"] == ids[1]


async def test_a_default_of_the_account_manager_is_overruled(line: FakeLineServer):
    """It cannot be read or removed over the API, but ours goes before it."""
    line.console.default_by_manager = True

    await run_set_up(line, want())

    assert_stands(line, want())


async def test_a_language_that_is_gone_takes_its_menu_and_alias_along(line: FakeLineServer):
    """Who had it sees the default again."""
    await run_set_up(line, want())
    add_reader(line, "en")

    told = await run_set_up(line, want("zh_TW"))

    assert_stands(line, want("zh_TW"))
    assert set(line.aliases) == {"frontdoor-zh_tw"}
    assert READER not in line.menu_of
    assert [one.split("(")[0] for one in told] == [
        "done: remove the alias frontdoor-en",
        f"done: remove the old menu {want().menus[1].name}",
    ]


async def test_the_same_menu_twice_becomes_one(line: FakeLineServer):
    """Two runs at once may make it twice; the one in use stays."""
    await run_set_up(line, want())
    in_use = dict(line.aliases)
    line.menus = {line.add_menu(want().menus[1].name): line.menus.popitem()[1], **line.menus}
    for menu_id, menu in line.menus.items():
        menu.id = menu_id
    first, *_ = line.menus
    line.menus[in_use["frontdoor-en"]] = type(line.menus[first])(
        in_use["frontdoor-en"], line.menus[first].body, line.menus[first].picture
    )

    await run_set_up(line, want())

    assert line.aliases == in_use
    assert len(line.menus) == 2


@pytest.mark.parametrize(
    "half", ["no picture", "no alias", "alias to an old menu", "no default", "other default"]
)
async def test_what_is_half_done_is_finished(line: FakeLineServer, half: str):
    """Whatever a run left behind, the next one mends it, and no more than it."""
    await run_set_up(line, want())
    english = line.aliases["frontdoor-en"]
    match half:
        case "no picture":
            line.menus[english].picture = b""
        case "no alias":
            del line.aliases["frontdoor-en"]
        case "alias to an old menu":
            line.aliases["frontdoor-en"] = line.aliases["frontdoor-zh_tw"]
        case "no default":
            line.default_menu = None
        case _:
            line.default_menu = english
    line.writes.clear()

    await run_set_up(line, want())

    assert_stands(line, want())
    assert len(line.writes) == 1


@pytest.mark.parametrize("how", ["refused", "before", "after"])
async def test_a_fault_at_any_call_is_mended_by_the_next_run(how: Literal["refused", "before", "after"]):
    """Every call of an update fails once, before or after LINE carried it out: a clean run ends right."""
    fault = Fault(status=500) if how == "refused" else Fault(drop=how)
    failed, calls = 0, await _count_calls()
    for number in range(calls):
        async with FakeLineServer() as line:
            theirs = await _stand_before(line)
            line.fail_next(*[Fault()] * number, fault)
            failed += await _fails(line)
            line.faults.clear()
            await run_set_up(line, want(says=NEW))
            assert_stands(line, want(says=NEW), besides=[theirs])
            line.writes.clear()
            assert await run_set_up(line, want(says=NEW)) == ["nothing to change"], number
            assert line.menu_of[READER] == line.aliases["frontdoor-en"]
    assert calls == 15
    assert failed > calls // 2


async def _stand_before(line: FakeLineServer) -> str:
    theirs = "Spring sale"
    line.add_menu(theirs)
    await run_set_up(line, want())
    add_reader(line, "en")
    line.requests.clear()
    return theirs


async def _count_calls() -> int:
    async with FakeLineServer() as line:
        await _stand_before(line)
        await run_set_up(line, want(says=NEW))
        return len(line.requests)


async def _fails(line: FakeLineServer) -> bool:
    """Whether a run stops. Calls that may be repeated are, by the client itself."""
    try:
        await run_set_up(line, want(says=NEW))
    except ChannelError:
        return True
    return False


async def test_old_menus_stay_until_everybody_is_moved(line: FakeLineServer):
    """LINE does it in the background; a later run takes them away."""
    await run_set_up(line, want())
    add_reader(line, "en")
    line.console.batch_looks = 99

    with pytest.raises(ChannelError, match="in half an hour") as caught:
        await run_set_up(line, want(says=NEW))

    assert not caught.value.permanent
    assert line.menu_of[READER] in line.menus
    line.console.batch_looks = 2
    told, *_ = await run_set_up(line, want(says=NEW))
    assert told == "done: move people to the new menu (en)"
    assert_stands(line, want(says=NEW))
    assert line.menu_of[READER] == line.aliases["frontdoor-en"]


async def test_a_failed_move_keeps_the_old_menus(line: FakeLineServer):
    """The next run resumes it: the same pairs have the same key."""
    await run_set_up(line, want())
    add_reader(line, "en")
    line.console.batch_fails = True
    for _ in range(2):
        with pytest.raises(ChannelError, match="not everybody"):
            await run_set_up(line, want(says=NEW))

    assert line.menu_of[READER] in line.menus
    keys = [
        one.json()["resumeRequestKey"] for one in line.requests if one.path.endswith("/batch") and one.raw
    ]
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.skipif(not is_available(), reason="LINE's API description is not beside the repository")
async def test_what_is_sent_is_what_line_describes(line: FakeLineServer):
    """Every body is right by LINE's own description of its API."""
    await run_set_up(line, want())
    await run_set_up(line, want(says=NEW))
    schemas = {
        "/v2/bot/richmenu": "RichMenuRequest",
        "/v2/bot/richmenu/alias": "CreateRichMenuAliasRequest",
        "/v2/bot/richmenu/alias/frontdoor-en": "UpdateRichMenuAliasRequest",
        "/v2/bot/richmenu/batch": "RichMenuBatchRequest",
        "/v2/bot/channel/webhook/endpoint": "SetWebhookEndpointRequest",
    }

    checked = {one.path for one in line.requests if one.path in schemas and one.raw}

    assert checked == schemas.keys()
    for one in line.requests:
        if one.path in schemas and one.raw:
            assert find_faults(schemas[one.path], one.json()) == []


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "set LINE_CHANNEL_ACCESS_TOKEN"),
        (403, "of this Messaging API channel"),
        (413, "draw it again"),
        (415, "draw it again"),
        (429, "wait an hour"),
        (500, "run the command again in a few minutes"),
        (503, "run the command again in a few minutes"),
        (400, "LINE refuses: fault on demand"),
    ],
)
async def test_an_error_says_what_was_done_and_what_to_do(line: FakeLineServer, status: int, says: str):
    """One line, without the token."""
    line.fail_next(Fault(status=status))
    with pytest.raises(ChannelError) as caught:
        await run_set_up(line, want())

    said = str(caught.value)
    assert said.startswith("LINE: listing the menus: ")
    assert says in said
    assert said.endswith(f"({status})")
    assert "\n" not in said
    assert line.access_token not in said


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"message": "no", "details": [{"message": "must be\\nspecified", "property": "name"}]}',
         "no; name: must be specified (400)"),
        (b'{"message": "you sent channel-access-token"}', "no reason given (400)"),
        (b"[]", "no reason given (400)"),
        (b"", "no reason given (400)"),
        (b"<html>", "no reason given (400)"),
        (b'{"message": 7, "details": "x"}', "7 (400)"),
    ],
)  # fmt: skip
async def test_a_refusal_is_quoted_as_far_as_it_makes_sense(line: FakeLineServer, body: bytes, says: str):
    """LINE says which field it does not like; the token is never repeated."""
    line.fail_next(Fault(status=400, body=body))
    with pytest.raises(ChannelError) as caught:
        await run_set_up(line, want())

    assert str(caught.value) == f"LINE: listing the menus: LINE refuses: {says}"


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"\xff\xfe", b"[" * 100_000])
async def test_an_answer_that_makes_no_sense_is_told(line: FakeLineServer, body: bytes):
    """Somebody else may listen at that address."""
    line.fail_next(Fault(body=body))
    with pytest.raises(ChannelError, match="is LINE_API_BASE right"):
        await run_set_up(line, want())


async def test_a_menu_without_an_id_is_told(line: FakeLineServer):
    """And what can be read otherwise is read as far as it goes."""
    line.fail_next(Fault(body=b'{"richmenus": [1, {}]}'), *[Fault()] * 4, Fault(body=b"{}"))
    with pytest.raises(ChannelError, match="making a menu: the answer makes no sense"):
        await run_set_up(line, want())


async def test_silence_and_a_closed_door_are_told(line: FakeLineServer):
    """Both may pass: they are not permanent."""
    line.fail_next(Fault(delay_s=5))
    async with open_console(line, timeout_s=0.1) as console:
        with pytest.raises(ChannelError, match="no answer within") as silence:
            await console.list_menus()
    async with LineConsole(access_token="t", api_base="http://127.0.0.1:9") as console:
        with pytest.raises(ChannelError, match="look at the network") as closed:
            await console.list_menus()

    assert not silence.value.permanent
    assert not closed.value.permanent


async def test_a_wrong_token_is_told_without_being_shown(line: FakeLineServer):
    async with open_console(line, token="not-the-token") as console:
        with pytest.raises(ChannelError, match="does not know the access token") as caught:
            await console.read_bot()

    assert "not-the-token" not in str(caught.value)


async def test_pictures_go_to_the_host_that_line_keeps_for_them():
    """The official service has two hosts; a stand-in serves both."""
    asked: list[str] = []

    async def remember(**request: Any) -> None:
        await asyncio.sleep(0)
        asked.append(request["url"])
        raise OSError

    for base in (OFFICIAL, "http://127.0.0.1:9"):
        async with LineConsole(access_token="t", api_base=base) as console:
            console._client.rest_client.pool_manager.request = remember
            for call in (
                console.list_menus(),
                console.give_picture("m", make_png()),
                console.has_picture("m"),
            ):
                with pytest.raises(ChannelError):
                    await call

    assert asked == [
        "https://api.line.me/v2/bot/richmenu/list",
        "https://api-data.line.me/v2/bot/richmenu/m/content",
        "https://api-data.line.me/v2/bot/richmenu/m/content",
        "http://127.0.0.1:9/v2/bot/richmenu/list",
        "http://127.0.0.1:9/v2/bot/richmenu/m/content",
        "http://127.0.0.1:9/v2/bot/richmenu/m/content",
    ]
