"""The consent asks only for uses that are about something written; what is not asked for is a no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.form.model import Use
from bot.front.form_steps import is_needed, list_uses
from bot.ports import Opened
from tests.front.fakes import FakeConversation, make_app
from tests.front.filling import Person
from tests.front.form_words import FORM_ZH
from tests.front.small_form import FORM, RECEIPT, TOKEN, FakeDesk, FormInterface, PlainVoice

SAFE = Use("safe_person", "找不到我時，我同意社工打給安全聯絡人。", needed=False)
USES = (*FORM.notices.uses, SAFE)
WITH_SAFE = replace(FORM, notices=replace(FORM.notices, uses=USES))


@pytest.fixture
def desk() -> FakeDesk:
    """A conversation that told nothing of where somebody lives."""
    return FakeDesk({TOKEN: Opened({}, "zh_TW")})


@pytest.fixture
async def person(desk, connect) -> AsyncIterator[Person]:
    app = make_app(
        FakeConversation(), interface=FormInterface(), desk=desk, form=WITH_SAFE, voice=PlainVoice()
    )
    async with connect(app) as client:
        yield Person(client)


def list_asked_for(person: Person) -> set[str]:
    return {value for name, value in person.paper.boxes if name == "u"}


@pytest.mark.parametrize(
    ("draft", "asked"),
    [
        ({}, set()),
        ({"county": "臺北市"}, {"refer"}),
        ({"address": "和平東路"}, {"refer"}),
        ({"district": "大安區", "safe_relation": "朋友"}, set()),
        ({"safe_name": "阿姨"}, {"safe_person"}),
        ({"safe_phone_home": "02-2345-6789"}, {"safe_person"}),
        ({"safe_phone_work": "02-2345-6789"}, {"safe_person"}),
        ({"safe_phone_mobile": "0912-345-678"}, {"safe_person"}),
    ],
)
def test_a_use_is_asked_for_where_it_is_about_something(draft, asked):
    assert {use.id for use in list_uses(WITH_SAFE, draft)} == {"contact", "special"} | asked


async def test_a_use_about_nothing_is_hidden_and_sent_as_a_no(person, desk):
    """Also when a tick for it comes by another way than the page's."""
    await person.open()
    await person.go_to("consent")
    assert list_asked_for(person) == {"contact", "special"}
    assert SAFE.text not in person.paper.said
    person.fill(("u", "contact"), ("u", "special"))
    ticks = [*person.paper.all_values, ("u", "safe_person"), ("u", "refer"), ("go", "send")]
    person.see(await person.post(ticks))
    assert RECEIPT in person.paper.said
    assert desk.submitted[0]["uses"] == {
        "contact": True, "special": True, "refer": False, "safe_person": False,
    }  # fmt: skip


async def test_a_struck_line_counts_as_not_written(person):
    await person.open()
    await person.go_to("more")
    person.fill(f_county="臺北市", f_safe_name="阿姨")
    await person.go_to("consent")
    assert list_asked_for(person) == {"contact", "special", "refer", "safe_person"}
    await person.press("review")
    await person.press("strike:safe_name")
    await person.press("strike:county")
    await person.press("next")
    assert list_asked_for(person) == {"contact", "special"}


async def test_a_tick_for_what_is_asked_counts(person, desk):
    await person.open()
    await person.go_to("more")
    person.fill(f_safe_name="阿姨")
    await person.go_to("consent")
    person.fill(("u", "safe_person"))
    await person.agree()
    assert desk.submitted[0]["uses"]["safe_person"]


async def test_the_trusted_persons_number_alone_needs_their_tick(person, desk):
    """Else the only number to call could not be called: it is said at the tick, not at the end."""
    await person.open()
    await person.press("next")
    person.fill(("f.call_number", "safe"), f_name="小安", f_birth="34", f_phone_mobile="0912345678")
    await person.go_to("more")
    person.fill(f_safe_phone_mobile="0987654321")
    await person.go_to("consent")
    assert person.paper.said.count(FORM_ZH["form_use_needed"]) == 3
    await person.agree()
    assert (person.response.status_code, person.step) == (422, "consent")
    assert "#u-safe_person" in [told.get("href") for _, told in person.paper.tags]
    assert desk.submitted == []
    person.fill(("u", "safe_person"))
    await person.press("send")
    assert desk.submitted[0]["uses"]["safe_person"]
    assert not is_needed(SAFE, {"call_number": "mobile"})
