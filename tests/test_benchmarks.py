"""The benchmarks measure what they say: every answer is counted, and nobody's wait is left out. Nothing here is about time."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from benchmarks import report
from benchmarks.aims import judge
from benchmarks.contestants import CONTESTANTS, list_unwalked
from benchmarks.fake_api import Api, Switchboard
from benchmarks.load.__main__ import Window, _walk_open
from benchmarks.load.crowd import Crowd, Job
from benchmarks.load.ledger import Ledger, summarise
from benchmarks.load.speech import Act, Began, LineSpeech, Person, Pressed, TelegramSpeech, Wrote
from benchmarks.plan import FULL, QUICK
from benchmarks.plot import draw
from benchmarks.run import read_begun
from benchmarks.seed import seed
from benchmarks.stage import Cores, Stage, Wrong, refuse_wrong
from bot.channels.line_events import decode, verify
from bot.channels.taps import encode_tap
from bot.core.inputs import Started, Tapped, Typed
from bot.crypto import RootVault
from bot.keys import read_root
from bot.keys.demo import fill_demo
from bot.store.sql import open_store

NOW = datetime.now(UTC)
CLEAN = {"server": "floor", "mode": "closed", "all_events": 40, "lost": 0, "doubled": 0, "strange": 0}
JOB = Job(mode="closed", targets=("http://127.0.0.1:9/x",), feed=0)


def test_a_few_people_walk_through_the_floor(tmp_path: Path) -> None:
    """Load, fake API and server as processes: each event has one answer, and the work is measured."""
    with (
        Stage(tmp_path, Cores.choose(), sys.executable) as stage,
        stage.running(CONTESTANTS["floor"]) as server,
    ):
        closed = stage.run(replace(JOB, people=4, events=40, taps=5), [server])
        opened = stage.run(
            replace(JOB, mode="open", rate=40, warm_s=0.1, measure_s=0.5, first_person=1000), [server]
        )

    assert (closed["events"], closed["lost"], closed["doubled"], closed["refused"]) == (40, 0, 0, 0)
    assert closed["people"] >= 8, "after five events somebody new comes"
    assert opened["all_events"] > 0
    assert (opened["lost"], opened["doubled"], opened["strange"]) == (0, 0, 0)
    assert set(closed["cpu_s"]) == {"server", "load"}
    assert server.memory_idle["rss"] > 0


@pytest.mark.parametrize("fault", ["lost", "doubled", "strange"])
def test_a_run_that_loses_or_doubles_gives_no_figure(fault: str) -> None:
    """One answer too few or too many is enough."""
    refuse_wrong(CLEAN)

    with pytest.raises(Wrong, match=f"'{fault}': 1"):
        refuse_wrong({**CLEAN, fault: 1})


async def test_the_ledger_finds_what_is_missing_and_what_came_twice() -> None:
    """Each event has exactly one answer; the rest is told apart."""
    ledger = Ledger()
    for key in ("answered", "twice", "never", "flood", "untaken"):
        ledger.expect(key, since=1.0, counts=key != "flood").answered_at = 0.0 if key == "untaken" else 1.5
    for key in ("answered", "twice", "twice", "unasked"):
        ledger.arrive(key, 2.0, b"")
    ledger.give_up(older_than=5.0)

    assert (ledger.lost, ledger.untaken, ledger.doubled, ledger.strange) == (1, 1, 1, 1)


async def test_an_answer_after_nobody_waits_is_no_fault_of_its_own_and_a_second_one_is() -> None:
    """Of one who floods nothing is counted as lost, so what comes after a minute would be counted as a fault alone."""
    ledger = Ledger()
    ledger.expect("flood", since=1.0, counts=False)
    ledger.give_up(older_than=5.0)
    ledger.arrive("flood", 6.0, b"")
    assert ledger.strange == 0
    ledger.arrive("flood", 7.0, b"")
    assert (ledger.lost, ledger.strange) == (0, 1)


async def test_in_a_chat_the_second_answer_to_one_event_is_found() -> None:
    """Telegram's answers have no token: what comes too often in a chat is one too many."""
    ledger = Ledger()
    for _ in range(2):
        ledger.expect("chat", since=1.0)
        ledger.arrive("chat", 2.0, b"")
    ledger.arrive("chat", 2.0, b"")

    assert (ledger.lost, ledger.doubled, ledger.strange) == (0, 1, 0)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (Began(), Started()),
        (Wrote("我好怕"), Typed("我好怕")),
        (Pressed(encode_tap("self", visit="12345678", turn=3)), Tapped("self", "12345678", 3)),
    ],
    ids=["began", "wrote", "pressed"],
)
def test_what_people_do_is_what_line_would_send(act: Act, what: object) -> None:
    """Our own decoding takes the load for LINE: signed, and one event of one person."""
    speech = LineSpeech(run=7)
    delivery = speech.write(Person(5), act)
    again = speech.repeat(delivery)

    for one in (delivery, again):
        signature = one.headers.removeprefix("x-line-signature: ").strip()
        assert verify(one.body, signature, "benchmark-channel-secret")
        (inbound,) = decode(one.body, NOW).inbounds
        assert (inbound.what, inbound.user_id) == (what, f"U{5:032x}")
        assert inbound.reply_to is not None
        assert inbound.reply_to.token == delivery.key
    assert (b'"isRedelivery": true' in delivery.body, b'"isRedelivery": true' in again.body) == (False, True)


@pytest.mark.parametrize("shape", ["form", "json", "parts"])
def test_an_answer_on_telegram_is_read_as_libraries_send_it(shape: str) -> None:
    """A form, JSON, or a form in parts: the chat and its buttons are found."""
    markup = {
        "inline_keyboard": [
            [{"text": "一", "callback_data": "c=a"}],
            [{"text": "二", "callback_data": "c=b"}],
        ]
    }
    fields = {"chat_id": "1000005", "text": "你好\r\n", "reply_markup": json.dumps(markup)}
    bodies = {
        "form": urlencode(fields),
        "json": json.dumps({**fields, "chat_id": 1000005, "reply_markup": markup}),
        "parts": "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        + "--x--\r\n",
    }

    found = TelegramSpeech(run=7).read(bodies[shape].encode())

    assert found == (TelegramSpeech(run=7).write(Person(5), Began()).key, ("c=a", "c=b"))


async def test_a_person_presses_only_what_is_offered_and_leads_on() -> None:
    """The ways out end a walk, so nobody presses them; without a choice somebody new comes."""
    crowd = Crowd(replace(JOB, avoid=list_unwalked(), taps=10**6))
    offered = tuple(
        encode_tap(one, visit="v", turn=1) for one in ("self", "friend", "erase", "human", "pick")
    )
    person = Person(1, offered, events=1)
    pressed = {act.data for act in (crowd.choose(person) for _ in range(200)) if isinstance(act, Pressed)}

    assert pressed == set(offered[:2])
    assert crowd.choose(Person(1, offered[2:], events=1)) is None
    assert crowd.choose(Person(1)) == Began()
    assert crowd.choose(replace(person, events=10**6)) is None, "it was enough"


async def test_arrivals_wait_for_nobodys_answer() -> None:
    """Open loop: while nobody is answered, others still come, and each waits from the moment it was meant for."""
    enough = asyncio.Event()
    began: list[float] = []

    class Stalled(Crowd):
        async def exchange(self, person: Person, act: Act, since: float) -> bool:
            began.append(since)
            if len(began) >= 5:
                enough.set()
            await enough.wait()  # whoever waited for an answer before coming would wait for ever
            return True

    start = asyncio.get_running_loop().time()
    async with asyncio.timeout(60):
        await _walk_open(Stalled(replace(JOB, mode="open", rate=200, seed=3)), Window(start, start + 0.2))

    chance = random.Random(3)
    assert len(began) >= 5
    assert [round(one - began[0], 6) for one in began[1:5]] == [
        round(one, 6) for one in _sums(chance.expovariate(200) for _ in range(4))
    ]


def _sums(gaps: Any) -> list[float]:
    total, sums = 0.0, []
    for gap in gaps:
        total += gap
        sums.append(total)
    return sums


@asynccontextmanager
async def _fake_api() -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """The benchmarks' fake API, and somebody who calls it."""
    board = Switchboard()
    server = await asyncio.get_running_loop().create_server(lambda: Api(board), "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", session


async def test_a_reply_token_works_once_at_the_fake_api() -> None:
    """A second try after one that arrived shows nothing to anybody, as on LINE."""
    statuses = Counter()
    async with _fake_api() as (url, session):
        for token in ("a", "a", "b"):
            body = {"replyToken": token, "messages": []}
            async with session.post(f"{url}/v2/bot/message/reply", json=body) as answer:
                statuses[answer.status] += 1

    assert statuses == {200: 2, 400: 1}


async def test_a_menu_that_nobody_has_set_up_is_not_found_at_the_fake_api() -> None:
    """As on LINE: a server that is measured need not ask for it again for everybody who comes."""
    async with _fake_api() as (url, session), session.get(f"{url}/v2/bot/richmenu/alias/en") as answer:
        assert answer.status == 404


def test_percentiles_are_those_of_somebody() -> None:
    """Nearest rank: a figure that was really measured, also of few."""
    assert summarise([float(one) for one in range(1, 101)]) == {"p50": 51, "p95": 96, "p99": 100, "max": 100}
    assert summarise([3.0]) == {"p50": 3, "p95": 3, "p99": 3, "max": 3}
    assert summarise([]) == {}


async def test_stored_people_are_read_by_the_store(tmp_path: Path, sqlite_url: str) -> None:
    """What is written past the store is what the store would have written: it opens, and stands at the start."""
    fill_demo(tmp_path)
    seed(tmp_path, "", 3)
    vault = RootVault(read_root("demo", tmp_path))
    store = open_store(sqlite_url, vault)
    found = [await store.look(vault.person_key("line", f"U{number:032x}")) for number in range(4)]
    await store.close()

    assert [one.session.state if one else None for one in found] == ["start", "start", "start", None]


# What is told


def _full(name: str, speed: float) -> dict[str, Any]:
    ranks = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "max": 4.0}
    work = {"cpu_ms_per_event": 1.5, "database_cpu_ms_per_event": 0.0, "load_cpu_ms_per_event": 0.1}
    spread = {"median": speed, "low": speed - 1, "high": speed + 1, "events": 1000, "rounds": 3}
    return {**spread, **work, "webhook_ms": ranks, "reply_ms": ranks, "name": name}


def _whole(ours: float) -> dict[str, Any]:
    speeds = {
        "frontdoor-sqlite": ours,
        "line-dict": 400.0,
        "ptb-conversation": 200.0,
        "usual-stack": 250.0,
        "floor": 1500.0,
    }
    about = {
        "date": "2026-11-21", "cpu": "a processor", "cores": 2, "memory_gb": 23, "system": "Linux 6", "file_system": "ext4",
        "server_core": 0, "load_core": 1, "load_at_begin": 0.1, "nice": 0, "python": "3.11", "sqlite": "3.40",
        "packages": {"uvicorn": "1"}, "alternatives": {"fastapi": "1"},
    }  # fmt: skip
    plan = {
        "name": "quick",
        "people": 64,
        "taps": 12,
        "rounds": 3,
        "throughput_s": 3,
        "crowd": 256,
        "overload": 1.5,
        "flood_per_minute": 10_000,
    }
    return {
        "about": about,
        "plan": plan,
        "throughput": {name: _full(name, speed) for name, speed in speeds.items()},
        "overload": {
            "frontdoor-sqlite": {
                "rate": 1.5 * ours,
                "ratio": 0.75,
                "found": {**_full("frontdoor-sqlite", ours), "per_second": 0.75 * ours, "refused": 4321},
            }
        },
    }


@pytest.mark.parametrize(("ours", "met"), [(1200.0, [True, True, True]), (800.0, [False, False, False])])
def test_an_aim_is_met_or_missed_by_what_the_same_run_found(ours: float, met: list[bool]) -> None:
    """Ratios to the fastest that keeps nothing, to the usual stack, to the floor; a miss is told as one."""
    assert [aim.is_met for aim in judge(_whole(ours))][:3] == met


def test_the_page_keeps_its_words_and_gets_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what stands between the markers is written anew, however often; the plot is well-formed."""
    page, picture = tmp_path / "performance.md", tmp_path / "performance.svg"
    page.write_text(f"before\n{report.BEGIN}\nlast year\n{report.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "PICTURE", picture)
    for speed in (800.0, 1200.0):
        report.write_docs(_whole(speed))

    written = page.read_text(encoding="utf-8")
    assert (written.startswith("before\n"), written.endswith("\nafter\n"), "last year" in written) == (
        True,
        True,
        False,
    )
    assert "| 1200 | 1199 to 1201 |" in written
    assert "| 1800 | 900 | 0.75 | 1.0 / 2.0 / 3.0 | 1.0 / 2.0 / 3.0 | 4,321 |" in written
    assert "| 800 |" not in written
    assert ET.fromstring(picture.read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314  # our own


def test_the_real_page_has_its_markers() -> None:
    """`make bench` finds where to write."""
    text = report.PAGE.read_text(encoding="utf-8")

    assert (text.count(report.BEGIN), text.count(report.END)) == (1, 1)


def test_the_quickest_stands_first_in_the_plot() -> None:
    """The plot ranks by speed, whoever it is."""
    drawn = draw(_whole(10.0)["throughput"])

    assert drawn.index("the floor") < drawn.index("a dict") < drawn.index("frontdoor serve")


def test_a_run_goes_on_only_with_what_had_the_same_plan(tmp_path: Path) -> None:
    """Figures of two plans are no comparison; and nothing is begun anew by mistake."""
    begun = tmp_path / "latest-full.begun"
    with pytest.raises(Wrong, match="no run to go on with"):
        read_begun(begun, FULL)
    begun.write_text(json.dumps({"plan": asdict(FULL), "goes": 1, "work": {}}), encoding="utf-8")

    assert read_begun(begun, FULL)["goes"] == 1
    with pytest.raises(Wrong, match="another plan"):
        read_begun(begun, QUICK)


def test_stored_people_come_one_after_another() -> None:
    """Two phones of one person would press one button, which is answered once."""
    crowd = Crowd(Job(mode="closed", targets=[], feed=0, known=50))

    came = [crowd.meet().number for _ in range(100)]

    assert sorted(came[:50]) == list(range(50))
    assert came[50:] == came[:50] != sorted(came[:50])
