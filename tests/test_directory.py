"""`frontdoor directory` shows everything that is known, with its date, and names what is due."""

import pytest
from typer.testing import CliRunner

from bot.commands import tree


def _run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(tree.app, ["directory", *args])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("kind", "piece"),
    [
        ("contacts", "02-6605-7373"),
        ("facts", "six_months"),
        ("laws", "319-3"),
        ("platforms", "https://help.x.com"),
        ("lists", "bring_to_police"),
    ],
)
def test_every_kind_is_listed_in_a_table_of_its_own(kind, piece):
    """With source, date, status and the day it has to be checked again."""
    code, told = _run("list")
    assert code == 0
    assert kind in told
    assert piece in told
    assert "2027-05-20" in told


def test_nothing_is_overdue_before_its_day_and_what_is_held_back_is_named():
    """Whoever checks the directory sees what still waits for somebody to confirm it."""
    code, told = _run("check", "--today", "2026-11-20")
    assert code == 0
    assert "overdue" not in told
    assert "held back: platforms.xvideos: abuse@xvideos.com" in told


def test_what_is_overdue_is_named_with_its_kind_and_source():
    """Platforms fall due before the statutes."""
    code, told = _run("check", "--today", "2027-03-01")
    assert code == 1
    assert "overdue since 2027-02-20: platforms.line: check it at its source (help.line.me" in told
    assert "laws.spread" not in told
    code, told = _run("check", "--today", "2027-06-01")
    assert code == 1
    assert "overdue since 2027-05-20: laws.spread" in told
    assert "overdue since 2027-05-20: lists.minimum" in told
