"""What the chat hands over: one handoff, once, exactly what was shown, or a kind word why not."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import pytest

from bot.form.model import Form
from bot.handing import name_answer
from bot.ports import Address
from bot.submitting import MOST_A_DAY
from tests.core.cast import shipped
from tests.fakes.desk_world import AGREED, FILLED, DeskWorld, Visitor
from tests.fakes.handing import GlassSealer

FORM: Form = shipped().form


@pytest.fixture
def world() -> DeskWorld:
    return DeskWorld()


@pytest.fixture
def her(world: DeskWorld) -> Visitor:
    return Visitor(world)


# ─── Sending ──────────────────────────────────────────────────────────────────


async def test_what_was_shown_is_what_is_sealed(world, her):
    """Every field as it was written, the uses as they were answered, and no word of which chat it came from."""
    receipt = await her.hand_over(safe_name="阿姨")
    (record,) = world.read_sealed()
    assert record["fields"] == {**FILLED, "safe_name": "阿姨"}
    assert record["consent"]["uses"] == {
        "contact": True, "special": True, "refer": False, "safe_person": False,
    }  # fmt: skip
    assert record["channel"] == ""
    assert her.user_id not in json.dumps(record).replace("other", "")
    assert [one.receipt for one in world.store.rows.handoffs] == [receipt]
    assert receipt in her.text


@pytest.mark.parametrize("use", FORM.notices.uses, ids=lambda use: use.id)
async def test_every_use_has_an_answer_by_which_it_is_agreed_to(world, her, use):
    """What somebody agrees to in the chat is what the record says; no use is asked about under a name that nobody reads."""
    answer = name_answer(use)
    values = {c.sets.get(answer) for s in shipped().flow.states.values() for c in s.choices} - {None}
    assert values == {"yes", "no"}
    await her.stand_at(answers={**AGREED, answer: "yes"}, draft={"safe_name": "阿姨", "county": "臺北市"})
    await her.tap("send")
    assert world.read_sealed()[0]["consent"]["uses"][use.id] is True


async def test_types_that_were_suggested_and_left_standing_are_told_as_such(world, her):
    """The social worker knows which line the conversation filled in; what was changed is the person's own."""
    await her.stand_at(answers={"threat": "yes"}, draft={"types": "t6"})
    await her.tap("send")
    await her.stand_at(answers={"threat": "yes"}, draft={"types": "t1,t6"})
    await her.tap("send")
    assert [one["from_conversation"] for one in world.read_sealed()] == [["types"], []]


async def test_after_sending_nothing_of_it_is_left(world, her):
    """The session is another one under another key, with what the next page needs to name no wrong tool."""
    await her.stand_at(
        answers={"about": "self", "age_now": "adult", "age_filmed": "minor", "worker": "yes", "threat": "yes"}
    )
    before = her.session
    await her.tap("send")
    assert world.store.rows.erased == [her.person]
    assert world.store.rows.sessions[her.person].version == 1
    after = her.session
    assert dict(after.answers) == {
        "about": "self",
        "age_now": "adult",
        "age_filmed": "minor",
        "worker": "yes",
    }
    assert (dict(after.draft), after.trail, after.heard, after.last_words) == ({}, (), (), "")
    told = json.dumps(dataclasses.asdict(after), default=str, ensure_ascii=False)
    assert not any(value in told for value in before.draft.values())


async def test_the_receipt_is_said_until_they_go_on(world, her):
    """A reply may not arrive; whoever looks again reads it again, and whoever goes on does not."""
    receipt = await her.hand_over()
    again = await world.runner.look(her.channel, her.user_id, locale="")
    assert receipt in "".join(again.bubbles)
    lost = replace(world.store.rows.sessions[her.person], reply_lost=True)
    world.store.rows.sessions[her.person] = lost
    assert receipt in await her.type("嗯？")
    await her.tap("human")
    assert receipt in await her.tap("return")
    assert receipt not in await her.tap("card")
    assert receipt not in json.dumps(dict(her.session.pocket))
    assert receipt not in await her.type("上一步")


async def test_pressed_twice_it_is_sent_once(world, her):
    """The second press is silence while the answer is on its way, and an old button much later."""
    await her.stand_at()
    button = her.draw("send")
    await her.send(button)
    for seconds in (0, 60):
        world.clock.pass_by(seconds=seconds)
        await her.send(button)
    assert len(world.store.rows.handoffs) == 1
    assert her.state == "handoff_sent"


async def test_a_delivery_that_comes_twice_is_sent_once(world, her):
    """The channel did not hear us."""
    await her.stand_at()
    button = her.draw("send")
    for _ in range(2):
        await her.send(button, delivery_id="the same")
    assert len(world.store.rows.handoffs) == 1


async def test_when_somebody_saved_first_it_is_tried_again_whole(world, her):
    """The first try leaves nothing: no handoff, no count, no erasure."""
    await her.stand_at()
    world.store.stale = 2
    await her.tap("send")
    assert len(world.store.rows.handoffs) == 1
    assert world.store.rows.erased == [her.person]
    assert [len(uses) for uses in world.store.rows.uses.values()] == [1]


async def test_a_handoff_that_cannot_be_stored_loses_nothing(world, her):
    """The form is as it was, and the same press sends it later. (What the edge says meanwhile: test_isolating.py.)"""
    await her.stand_at()
    world.store.handoff_faults = [RuntimeError("disk")]
    with pytest.raises(RuntimeError):
        await her.tap("send")
    assert dict(her.session.draft) == FILLED
    assert world.store.rows.handoffs == []
    await her.tap("send")
    assert len(world.store.rows.handoffs) == 1


@pytest.mark.parametrize(
    ("why", "draft", "answers"),
    [
        ("handoff_unfit", {"name": ""}, {}),
        ("handoff_unfit", {"birth": ""}, {}),
        ("handoff_unfit", {"phone_mobile": ""}, {}),
        ("handoff_unfit", {"call_number": "home"}, {}),
        ("handoff_send", {}, {"use_contact": "no"}),
        ("handoff_send", {}, {"use_special": "no"}),
        (
            "handoff_unfit",
            {"call_number": "safe", "safe_name": "阿姨", "safe_phone_mobile": "0932-171-717"},
            {},
        ),
        ("handoff_minor", {"birth": "17"}, {}),
        ("handoff_minor", {"birth": "2008-11-21", "name": ""}, {}),
    ],
)
async def test_what_is_not_sent_is_said_and_stays(world, her, why, draft, answers):
    """Something is missing, not agreed to, or they are under 18: nothing is sealed or counted, and nothing is lost."""
    await her.stand_at(draft=draft, answers=answers)
    before = dict(her.session.draft)
    await her.tap("send")
    assert (her.state, dict(her.session.draft)) == (why, before)
    assert (world.store.rows.handoffs, world.sealer.sealed, world.store.rows.uses) == ([], [], {})
    assert world.store.rows.erased == []


@pytest.mark.parametrize("button", ["drop", "language", "back"])
async def test_what_was_agreed_to_counts_for_what_was_shown_only(world, her, button):
    """A line struck, another language, an earlier page: they are asked again, and nothing is sent."""
    await her.stand_at()
    match button:
        case "drop":
            await her.tap("edit", "who", "gender", "female")
        case "language":
            await her.tap("language", "en")
        case _:
            await her.tap("edit", "who", "birth")
            await her.type("40")
    assert not any(key.startswith("use_") for key in her.session.answers)
    for _ in range(6):
        if her.state == "handoff_send":
            break
        await her.tap("back")
    await her.tap("send")
    assert (her.state, world.store.rows.handoffs) == ("handoff_send", [])


async def test_a_closed_desk_takes_nothing_and_says_so(world, her):
    """The human route is there, and when the desk opens again the form is where it was."""
    await her.stand_at()
    world.sealer.open = False
    said = await her.tap("send")
    assert her.state == "handoff_closed"
    assert "113" in said
    assert dict(her.session.draft) == FILLED
    await her.tap("again")
    assert her.state == "handoff_closed"
    world.sealer.open = True
    await her.tap("again")
    assert her.state == "handoff_send"
    await her.tap("send")
    assert len(world.store.rows.handoffs) == 1


class ClosingSealer(GlassSealer):
    """Open when asked, and with too few recipients when it comes to sealing."""

    def is_open(self) -> bool:
        return True

    def list_fingerprints(self) -> tuple[str, ...]:
        return ("aaaa",)


async def test_a_desk_that_closes_in_between_takes_nothing():
    """Nothing is counted either."""
    world = DeskWorld(sealer=ClosingSealer())
    her = await Visitor(world).stand_at()
    await her.tap("send")
    assert (her.state, world.store.rows.handoffs, world.store.rows.uses) == ("handoff_closed", [], {})


async def test_three_a_day_are_taken_and_no_fourth(world, her):
    """T5: at N and N+1; a day later there is room again, and others have room of their own."""
    for _ in range(MOST_A_DAY):
        await her.hand_over()
    await her.stand_at()
    await her.tap("send")
    assert (her.state, len(world.store.rows.handoffs)) == ("handoff_too_often", MOST_A_DAY)
    assert dict(her.session.draft) == FILLED
    await Visitor(world, user_id="another").hand_over()
    world.clock.pass_by(hours=24)
    await her.hand_over()
    assert len(world.store.rows.handoffs) == MOST_A_DAY + 2


async def test_a_refusal_is_read_before_anything_answers_it(world, her):
    """「好」 sent twice in one breath: the second was not written to a page that nobody saw."""
    await her.stand_at()
    world.sealer.open = False
    world.store.gathers = True
    to = Address("her", "token")
    await her.type("好", reply_to=to)
    await her.type("好", reply_to=to)
    assert her.state == "handoff_closed"


async def test_a_refusal_pressed_twice_is_one_press(world, her):
    """It is not told that the button is old."""
    await her.stand_at()
    world.sealer.open = False
    button = her.draw("send")
    await her.send(button)
    turn = her.session.turn
    await her.send(button)
    assert her.session.turn == turn
    assert her.session.note is None


# ─── A page of one's own ──────────────────────────────────────────────────────


async def test_a_link_is_told_once_and_a_new_one_ends_the_old(world, her):
    """Whoever looks at the conversation again does not find it."""
    await her.stand_at("handoff_way")
    assert "/p/n/page-token-number-000001" in await her.tap("page")
    assert list(world.store.rows.links) == ["page-token-number-000001"]
    again = await world.runner.look(her.channel, her.user_id, locale="")
    assert "page-token" not in "".join(again.bubbles)
    assert "page-token-number-000002" in await her.tap("again")
    assert list(world.store.rows.links) == ["page-token-number-000002"]
