"""What a receipt tells whoever has it, and what can be asked with it: requests to the desk, which remove nothing."""

from __future__ import annotations

import dataclasses
import json
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.events import Turn
from bot.core.model import StateId
from bot.handing import MOST_LOOKS_AN_HOUR
from tests.depth import DEEP
from tests.fakes.desk_world import FILLED, DeskWorld, Visitor

#: Every night as many as the figures of T3 and T4 ask for, and others each night.
LOOK_UPS = 10_000 if DEEP else 2_000


@pytest.fixture
def world() -> DeskWorld:
    return DeskWorld()


@pytest.fixture
def her(world: DeskWorld) -> Visitor:
    return Visitor(world)


# ─── Receipts ─────────────────────────────────────────────────────────────────

PHRASES = {"new": "收到了", "in_progress": "已經打開看了", "called": "已經打開看了", "done": "處理完了"}


@pytest.mark.parametrize("status", PHRASES)
async def test_a_receipt_tells_how_far_it_is_in_plain_words(world, her, status):
    """From any place, over what stands there, to whoever has it."""
    receipt = await her.hand_over()
    world.set_status(status)
    for visitor in (her, Visitor(world, user_id="another"), Visitor(world, channel="line")):
        assert PHRASES[status] in await visitor.type(receipt)
        assert visitor.state == "receipt_status"
        assert not any(value in visitor.text for value in FILLED.values())


async def test_what_was_erased_withdrawn_or_never_was_sounds_the_same(world, her):
    """Nobody learns from it that something was there."""
    receipt = await her.hand_over()
    world.store.rows.handoffs.clear()
    world.store.rows.statuses.clear()
    erased = await Visitor(world, user_id="a").type(receipt)
    unknown = await Visitor(world, user_id="b").type("WXYZ-2345-WXYZ")
    assert erased == unknown
    assert "查不到" in erased


async def test_five_look_ups_an_hour(world, her):
    """At N and N+1, a right one or a wrong one alike; an hour later there is room again."""
    receipt = await her.hand_over()
    for number in range(MOST_LOOKS_AN_HOUR):
        said = await her.type("WXYZ-2345-WXYZ" if number % 2 else receipt)
        assert "先不查了" not in said
    assert "先不查了" in await her.type(receipt)
    assert "先不查了" in await her.type("WXYZ-2345-WXYZ")
    assert "收到了" in await Visitor(world, user_id="another").type(receipt)
    world.clock.pass_by(hours=1)
    assert "收到了" in await her.type(receipt)


async def test_words_that_look_like_a_receipt_are_words(world, her):
    """Twelve letters may be laughter, and what is written into the form may be any number; a true one is found all the same."""
    receipt = await her.hand_over()
    await her.stand_at("form_story", draft={"story": ""})
    for words in ("hahahahahaha", "WXYZ-2345-WXYZ"):
        await her.type(words)
        assert her.state == "form_story"
    assert her.session.draft["story"] == "hahahahahaha\nWXYZ-2345-WXYZ"
    await her.type(receipt)
    assert her.state == "receipt_status"
    other = Visitor(world, user_id="another")
    await other.type("hahahahahaha")
    assert other.state == "start"
    await other.type("WXYZ-2345-WXYZ")
    assert other.state == "receipt_status"
    async with world.store.transaction() as tx:
        looked = await world.runner.handing.look_up(tx, her.person, her.session, "他說", world.clock())
    assert looked is None


async def test_a_receipt_without_digits_or_dashes_is_found_too(world, her):
    """Somebody types it in one go."""
    await her.hand_over()
    world.store.rows.handoffs[0] = replace(world.store.rows.handoffs[0], receipt="ABCD-EFGH-JKMN")
    assert "收到了" in await her.type("abcdefghjkmn")


async def test_a_receipt_may_be_the_first_thing_that_somebody_says(world, her):
    """On another phone, with no conversation before; and the way back leads to the opening."""
    receipt = await her.hand_over()
    other = Visitor(world, user_id="another")
    assert "收到了" in await other.type(receipt)
    await other.tap("return")
    assert other.state == "start"


async def test_after_a_silence_a_receipt_shows_nothing_of_the_conversation(world, her):
    """Whoever holds the phone and has the code reads how far it is; back leads to the greeting."""
    receipt = await her.hand_over()
    await her.stand_at("form_review")
    world.clock.pass_by(minutes=31)
    assert "收到了" in await her.type(receipt)
    await her.tap("return")
    assert her.state == "welcome_back"
    await her.tap("resume_go_on")
    assert (her.state, dict(her.session.draft)) == ("form_review", FILLED)


async def test_a_conversation_that_the_flow_no_longer_knows_begins_anew(world, her):
    """The receipt is asked for again; nobody gets an error."""
    receipt = await her.hand_over()
    stored = world.store.rows.sessions[her.person]
    gone = replace(stored.session, state=StateId("gone"))
    world.store.rows.sessions[her.person] = replace(stored, session=gone)
    await her.type(receipt)
    assert her.state == "start"
    assert "收到了" in await her.type(receipt)


async def test_the_message_with_the_receipt_can_be_taken_back_too(world, her):
    """Where the chat's messages can be wiped, the one with the code is among them."""
    receipt = await her.hand_over()
    telegram = Visitor(world, channel="telegram")
    await telegram.type(receipt, order=77, message_id="77")
    assert [row[1] for row in world.store.rows.messages if row[0] == telegram.person] == ["77"]


async def test_nobody_is_found_by_name_number_or_id(world):
    """T3: whatever is typed of a person says the same whether they have sent something or not."""
    rng = random.Random("nobody is found")
    people = [name_somebody(rng) for _ in range(200)]
    asked = [words for one in rng.choices(people, k=LOOK_UPS // 3 + 1) for words in one.values()][:LOOK_UPS]
    assert len(asked) == LOOK_UPS
    for number, one in enumerate(people[:30]):
        await Visitor(world, user_id=f"sender-{number}").hand_over(**one)
    assert len(world.store.rows.handoffs) == 30
    assert await ask_all(DeskWorld(), asked) == await ask_all(world, asked)


def name_somebody(rng: random.Random) -> dict[str, str]:
    """A name, a number and a certificate that nobody has."""
    name = rng.choice("陳林黃張李") + "".join(rng.choices("美英華淑芬偉俊龘靐鸑", k=2))
    digits = [rng.randrange(10) for _ in range(8)]
    weights = sum((8 - place) * digit for place, digit in enumerate(digits[1:], 1)) + 8 * 1 + 1
    body = f"1{''.join(map(str, digits[1:]))}"
    check = -weights % 10
    phone = f"09{body[:2]}-{body[2:5]}-{body[5:]}"
    return {"name": name, "phone_mobile": phone, "id_number": f"A{body}{check}"}


async def ask_all(world: DeskWorld, asked: list[str]) -> list[str]:
    """What somebody else is told who types them all, one after the other."""
    stranger = Visitor(world, user_id="stranger")
    await stranger.type("哈囉")
    said = []
    for words in asked:
        world.store.rows.claimed.clear()
        said.append(await stranger.type(words))
    assert not world.store.rows.uses.get(("receipt", stranger.person))
    return said


# ─── Requests ─────────────────────────────────────────────────────────────────


async def test_withdrawing_is_a_request_and_removes_nothing(world, her):
    """T4: the handoff stays until the staff have asked the person; asked twice it is one request."""
    receipt = await her.hand_over()
    for _ in range(2):
        await her.type(receipt)
        await her.tap("withdraw" if "withdraw" in [b.id for b in her.reply.choices] else "return")
        if her.state == "receipt_withdraw":
            await her.tap("withdraw_yes")
            assert her.state == "receipt_asked"
    assert [one.kind for one in world.store.rows.requests] == ["withdraw"]
    assert len(world.store.rows.handoffs) == 1
    (told,) = world.read_sealed("request")
    assert (told["kind"], told["words"], told["handoff_id"]) == (
        "withdraw",
        "",
        world.store.rows.handoffs[0].id,
    )
    assert "收回的事，已經帶到了" in await her.type(receipt)


async def test_withdrawing_twice_from_two_phones_is_one_request(world, her):
    """Both are told that it was asked."""
    receipt = await her.hand_over()
    other = Visitor(world, user_id="another")
    for visitor in (her, other):
        await visitor.type(receipt)
        await visitor.tap("withdraw")
    for visitor in (her, other):
        await visitor.tap("withdraw_yes")
        assert visitor.state == "receipt_asked"
    assert len(world.store.rows.requests) == 1


SECRET = "請改打 0932-717-171，爨鬱廳"


async def test_the_words_of_a_correction_are_sealed_and_stay_nowhere_else(world, her):
    """Not in the session, not in the reply, not in what is remembered of messages."""
    receipt = await her.hand_over()
    await her.type(receipt)
    await her.tap("correct")
    said = await her.type(SECRET)
    assert her.state == "receipt_asked"
    (told,) = world.read_sealed("request")
    assert (told["kind"], told["words"]) == ("correct", SECRET)
    kept = json.dumps(dataclasses.asdict(her.session), default=str, ensure_ascii=False)
    rows = replace(world.store.rows, handoffs=[], requests=[])
    assert not any(part in place for part in (SECRET, "爨鬱廳", "0932") for place in (kept, said, str(rows)))
    assert len(world.store.rows.handoffs) == 1


async def test_a_correction_for_which_there_is_no_room_is_not_said_to_have_arrived(world, her):
    """Words must not be lost unsaid: the human route instead."""
    receipt = await her.hand_over()
    for number in range(6):
        await her.type(receipt)
        await her.tap("correct")
        await her.type(f"第 {number} 次")
        assert her.state == ("receipt_asked" if number < 5 else "handoff_closed"), number
        world.clock.pass_by(hours=1)
        await her.type("上一步")
    assert len(world.store.rows.requests) == 5


@pytest.mark.parametrize(("button", "words"), [("withdraw", ""), ("correct", "換了電話")])
async def test_a_request_to_a_closed_desk_is_told_to_a_human(world, her, button, words):
    """Nothing was asked; with the greeting before it, the conversation below still hides."""
    receipt = await her.hand_over()
    await her.stand_at("form_review")
    world.clock.pass_by(minutes=31)
    await her.type(receipt)
    await her.tap(button)
    world.sealer.open = False
    said = await (her.type(words) if words else her.tap("withdraw_yes"))
    assert her.state == "handoff_closed"
    assert "113" in said
    assert world.store.rows.requests == []
    for _ in range(5):
        await her.type("上一步")
    assert her.state == "welcome_back"
    assert "已經帶到" not in await her.type(receipt)


async def test_what_was_erased_meanwhile_cannot_be_asked_about(world, her):
    """It is as if it had never been there."""
    receipt = await her.hand_over()
    await her.type(receipt)
    await her.tap("withdraw")
    world.store.rows.handoffs.clear()
    assert "查不到" in await her.tap("withdraw_yes")
    assert world.store.rows.requests == []


async def test_what_was_asked_with_one_receipt_is_not_said_of_another(world, her):
    """Each tells its own."""
    first, second = await her.hand_over(), await her.hand_over()
    await her.type(first)
    await her.tap("correct")
    await her.type("換了時間")
    assert "已經帶到" not in await her.type(second)


async def test_a_turn_that_asks_nothing_of_the_desk_is_left_alone(world, her):
    """Most turns."""
    await her.type("哈囉")
    turn = Turn(her.session, ())
    async with world.store.transaction() as tx:
        done = await world.runner.handing.do(tx, her.person, turn, her.draw("safe"), world.clock())
    assert done is turn


ACTS = ("RECEIPT", "withdraw", "withdraw_yes", "correct", "words", "erase", "erase_yes", "restart", "back", "send",
        "return", "刪除", "收回", "全部刪除", "again", "leave", "silence", "unsend")  # fmt: skip


#: 5,000 walks of 50 steps are 250,000 steps.
_WALKS, _STEPS = (5_000, (50, 50)) if DEEP else (30, (5, 30))


@settings(
    max_examples=_WALKS,
    deadline=None,
    database=None,
    derandomize=not DEEP,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.sampled_from(ACTS), min_size=_STEPS[0], max_size=_STEPS[1]))
async def test_nothing_that_is_typed_or_pressed_removes_a_handoff(acts):
    """T4: whoever holds the phone can ask, and no more."""
    world = DeskWorld()
    her = Visitor(world)
    receipt = await her.hand_over()
    first = world.store.rows.handoffs[0]
    for act in acts:
        if act == "silence":
            world.clock.pass_by(minutes=31)
        elif act == "unsend":
            await her.unsend(f"her-m{her.sent}")
        elif act in {"RECEIPT", "words"} or act > "z" or her.person not in world.store.rows.sessions:
            await her.type({"RECEIPT": receipt, "words": SECRET}.get(act, act))
        else:
            await her.tap(act)
        assert world.store.rows.handoffs[0] == first
        assert first.id in world.store.rows.statuses
