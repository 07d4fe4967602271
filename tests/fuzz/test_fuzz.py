"""
R14, R15, T12, T17 in small, and that what judges could say no. In full: `make fuzz` each night, `make fuzz-release`.

A red test prints the seed: `python -m tests.fuzz bodies --seed N --count M` plays it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from bot.core.stated import Stated
from bot.crypto import RootVault
from bot.front.form_drawing import FormPages
from tests.fuzz import fields, files_out, kept, outputs, play, texts, words
from tests.fuzz.bodies import SECRET, Body, Grammar, sign
from tests.fuzz.judge import Reading, find_unanswered
from tests.fuzz.odd import BIDI
from tests.fuzz.stage import open_stage
from tests.fuzz.targets import TARGETS, Wrong, list_seeds

_ODD = "a\u202eb"


@pytest.mark.parametrize(
    ("database", "count"), [("sqlite", 240), pytest.param("postgres", 60, marks=pytest.mark.postgres)]
)
async def test_bodies_of_all_kinds_harm_nobody(
    database: str, count: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """R14, T12, T16: nothing escapes, no incident, nothing written for what is unsigned, and everybody is answered."""
    url = request.getfixturevalue(f"{database}_url")
    seed = secrets.randbelow(10**9)
    piece = await play.play(tmp_path, url, seed=seed, count=count)
    assert not piece.found, (f"seed {seed}", piece.found, piece.examples)
    assert piece.unsigned == count // 4
    assert piece.awaiting > count // 8
    assert piece.replies > count // 8


def test_odd_texts_come_out_whole_and_act_nowhere() -> None:
    """R15, T17, T18, T21: each through every field, and through LINE, Telegram, the pages, the paper and the exports."""
    seed = secrets.randbelow(10**9)
    share = texts.play(seed, 68)
    assert not share.found, (f"seed {seed}", share.found, share.examples)


def test_whatever_is_written_is_read_into_what_there_is() -> None:
    """Nothing raises, the same is read the same, and only values that there are come out."""
    seed = secrets.randbelow(10**9)
    share = words.play(seed, 400)
    assert not share.found, (f"seed {seed}", share.found, share.examples)


def test_the_judge_of_words_says_no_to_what_there_is_not() -> None:
    """A value that nobody knows, and a topic beside "out of scope"."""
    assert words._judge(Stated(role="boss")) == ["role is none that there is"]
    assert words._judge(Stated(out_of_scope=True, role="self")) == ["said more of what is out of scope"]


@pytest.mark.parametrize("name", list(TARGETS))
def test_where_coverage_begins_nothing_is_wrong(name: str) -> None:
    """R14: each target takes its seeds, and the same with a few bytes changed."""
    target, seed = TARGETS[name](), secrets.randbelow(10**9)
    dice = Random(seed)
    for raw in list_seeds(name):
        target(raw)
        for _ in range(2):
            at, end = sorted((dice.randrange(len(raw) + 1), dice.randrange(len(raw) + 1)))
            changed = raw[:at] + dice.randbytes(dice.randrange(4)) + raw[end if dice.random() < 0.2 else at :]
            try:
                target(changed)
            except Exception as fault:
                fault.add_note(f"seed {seed}: {changed!r}")
                raise


# What judges can say no


def test_the_same_seed_writes_the_same_bodies() -> None:
    """Else a seed would be worth nothing. Only the time is another one."""
    once, again = (Grammar(Random(7), 7) for _ in range(2))
    shapes = [
        [(body.channel, len(body.raw), body.is_signed) for body in (one.write() for _ in range(200))]
        for one in (once, again)
    ]
    assert shapes[0] == shapes[1]


def test_a_bad_signature_that_is_accepted_and_what_it_writes_are_found() -> None:
    """T12: 200 for an unsigned body; other answers for a signed one."""
    body = Body("line", b"{}", [], is_signed=False)
    for is_signed, status, found in (
        (False, 200, "a bad signature was accepted"),
        (True, 500, "answered 500"),
        (True, 403, "answered 403"),
    ):
        piece = play.Piece(1, "sqlite")
        play._look_at(Body(body.channel, body.raw, body.headers, is_signed=is_signed), status, piece)
        assert piece.found == {found: 1}


async def test_rows_for_unsigned_bodies_are_found(tmp_path: Path, sqlite_url: str) -> None:
    """T12: somebody signs them after all."""

    class Signing(Grammar):
        def write(self, *, signed: bool = True) -> Body:
            return super().write(signed=True)

    grammar = Signing(Random(3), 3)
    piece = play.Piece(3, "sqlite")
    async with open_stage(tmp_path, sqlite_url, grammar) as stage:
        await play._post_unsigned(stage, grammar, piece, 12)
        await stage.settle()
    assert piece.found["written for unsigned bodies"] == 1


def test_whoever_waits_in_vain_is_found() -> None:
    """R14: unless their letter was sent or lost, or LINE saw one of their tokens."""
    vault = RootVault(b"k" * 32)
    reading, grammar = Reading(), Grammar(Random(5), 5)
    for _ in range(200):
        reading.read(grammar.write())
    awaiting = reading.list_awaiting()
    assert len(awaiting) > 50
    assert len(find_unanswered(awaiting, vault, tokens=set(), chats=set(), settled=())) == len(awaiting)
    settled = [vault.person_key(*who) for who in awaiting]
    assert find_unanswered(awaiting, vault, tokens=set(), chats=set(), settled=settled) == []
    tokens = set().union(*awaiting.values())
    rest = find_unanswered(awaiting, vault, tokens=tokens, chats=set(), settled=())
    assert {channel for channel, _ in rest} == {"telegram"}


def test_whoever_is_sure_to_be_heard_and_is_left_out_is_found() -> None:
    """R14: our own reading is no judge of itself."""
    raw = b'{"destination":"U1","events":[]}'
    reading = Reading()
    reading.read(Body("line", raw, [(b"x-line-signature", sign(raw, SECRET))], is_signed=True, sure=("U1",)))
    assert reading.list_left_out() == {("line", "U1")}


async def test_what_our_log_tells_of_faults_is_found(tmp_path: Path, sqlite_url: str) -> None:
    """An incident is a finding, whatever was answered."""
    import logging

    from bot.log import log_incident

    piece = play.Piece(1, "sqlite")
    async with open_stage(tmp_path, sqlite_url, Grammar(Random(1), 1)) as stage:
        log_incident(logging.getLogger("bot.x"), "turn_failed", ValueError())
        stage.escaped.append("line: ValueError")
        play._take_faults(stage, piece)
    assert piece.found == {"incident": 1, "escaped": 1}


@pytest.mark.parametrize("name", ["LINE", "Telegram"])
def test_a_bidi_control_that_comes_out_of_a_channel_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T17: were texts not cleaned."""
    monkeypatch.setattr(outputs, "clean", lambda text: text)
    assert any("bidi" in what for what, _ in outputs.WAYS[name]([_ODD]))


def test_markup_that_comes_out_of_a_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """T17, T20: were pages not escaped."""
    monkeypatch.setattr(outputs, "_draw_pages", lambda _texts: _draw_badly())
    outputs._shapes.cache_clear()
    found = list(outputs.show_pages(["x"]))
    outputs._shapes.cache_clear()
    assert {what.partition(":")[0] for what, _ in found} >= {
        "a bidi control comes out",
        "a text does not come out whole",
    }


def _draw_badly() -> Iterator[tuple[str, dict[str, str]]]:
    yield f"<p>{_ODD}</p>", {"name": "somebody"}


def test_markup_is_told_from_our_own() -> None:
    """T20: elements and attributes that no page of ours has."""
    assert not {"script.src", "p.onclick"} & outputs._shapes() - {"script.src"}
    assert outputs.read_page("<p onclick=x><!-- x --><?x>").shapes >= {
        "p.onclick",
        "a comment",
        "an instruction",
    }


def test_cells_that_are_lost_or_changed_are_found() -> None:
    """T19: a row too few, and a text that was cut."""
    told = [{"name": "somebody"}]
    assert list(files_out._check_cells("csv", [], told)) == [("rows were lost or made", "csv")]
    assert list(files_out._check_cells("csv", [["some"]], told)) == [
        ("a text does not come out whole", "name of csv")
    ]


def test_a_fault_on_the_way_out_is_found_with_its_text() -> None:
    """R15: the one text that broke it is told."""
    share = texts.Share(1)

    def break_at_b(some: list[str]) -> Iterator[tuple[str, str]]:
        if "b" in some:
            raise KeyError
        yield from ()

    texts._try(share, "way", break_at_b, ["a", "b"])  # type: ignore[arg-type]
    assert (dict(share.found), share.examples) == ({"way: raised KeyError": 1}, ["way: raised KeyError: 'b'"])


def test_a_target_says_no() -> None:
    """A name with NUL, a fault of ours."""
    from bot.core.inputs import Started
    from bot.ports import Inbound, Received
    from tests.fuzz.targets import _check_received

    for bad in (
        Inbound("line", "a\0", "d", Started()),
        Inbound("line", "", "d", Started()),
        Inbound("line", "a", "d", Started(), fault=ValueError()),
    ):
        with pytest.raises(Wrong):
            _check_received(Received((bad,)))


# What fuzzing found


@pytest.mark.parametrize("sign_", BIDI)
def test_words_that_do_not_fit_come_back_without_directions(sign_: str) -> None:
    """T17: what goes back into its box turns nothing around; everything else of it stays."""
    forms, pages = outputs._front()
    assert isinstance(forms, FormPages)
    sheet = forms.sheets.read([("f.birth", f"昨{sign_}天")], today=fields.TODAY)
    assert sheet.get_text("birth") == "昨天"
    chat = outputs.ChatPage(None, "d" * 43, "s" * 43, line="not_saved", text=f"他{sign_}說")
    drawn = pages.draw_chat(chat, locale="zh_TW")
    assert "他說" in drawn
    assert sign_ not in drawn


# What is kept


def test_pieces_of_a_day_add_up(tmp_path: Path) -> None:
    """And each release begins anew."""
    path = tmp_path / "kept.json"
    kept.add("bodies", "sqlite", {"bodies": 10, "unsigned": 2}, {}, [1], path)
    kept.add("bodies", "sqlite", {"bodies": 20, "unsigned": 4}, {"incident": 1}, [2], path)
    kept.add("bodies", "postgres", {"bodies": 5, "unsigned": 1}, {}, [3], path)
    lines = kept.load(path)
    assert [line["seeds"] for line in lines] == [[1, 2], [3]]
    assert kept.sum_up(lines) == {"bodies": {"found": 1, "bodies": 35, "unsigned": 7}}
    assert kept.sum_up(lines, "another") == {}
    kept.mend("bodies", "sqlite", path)
    assert kept.sum_up(kept.load(path))["bodies"]["found"] == 0
    assert "incident × 1" in kept.draw(kept.load(path))
    assert f"{datetime.now(UTC):%Y}" in kept.draw(lines)


def test_the_page_says_what_is_kept() -> None:
    """After a change: python -m tests.fuzz texts --count 1 --write."""
    page = kept.PAGE.read_text("utf-8")
    assert kept.refresh(page, kept.load()) == page
