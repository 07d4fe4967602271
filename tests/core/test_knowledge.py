"""What is known is shown while it is known to be right, and gives way on the day after."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.core.knowledge import SHOWABLE, STATUSES, Contact, ContactId, Fact, FactId, Knowledge
from bot.pack import load_knowledge

DUE = date(2027, 2, 20)


def _contact(name: str, **changes: object) -> Contact:
    contact = Contact(
        id=ContactId(name),
        name=name,
        number="113",
        url="",
        hours="",
        cost="",
        languages=(),
        audience="任何人",
        area="全國",
        purpose="保護",
        source="來源",
        source_date="2026",
        status="OFF",
        show="yes",
        recheck_by=DUE,
    )
    return replace(contact, **changes)


def _find(*contacts: Contact, today: date = DUE) -> str | None:
    found = Knowledge({c.id: c for c in contacts}, {}).find_contact(contacts[0].id, today)
    return found.id if found else None


def test_a_contact_is_shown_up_to_its_recheck_day_and_not_after():
    """The day itself still counts."""
    wanted, other = _contact("a", fallback=("b",)), _contact("b", recheck_by=date.max)
    assert _find(wanted, other) == "a"
    assert _find(wanted, other, today=DUE + timedelta(days=1)) == "b"


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_only_sourced_statuses_are_shown(status):
    """What stands on memory, a third party or an unconfirmed document is never shown."""
    fact = Fact(FactId("f"), "對", "", "來源", "2026", status, DUE)
    assert (status in SHOWABLE) == _contact("a", status=status).may_be_shown(DUE) == fact.may_be_shown(DUE)
    assert SHOWABLE.isdisjoint({"SEED", "3RD", "MEM"})


def test_a_contact_marked_no_is_never_shown():
    """Neither first nor as a fallback."""
    hidden = _contact("b", show="no")
    assert _find(_contact("a", show="no", fallback=("b",)), hidden) is None


def test_fallbacks_are_tried_in_order_and_through_each_other():
    """The first that may be shown answers, however far down it stands."""
    gone = {"recheck_by": date(2020, 1, 1)}
    contacts = (
        _contact("a", fallback=("b", "c"), **gone),
        _contact("b", fallback=("d",), **gone),
        _contact("c"),
        _contact("d"),
    )
    assert _find(*contacts) == "d"


def test_an_overdue_fact_may_not_be_shown():
    """The text gives way to its fallback the day after."""
    fact = load_knowledge().facts[FactId("removal_clocks")]
    assert fact.may_be_shown(fact.recheck_by)
    assert not fact.may_be_shown(fact.recheck_by + timedelta(days=1))


def test_only_universal_numbers_need_no_date():
    """110 and 119 do not grow old."""
    emergencies = {c.id for c in load_knowledge().contacts.values() if c.is_emergency}
    assert {"police_110", "ambulance_119"} == emergencies


def test_every_shipped_contact_that_is_shown_leads_to_somebody_for_ever():
    """However overdue the directory is, each of its entries still ends at a number that answers."""
    for contact in load_knowledge().contacts.values():
        found = load_knowledge().find_contact(contact.id, date(2028, 11, 20))
        assert found is not None, contact.id
        assert found.number
