"""Metrics: what Prometheus reads is true, names nobody, never grows, and costs nothing where nobody looks."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.core.inputs import Typed
from bot.errors import ConfigError, StoreDown, TooOften
from bot.metrics import (
    MeteredApp,
    MeteredConversation,
    MeteredOutbox,
    MeteredSealer,
    MeteredStore,
    Meters,
    Sample,
    write_text,
)
from bot.metrics.cells import BOUNDS, COUNTERS, HISTOGRAMS
from bot.ports import Inbound
from bot.settings import Settings
from bot.store.sql import open_store
from bot.wiring.metrics import HOST, around_conversation, around_outbox, around_store, serving_metrics
from bot.wiring.talking import CHANNELS
from tests.end_to_end.programs import free_port, run_program
from tests.end_to_end.service import SECRETS, run_service
from tests.fakes.line_server import FakeLineServer
from tests.store.cast import NOON, VAULT, a_mail

_LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? -?[0-9.e+-]+')
CANARY = f"金絲雀{secrets.token_hex(8)}"


def read_values(text: str) -> dict[str, float]:
    """Read a whole text as Prometheus does: every line is a comment or a sample, and none stands twice."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            assert re.match(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))$", line), line
            continue
        assert _LINE.fullmatch(line), line
        name, _, value = line.rpartition(" ")
        assert name not in found, name
        found[name] = float(value)
    return found


def an_inbound(channel: str = "line") -> Inbound:
    return Inbound(channel, "U1", "event", Typed("嗨"), datetime.now(UTC))


# ─── Cells ────────────────────────────────────────────────────────────────────


def test_every_cell_is_written_and_what_has_none_is_not_counted():
    """A label is one of a fixed few: whatever else somebody hands in, the text does not grow."""
    meters = Meters()
    before = len(write_text(meters, []).splitlines())
    meters.count("frontdoor_events_total", "line", "taken")
    for channel in (CANARY, "U" + secrets.token_hex(16)):
        meters.count("frontdoor_events_total", channel, "taken")
        meters.time(1.0, "frontdoor_webhook_seconds", channel)
    meters.count("frontdoor_made_up_total")
    text = write_text(meters, [])
    assert len(text.splitlines()) == before
    assert CANARY not in text
    assert read_values(text)['frontdoor_events_total{channel="line",outcome="taken"}'] == 1


def test_a_histogram_adds_up():
    """Buckets are of everything up to their bound; what is above all of them stands in the last."""
    meters = Meters()
    for seconds in (0.001, BOUNDS[0], 0.3, 99.0):
        meters.time(seconds, "frontdoor_commit_seconds")
    found = read_values(write_text(meters, []))
    assert [found[f'frontdoor_commit_seconds_bucket{{le="{bound}"}}'] for bound in BOUNDS] == [2] * 6 + [
        2,
        3,
        3,
        3,
        3,
    ]
    assert found['frontdoor_commit_seconds_bucket{le="+Inf"}'] == found["frontdoor_commit_seconds_count"] == 4
    assert found["frontdoor_commit_seconds_sum"] == pytest.approx(99.303)


def test_every_channel_has_its_cells():
    """A new channel is counted from its first day."""
    assert set(COUNTERS["frontdoor_events_total"].labels["channel"]) == set(CHANNELS)
    assert all(metric.says for metric in (COUNTERS | HISTOGRAMS).values())


def test_counting_costs_next_to_nothing(capsys: pytest.CaptureFixture[str]):
    """Printed, not judged: all that one event counts, per event, on this machine."""
    meters, times = Meters(), 20_000
    began = time.perf_counter()
    for _ in range(times):
        meters.count("frontdoor_events_total", "line", "taken")
        meters.count("frontdoor_replies_total", "line", "sent")
        meters.time(0.004, "frontdoor_webhook_seconds", "line")
        meters.time(0.004, "frontdoor_commit_seconds")
    spent = (time.perf_counter() - began) / times * 1e6
    with capsys.disabled():
        print(f"\nmetrics: {spent:.2f} µs for the four counts of one event, {times} times")
    assert meters.read("frontdoor_commit_seconds") == times


# ─── Around ───────────────────────────────────────────────────────────────────


class Talks:
    """A conversation that ends as it is told."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)

    async def receive(self, _inbound: Inbound) -> None:
        end = self.ends.pop(0)
        if end:
            raise end


@pytest.mark.parametrize(
    ("end", "outcome"),
    [(None, "taken"), (StoreDown("x"), "refused"), (TooOften("x"), "too_often"), (KeyError("x"), "failed")],
)
async def test_an_input_is_counted_by_what_became_of_it(end: Exception | None, outcome: str):
    """And whatever was raised is raised on."""
    meters = Meters()
    talking = MeteredConversation(Talks(end), meters)
    if end:
        with pytest.raises(type(end)):
            await talking.receive(an_inbound())
    else:
        await talking.receive(an_inbound())
    assert meters.read("frontdoor_events_total", "line", outcome) == 1


async def test_letters_are_counted_by_their_end(database_url: str):
    """On either database: sent, lost, postponed, gone; and the sweep."""
    meters, store = Meters(), open_store(database_url, VAULT, clock=lambda: NOON)
    outbox = MeteredOutbox(store, meters)
    timed = MeteredStore(store, meters)
    ends = ("sent", "uncertain", "dead", "expired", "postponed", "gone")
    for number in range(len(ends)):
        async with timed.transaction() as tx:
            await tx.queue(f"person{number}", a_mail(), NOON)
    letters = await outbox.claim_due(NOON, 9)
    assert len(letters) == len(ends)
    for letter, end in zip(letters, ends, strict=True):
        if end == "sent":
            await outbox.mark_sent(letter)
        elif end == "postponed":
            await outbox.postpone(letter, NOON, reached=False)
        elif end == "gone":
            await outbox.mark_gone(letter)
        else:
            await outbox.mark_lost(letter, end)
    await outbox.sweep(NOON)
    assert [meters.read("frontdoor_replies_total", "line", end) for end in ends] == [1] * len(ends)
    assert meters.read("frontdoor_sweeps_total") == 1
    assert meters.read("frontdoor_commit_seconds") == len(ends)
    assert await timed.is_ready()
    assert await timed.look("person0") is None
    await store.close()


class Away:
    """An outbox that is away."""

    async def claim_due(self, *_: object) -> None:
        raise StoreDown("away")

    sweep = claim_due


async def test_a_database_that_is_away_is_counted_by_place():
    """In a turn, in the outbox, in the sweep."""
    meters = Meters()
    with pytest.raises(StoreDown):
        await MeteredConversation(Talks(StoreDown("away")), meters).receive(an_inbound())
    with pytest.raises(StoreDown):
        await MeteredOutbox(Away(), meters).claim_due(NOON, 1)
    with pytest.raises(StoreDown):
        await MeteredOutbox(Away(), meters).sweep(NOON)
    places = ("turn", "outbox", "sweep")
    assert [meters.read("frontdoor_database_errors_total", place) for place in places] == [1, 1, 1]


def test_what_is_sealed_is_counted():
    class Seals:
        def seal(self, plain: bytes, **_: object) -> bytes:
            return plain

        def is_open(self) -> bool:
            return True

        def list_fingerprints(self) -> tuple[str, ...]:
            return ("1f43",)

    meters = Meters()
    sealer = MeteredSealer(Seals(), meters)
    for purpose in ("handoff", "consent", "request"):
        sealer.seal(b"x", purpose=purpose, name="1", at=NOON)
    assert (
        meters.read("frontdoor_sealed_total", "handoff")
        == meters.read("frontdoor_sealed_total", "request")
        == 1
    )
    assert (sealer.is_open(), sealer.list_fingerprints()) == (True, ("1f43",))


async def test_answers_are_counted_by_door_or_by_class():
    """A path that is no door is not looked at on the public side; at the desk every answer is."""

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": int(scope["path"][-3:] or 0)})
        await send({"type": "http.response.body", "more_body": True})
        await send({"type": "http.response.body"})

    async def send(_message: object) -> None:
        pass

    office, public = Meters(), Meters()
    for path in ("/a/200", "/a/303", "/a/404", "/a/500"):
        await MeteredApp(app, office, classes=True)({"path": path}, None, send)
        await MeteredApp(app, public, doors={"/line/503": "line"})({"path": path}, None, send)
    assert [office.read("frontdoor_office_answers_total", kind) for kind in ("2xx", "3xx", "4xx", "5xx")] == [
        1
    ] * 4
    assert not re.search(r"^frontdoor_webhook.* [1-9]", write_text(public, []), re.MULTILINE)
    await MeteredApp(app, public, doors={"/line/503": "line"})({"path": "/line/503"}, None, send)
    assert public.read("frontdoor_webhook_refusals_total", "line", "503") == 1


def test_where_nobody_looks_nothing_stands_around():
    """Off means off: the same objects as ever."""
    inner = object()
    assert (
        around_store(inner, None) is around_outbox(inner, None) is around_conversation(inner, None) is inner
    )


# ─── The listener ─────────────────────────────────────────────────────────────


async def test_a_service_tells_what_it_did_and_of_whom_nothing(tmp_path: Path, sqlite_url: str):
    """Webhooks on LINE, a redelivery, a forgery: all are counted, and no word, id or token is in the text."""
    port, user = free_port(), "U" + secrets.token_hex(16)
    async with (
        FakeLineServer(patience_s=30) as line,
        run_service(
            tmp_path / "var", sqlite_url, line_api_base=line.base_url, metrics_port=port, **SECRETS
        ) as service,
        httpx.AsyncClient() as client,
    ):
        line.webhook_url = f"{service.url}/line/webhook"
        await line.send_text(user, CANARY)
        await line.wait_for_reply(user)
        event = line.make_event(
            user, "message", message={"id": "1", "type": "text", "text": CANARY, "quoteToken": "q"}
        )
        for _ in range(2):
            await line.send_raw([event])
        await line.wait_for_reply(user)
        assert (await client.post(line.webhook_url, content=CANARY)).status_code == 403
        found: dict[str, float] = {}
        for _ in range(100):
            answer = await client.get(f"http://{HOST}:{port}/metrics")
            found = read_values(answer.text)
            if found['frontdoor_replies_total{channel="line",end="sent"}'] >= 2:
                break
            await asyncio.sleep(0.05)
        assert (await client.get(f"{service.url}/metrics")).status_code == 404
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert found['frontdoor_events_total{channel="line",outcome="taken"}'] == 3
    assert found['frontdoor_duplicates_total{channel="line"}'] == 1
    assert found['frontdoor_webhook_refusals_total{channel="line",status="403"}'] == 1
    assert found['frontdoor_webhook_seconds_count{channel="line"}'] == 4
    assert found["frontdoor_commit_seconds_count"] >= 3
    assert (found["frontdoor_ready"], found["frontdoor_schema_is_right"]) == (1, 1)
    assert found["frontdoor_conversations"] in {0, 1}  # looked up at most every five seconds
    assert 'frontdoor_guard_total{what="limited"}' in found
    for secret in (CANARY, user, *SECRETS.values()):
        assert secret not in answer.text


def test_each_program_has_a_listener_of_its_own(tmp_path: Path):
    """On this machine alone; the office tells what waits."""
    port, office_port = free_port(), free_port()
    ports = {"FRONTDOOR_METRICS_PORT": str(port), "FRONTDOOR_OFFICE_METRICS_PORT": str(office_port)}
    with run_program("serve", tmp_path, **ports), run_program("office", tmp_path, **ports) as office:
        assert (
            read_values(httpx.get(f"http://{HOST}:{port}/metrics", timeout=60).text)["frontdoor_ready"] == 1
        )
        httpx.get(office.url, timeout=60)
        found = read_values(httpx.get(f"http://{HOST}:{office_port}/metrics", timeout=60).text)
        assert (found["frontdoor_ready"], found["frontdoor_handoffs_unopened"]) == (1, 0)
        assert found['frontdoor_office_answers_total{status="3xx"}'] >= 1
        assert 'frontdoor_handoffs{status="done"}' in found
        assert office.stop() == 0


async def test_a_database_that_is_away_is_told_in_a_second(tmp_path: Path):
    """The counts are there all the same: that is when somebody looks."""
    settings = Settings(
        _env_file=None, data_dir=tmp_path, database_url="postgresql+asyncpg://u:p@127.0.0.1:1/x"
    )
    port, meters = free_port(), Meters()
    meters.count("frontdoor_database_errors_total", "turn")
    async with serving_metrics(settings, meters, port=port, public=True), httpx.AsyncClient() as client:
        found = read_values((await client.get(f"http://{HOST}:{port}/metrics")).text)
        with pytest.raises(ConfigError, match="cannot listen"):
            async with serving_metrics(settings, meters, port=port, public=True):
                pass
    assert found["frontdoor_ready"] == 0
    assert found['frontdoor_database_errors_total{place="turn"}'] == 1


def test_a_sample_with_a_label_is_written_once_with_its_kind():
    text = write_text(
        Meters(), [Sample("frontdoor_x", "says", 1, {"a": "b"}), Sample("frontdoor_x", "says", 2, {"a": "c"})]
    )
    assert text.count("# TYPE frontdoor_x gauge") == 1
    assert text.endswith('frontdoor_x{a="b"} 1\nfrontdoor_x{a="c"} 2\n')
