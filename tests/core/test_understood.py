"""A story in own words is said back once, and answers what it told only when the person says that it is right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.events import Answered
from bot.core.inputs import Typed, Unsent
from bot.core.model import ChoiceId, StateId
from bot.core.understood import list_agreed, list_facts, list_offered
from bot.wiring.common import build_engine
from tests.core.cast import Talk, caller, read_plainly, shipped, shipped_speaker

ADULT = "role=self minor=no minor_at_filming=no status=threatened harms=threatened_sharing"


def greeted() -> Talk:
    """Somebody who has read the greeting."""
    return caller().start().wait(1)


def at_evidence() -> Talk:
    """Somebody who is threatened with more, by somebody known."""
    return tell(ADULT).tap("right").act("ask_again", "known").wait(1)


def tell(*texts: str) -> Talk:
    talk = greeted()
    for text in texts:
        talk.type(text).wait(1)
    return talk


# ─── Said back ────────────────────────────────────────────────────────────────


def test_the_first_free_message_is_said_back_whole():
    """One page, with each fact in its own words, and nothing is an answer yet."""
    talk = tell(ADULT)
    assert talk.state == "understood"
    assert "為了誰：我自己" in talk.text
    assert "現在的年齡：滿 18 歲了" in talk.text
    assert "那時候的年齡：那時滿 18 歲" in talk.text
    assert "發生的事：有人說要傳" in talk.text
    assert talk.session.answers == {}


def test_what_is_right_answers_its_questions_and_they_are_skipped():
    """From the greeting to the first page that says what to do."""
    talk = tell(ADULT).tap("right")
    assert talk.state == "threat_first"
    assert talk.session.answers == {
        "about": "self",
        "age_now": "adult",
        "age_filmed": "adult",
        "threat": "yes",
    }


@pytest.mark.parametrize("kind", ["threat", "spread", "secret", "forced", "fake"])
def test_a_story_leads_where_the_same_buttons_lead(kind: str):
    """There is no second logic: the same state, answers and way back, whatever happened."""
    harms = {
        "threat": "threatened_sharing",
        "spread": "shared_without_consent",
        "secret": "filmed_secretly",
        "forced": "filmed_forced",
        "fake": "deepfake",
    }
    told = tell(f"role=self minor=no minor_at_filming=yes harms={harms[kind]}").tap("right")
    tapped = greeted().act("safe", "self", "adult", "minor", kind)
    assert (told.state, told.session.answers) == (tapped.state, tapped.session.answers)
    assert [step.state for step in told.session.trail] == [step.state for step in tapped.session.trail]


def test_several_kinds_lead_where_ticking_them_leads():
    """Threatened and faked at once: both are kept, and the threat comes first."""
    told = tell("role=self minor=no minor_at_filming=no harms=threatened_sharing_deepfake").tap("right")
    tapped = greeted().act("safe", "self", "adult", "adult", "others", "several", "threat", "fake", "done")
    assert (told.state, told.session.answers) == (tapped.state, tapped.session.answers)


def test_each_skipped_question_counts_as_answered():
    """The events are those of the buttons, so that figures are the same."""
    talk = tell("role=self minor=yes").tap("right")
    pressed = [f"{one.state}.{one.choice}" for one in talk.turn.events if isinstance(one, Answered)]
    assert pressed == ["start.safe", "who.self", "age_now.minor", "understood.right"]
    assert talk.state == "minor_start"


def test_nothing_more_is_noted_of_somebody_under_18():
    """The duty to report is explained before anything else is told."""
    talk = tell("role=self minor=yes minor_at_filming=yes harms=filmed_forced abuser=unknown")
    assert list_offered(talk.session) == ("role=self", "minor=yes")
    assert "被逼" not in talk.text


def test_what_was_told_before_the_age_is_forgotten_once_it_is_under_18():
    """Whatever order they told it in."""
    talk = tell("harms=filmed_forced", "role=self minor=yes")
    assert list_offered(talk.session) == ("role=self", "minor=yes")


def test_of_somebody_else_only_the_age_is_noted():
    """No story is taken of a person who is not here."""
    talk = tell("role=relative minor=yes harms=filmed_forced status=spread")
    assert list_offered(talk.session) == ("role=relative", "minor=yes")


def test_a_page_that_gives_advice_is_shown_although_its_question_is_answered():
    """A parent reads how to listen first; the age is shown as chosen before."""
    talk = tell("role=relative minor=yes").tap("right")
    assert talk.state == "friend_first"
    assert "你之前選的是：還沒滿 18 歲" in talk.text
    assert talk.tap("minor").state == "friend_minor"


@pytest.mark.parametrize(("role", "state"), [("professional", "work_first"), ("witness", "witness")])
def test_who_helps_or_saw_it_is_led_to_their_own_pages(role: str, state: str):
    """They tell nothing else about the person."""
    assert tell(f"role={role} minor=yes").tap("right").state == state


def test_a_question_that_was_not_told_is_asked():
    """Who it is for was told, the age was not; what happened is remembered until its question."""
    talk = tell("role=self harms=filmed_secretly").tap("right")
    assert talk.state == "age_now"
    assert list_agreed(talk.session) == ("harm=secret",)
    assert talk.tap("adult").state == "age_filmed"
    assert talk.tap("unsure").state == "secret_first"
    assert talk.session.told == ()


def test_what_was_told_of_who_did_it_answers_the_question_when_it_comes():
    """It is behind the page with the three things to do first."""
    talk = tell(f"{ADULT} abuser=unknown").tap("right")
    assert talk.state == "threat_first"
    assert talk.tap("money").state == "first_hour"
    assert talk.session.answers["who_did"] == "unknown"


def test_a_question_answered_by_hand_forgets_what_was_told_of_it():
    """The finger counts, not what was agreed to before."""
    talk = tell("role=self harms=filmed_secretly").tap("right").act("adult", "adult", "back", "fake")
    assert (talk.state, list_agreed(talk.session)) == ("fake_first", ())


def test_one_place_back_is_the_question_before():
    """As if each had been tapped."""
    talk = tell(ADULT).tap("right").tap("back")
    assert (talk.state, "threat" in talk.session.answers) == ("happened", False)


# ─── Not right ────────────────────────────────────────────────────────────────


def test_what_is_wrong_is_forgotten_whole():
    """Back to the question, with nothing known."""
    talk = tell(ADULT).tap("wrong")
    assert (talk.state, talk.session.answers, talk.session.told) == ("start", {}, ())
    assert talk.tap("safe").state == "who"


def test_one_wrong_fact_is_taken_away_and_asked():
    """The others stay."""
    talk = tell(ADULT).tap("one").tap("wrong_age")
    assert talk.state == "understood"
    assert "現在的年齡" not in talk.text
    assert talk.tap("right").state == "age_now"


def test_only_what_was_told_can_be_wrong():
    """No button for what was never said."""
    talk = tell("role=self minor=no").tap("one")
    assert [one.id for one in talk.reply.choices] == ["wrong_role", "wrong_age", "all_right"]


def test_without_the_last_fact_nothing_is_left_to_say_back():
    """The question that stood comes back."""
    talk = tell("role=relative").tap("one").tap("wrong_role")
    assert (talk.state, talk.session.told) == ("start", ())


def test_one_can_go_back_from_choosing_what_is_wrong():
    """Nothing is lost by a look."""
    talk = tell(ADULT).tap("one")
    assert talk.tap("all_right").state == "understood"
    assert talk.tap("right").state == "threat_first"


@pytest.mark.parametrize("look", ["你知道我什麼", "真人", "查資料", "換語言"])
def test_who_looks_at_another_page_comes_back_to_what_is_to_be_checked(look: str):
    """Also from the greeting: it was read, and "back to where we were" is not the beginning."""
    talk = tell(ADULT).type(look)
    back = "zh" if talk.state == "language" else "return"
    assert talk.tap(back).state == "understood"


def test_words_add_to_what_is_offered_and_correct_it():
    """「還有，我還沒滿 18」: what was told later counts."""
    talk = tell("role=self minor=no", "minor=yes")
    assert "還沒滿 18 歲" in talk.text
    assert "滿 18 歲了" not in talk.text
    assert talk.tap("right").state == "minor_start"


@pytest.mark.parametrize(
    "text",
    ["minor=yes minor_at_filming=no", "status=threatened harms=shared_without_consent"],
)
def test_what_contradicts_itself_is_never_said_back(text: str):
    """It is asked."""
    assert list_facts(read_plainly(text)) == ()
    assert tell(text).note == "not_understood"


# ─── When ─────────────────────────────────────────────────────────────────────


def test_before_the_greeting_was_read_the_greeting_comes_first():
    """Who we are, what is kept, and whether they can talk; then the story is said back."""
    talk = caller().type(ADULT)
    assert (talk.state, talk.note) == ("start", None)
    assert "請別傳照片" in talk.text
    talk.wait(1).tap("safe")
    assert talk.state == "understood"
    assert talk.tap("right").state == "threat_first"


def test_who_is_watched_is_told_what_to_do_first():
    """The story waits until they can talk."""
    talk = tell(ADULT).tap("watched")
    assert talk.state == "watched"
    assert talk.tap("go_on").state == "understood"


def test_on_a_watched_phone_nothing_is_said_back_at_once():
    """They typed it while they read how not to be seen."""
    talk = greeted().tap("watched").wait(1).type(ADULT)
    assert (talk.state, talk.note) == ("watched", "kept_for_later")
    assert "我自己" not in talk.text


def test_over_the_greeting_nothing_is_said_back_before_it_was_read():
    """Their first word opened another page."""
    talk = caller().type("真人").wait(1).type(ADULT)
    assert (talk.state, talk.note) == ("human", "kept_for_later")
    assert talk.tap("return").state == "start"
    assert talk.tap("safe").state == "understood"


def test_three_messages_of_one_breath_are_one_story():
    """What each told is gathered, and said back once."""
    talk = greeted().type("role=self")
    talk.send(Typed("harms=threatened_sharing"), recalled=True)
    talk.send(Typed("minor=no"), recalled=True)
    assert talk.state == "understood"
    assert list_offered(talk.session) == ("role=self", "minor=no", "harm=threat")


def test_who_only_says_i_is_not_asked_whether_that_is_right():
    """They are asked whom it is about, as everybody is; once more is told, it is said back with that."""
    talk = greeted().type("role=self")
    assert (talk.state, talk.note) == ("start", "not_understood")
    assert talk.wait(1).tap("safe").state == "who"
    talk.wait(1).type("minor=no")
    assert talk.state == "understood"
    assert list_offered(talk.session) == ("role=self", "minor=no")


def test_in_one_breath_the_greeting_still_comes_first():
    """The first reply was never seen."""
    talk = caller().type("role=self")
    talk.send(Typed("harms=threatened_sharing"), recalled=True)
    assert talk.state == "start"
    assert len(talk.reply.bubbles) == 3
    assert talk.wait(1).tap("safe").state == "understood"


def test_what_one_breath_says_in_two_ways_is_asked():
    """Nothing else of the story is lost by it."""
    talk = greeted().tap("safe").wait(1).type("role=self minor=no harms=deepfake")
    talk.send(Typed("minor=yes role=self"), recalled=True)
    assert list_offered(talk.session) == ("role=self", "harm=fake")


def test_who_names_who_did_it_does_not_write_for_them():
    """「我被偷拍」「是室友」: the room-mate did it, and the story stays theirs; for whom it is, is asked."""
    talk = tell("role=self harms=filmed_secretly", "role=relative abuser=known")
    assert list_offered(talk.session) == ("harm=secret",)
    assert talk.tap("right").state == "who"


def test_once_it_is_about_somebody_else_the_story_is_forgotten():
    """Answered by a button, it is theirs to tell and not ours to note."""
    talk = tell("harms=filmed_secretly abuser=unknown").tap("right")
    assert talk.tap("friend").session.told == ()


def test_a_quick_yes_agrees_to_nothing_that_was_not_seen():
    """It was written before the page could be read."""
    talk = greeted().type(ADULT)
    talk.send(Typed("對"), recalled=True)
    assert (talk.state, talk.session.answers) == ("understood", {})
    assert talk.wait(1).type("對").state == "threat_first"


def test_words_from_before_add_and_never_correct():
    """A late message does not undo what came after it."""
    talk = greeted()
    early = talk.now
    talk.wait(1).type("role=self minor=no")
    talk.type("minor=yes harms=deepfake", sent_at=early)
    assert list_offered(talk.session) == ("role=self", "minor=no", "harm=fake")


def test_a_cry_for_help_is_helped_first_and_the_story_is_kept():
    """Nothing has to be told twice."""
    talk = greeted().tap("safe").wait(1).type(f"我想死 {ADULT}")
    assert talk.state == "crisis"
    assert talk.tap("mistake").state == "understood"


def test_a_cry_alone_is_no_story_to_be_checked():
    """Who says that they cannot go on, or was misheard, is not asked next whether it is about them."""
    talk = greeted().tap("safe").wait(1).type("我想死 role=self")
    assert (talk.state, talk.session.told) == ("crisis", ())
    assert talk.tap("mistake").state == "who"


def test_after_a_silence_nothing_told_is_left():
    """Whoever comes back is a stranger until they say otherwise."""
    talk = tell(ADULT).wait(31).start()
    assert (talk.state, talk.session.told) == ("welcome_back", ())
    assert "我自己" not in talk.text


def test_a_stranger_tells_no_story():
    """Nobody knows who holds the phone: only a cry for help is read out of words."""
    talk = tell(ADULT).tap("right").wait(31).start().type("role=relative minor=yes")
    assert (talk.state, talk.session.told) == ("welcome_back", ())
    assert talk.type("crisis=yes").state == "crisis"


def test_a_new_beginning_forgets_what_was_told():
    """Nothing that was told is known any more."""
    assert tell(ADULT).type("重新開始").session.told == ()


def test_a_wish_beside_a_story_is_shown_first():
    """What they asked for comes first, and then where their story leads."""
    talk = tell(f"{ADULT} wants=police").tap("right")
    assert talk.state == "look_police"
    assert talk.tap("return").state == "threat_first"


def test_what_is_known_of_me_lists_what_was_heard_in_my_words():
    """Confirmed or not: nothing is kept that is not shown to whoever asks."""
    talk = tell("minor=no abuser=unknown")
    assert "現在的年齡：滿 18 歲了（聽你說的，等一下會跟你確認）" in talk.type("你知道我什麼").text
    assert talk.tap("return").state == "understood"
    known = talk.tap("right").type("你知道我什麼").text
    assert "對方是誰：不知道是誰，或只在網路上認識" in known
    assert "聽你說的" not in known


def test_a_stranger_is_not_shown_what_was_heard():
    """Neither after a silence nor while nobody knows who holds the phone."""
    talk = tell(ADULT).wait(31).start().type("你知道我什麼")
    assert "滿 18" not in talk.text
    assert "目前沒有記下任何答案" in talk.text


# ─── What else happened ───────────────────────────────────────────────────────


def test_what_else_happened_is_said_back_and_leads_to_its_page():
    """「他還用 AI 換我的臉」, on any page later: confirmed, it is helped with, and nothing told before is lost."""
    talk = tell(ADULT).tap("right").wait(1).type("harms=deepfake")
    assert talk.state == "understood"
    assert "發生的事：被合成" in talk.text
    talk.tap("right")
    assert talk.state == "fake_first"
    assert {"threat", "fake"} <= talk.session.answers.keys()


def test_from_what_else_happened_one_step_back_leads_to_where_they_were():
    """The page that was left stands again, as if nothing had been told."""
    talk = tell(ADULT).tap("right").wait(1).type("harms=deepfake").tap("right").wait(1).type("上一步")
    assert talk.state == "threat_first"
    assert "fake" not in talk.session.answers


def test_of_several_things_that_happened_since_the_first_leads_on_and_none_is_lost():
    """「已經傳出去了，還有偷拍的」."""
    talk = tell(ADULT).tap("right").wait(1).type("harms=shared_without_consent,filmed_secretly").tap("right")
    assert talk.state == "spread_first"
    assert {"threat", "spread", "secret"} <= talk.session.answers.keys()


def test_what_else_happened_is_taken_back_with_its_message():
    """Unsent, nothing of it is left."""
    talk = tell(ADULT).tap("right").wait(1)
    talk.send(Typed("harms=deepfake"), message="m9")
    talk.tap("right").send(Unsent(), message="m9")
    assert "fake" not in talk.session.answers


def test_what_else_happened_leads_back_when_its_message_is_unsent():
    """To the page on which it was told; also where the typed yes is taken back."""
    talk = tell(ADULT).tap("right").wait(1).send(Typed("harms=deepfake"), message="m9").tap("right")
    assert talk.send(Unsent(), message="m9").wait(1).start().state == "threat_first"


def test_a_step_back_takes_back_all_that_was_added_at_once():
    """Both kinds came with one yes."""
    talk = tell(ADULT).tap("right").wait(1).type("harms=shared_without_consent,filmed_secretly").tap("right")
    talk.wait(1).type("上一步")
    assert talk.state == "threat_first"
    assert not {"spread", "secret"} & talk.session.answers.keys()


def test_a_correction_beside_something_else_loses_nothing_that_was_told():
    """「那時我還沒滿 18，他還合成了我的照片」: the threat stays."""
    talk = tell(ADULT).tap("right").wait(1).type("minor_at_filming=yes harms=deepfake").tap("right")
    assert {"threat", "fake"} <= talk.session.answers.keys()
    assert talk.session.answers["age_filmed"] == "minor"


def test_of_two_kinds_one_of_which_is_a_button_here_none_is_lost():
    """The page asks whether it was posted; they tell that, and of a fake."""
    talk = at_evidence().type("harms=shared_without_consent,deepfake")
    assert talk.state == "understood"
    talk.tap("right")
    assert {"spread", "fake"} <= talk.session.answers.keys()


def test_what_was_added_answers_nothing_later():
    """A question that is opened again is asked, and not passed by what is left of an older yes."""
    talk = at_evidence().type("harms=deepfake").wait(1).type("harms=shared_without_consent").tap("right")
    assert list_offered(talk.session) == ()
    assert talk.type("改答案").tap("what").state == "happened"


def test_a_question_that_is_asked_anew_is_not_passed_by_what_else_happened():
    """They went back to say that they are not 18 yet."""
    talk = tell(ADULT).tap("right").type("改答案").tap("age").wait(1).type("harms=filmed_forced").tap("right")
    assert talk.state == "age_now"


@pytest.mark.parametrize("whose", ["work", "seen", "did"])
def test_who_turns_out_to_be_no_victim_adds_nothing_to_what_happened(whose: str):
    """The pages of victims are not theirs."""
    talk = (
        at_evidence().type("改答案").act("rest", "about", whose).wait(1).type("harms=shared_without_consent")
    )
    assert talk.state != "understood"
    assert "spread" not in talk.session.answers


def test_a_cry_for_help_that_tells_something_else_is_helped_first_and_said_back_after():
    """Nothing has to be told twice, on any page."""
    talk = tell(ADULT).tap("right").wait(1).type("我想死 harms=deepfake")
    assert talk.state == "crisis"
    assert talk.tap("safe").state == "understood"


def test_two_kinds_told_where_it_is_asked_what_else_happened_are_said_back():
    """The page asks for one, and they tell of two."""
    talk = tell(ADULT).tap("right").type("改答案").tap("also").wait(1).type("harms=deepfake,filmed_secretly")
    assert talk.state == "understood"
    assert {"fake", "secret"} <= talk.tap("right").session.answers.keys()


@pytest.mark.parametrize(
    "acts", [("safe", "friend", "adult"), ("safe", "self", "minor", "threat"), ("safe", "work")]
)
def test_what_happened_to_others_and_to_the_young_is_not_noted_later(acts: tuple[str, ...]):
    """As in the first story: their pages lead on by themselves."""
    talk = greeted().act(*acts).wait(1).type("harms=filmed_forced")
    assert talk.session.told == ()
    assert "forced" not in talk.session.answers


def test_without_a_page_for_it_nothing_is_added_to_what_happened():
    """Another conversation may have none."""
    pack = shipped()
    flow = replace(pack.flow, special=replace(pack.flow.special, also=StateId("")))
    engine = build_engine(replace(pack, flow=flow), understand=read_plainly)
    talk = Talk(engine, shipped_speaker()).start().wait(1).type(ADULT).tap("right")
    assert talk.wait(1).type("harms=deepfake").state == "threat_first"
    assert talk.session.told == ()


def test_a_stranger_adds_nothing_to_what_happened():
    """Nobody knows who holds the phone."""
    talk = tell(ADULT).tap("right").wait(31).start().type("harms=deepfake")
    assert (talk.state, talk.session.told) == ("welcome_back", ())


def test_by_buttons_alone_something_else_can_be_added_as_well():
    """Behind "change an answer", and back again without losing anything."""
    talk = tell(ADULT).tap("right").type("改答案").tap("also")
    assert talk.state == "also_happened"
    assert "threat" not in [choice.id for choice in talk.reply.choices]
    assert talk.tap("return").state == "threat_first"
    assert talk.type("改答案").tap("also").tap("secret").state == "secret_first"


def test_what_is_known_already_is_heard_and_not_called_unclear():
    """Whoever goes on telling is not told that they speak unclearly."""
    talk = tell(ADULT).tap("right").wait(1).type("role=self harms=threatened_sharing")
    assert (talk.state, talk.note) == ("threat_first", "heard")
    assert "真人" in talk.text


# ─── Corrected later ──────────────────────────────────────────────────────────


def test_a_later_correction_goes_back_to_the_first_question_that_it_changes():
    """「不是，我還沒滿 18」 on any page: said back, then everything after that question is asked anew."""
    talk = tell(ADULT).tap("right").wait(1).type("minor=yes")
    assert talk.state == "understood"
    assert "現在的年齡：還沒滿 18 歲" in talk.text
    talk.tap("right")
    assert talk.state == "minor_start"
    assert talk.session.answers["age_now"] == "minor"
    assert [step.state for step in talk.session.trail] == ["start", "who", "age_now"]


def test_a_correction_that_is_taken_back_in_words_leaves_nothing_to_confirm():
    """「不對，我滿 18 了」 while it is said back: what stands already needs no yes."""
    talk = tell(ADULT).tap("right").wait(1).type("minor=yes").wait(1).type("minor=no")
    assert (talk.state, talk.session.answers["age_now"]) == ("threat_first", "adult")


def test_a_misheard_correction_changes_nothing():
    """One tap, and they are where they were."""
    talk = tell(ADULT).tap("right").wait(1)
    before = dict(talk.session.answers)
    talk.type("minor=yes").tap("wrong")
    assert (talk.state, talk.session.answers) == ("threat_first", before)


def test_a_correction_never_leads_past_a_stranger():
    """What was answered before somebody else may have gone on is not to be shown by it."""
    talk = tell(ADULT).tap("right").type("離開").wait(1).start().type("電話").tap("elsewhere")
    talk.act("return").wait(1)
    assert talk.type("minor=yes").state == "welcome_back"


def test_the_first_question_changed_is_the_earliest():
    """Whom it is for comes before the age."""
    talk = tell(ADULT).tap("right").wait(1).type("role=relative minor=yes")
    assert talk.tap("right").state == "friend_first"
    assert talk.session.answers["about"] == "friend"


def test_a_correction_of_a_friends_age_goes_back_to_the_page_that_asked():
    """It has advice of its own, so it is shown, with the new age as chosen."""
    talk = greeted().act("safe", "friend", "adult").wait(1).type("minor=yes")
    talk.tap("right")
    assert talk.state == "friend_first"
    assert "你之前選的是：還沒滿 18 歲" in talk.text


# ─── Taken as data ────────────────────────────────────────────────────────────


def test_nothing_of_the_words_is_kept_and_repr_hides_the_facts():
    """Only names of facts, and those are shown to nobody who looks at a log."""
    talk = tell(f"{ADULT} 我的名字叫小美")
    assert "小美" not in repr(talk.session.told[0].facts)
    assert "minor=no" not in repr(talk.session)


def test_a_fact_of_another_version_is_as_if_it_was_not_told():
    """It is neither said back nor agreed to."""
    talk = tell("role=self minor=no")
    one = talk.session.told[0]
    talk.session = replace(
        talk.session, told=(replace(one, facts=("role=self", "minor=no", "mood=sad", "role=alien")),)
    )
    assert list_offered(talk.session) == ("role=self", "minor=no")
    assert talk.tap("right").state == "age_filmed"


def test_answered_is_what_was_pressed():
    """The confirmation itself is an event as well."""
    talk = tell("role=self minor=no").tap("right")
    assert Answered(StateId("understood"), ChoiceId("right")) in talk.turn.events
