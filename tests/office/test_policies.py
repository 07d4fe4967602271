"""What a staff password must be like, by the modern profile and by the government's baseline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.office.policies import BASELINE, MODERN, RULES, PasswordRules
from bot.settings import Settings
from tests.office.fakes import NOON

DAY = timedelta(days=1)
NAME = "林社工"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "我家的貓每天早上都要吃罐頭",
        "xk3vq9plm2wz",
        "五點半 渡船頭 有魚 回家吃飯",
        "😀🐈🌧🍊🚲🎈🧦🪴🥁🍵🦉🧩",
        "z" * 100 + "ab cd ef gh 12 34",
    ],
)
def test_modern_asks_for_length_and_nothing_of_its_kind(password: str) -> None:
    """Any characters, blanks, Chinese and pictures too; nothing about capitals or digits."""
    assert MODERN.find_fault(password, about=(NAME,)) is None


@pytest.mark.parametrize("rules", RULES.values())
def test_length_is_counted_in_characters_as_typed(rules: PasswordRules) -> None:
    """Twelve to 128; a letter and its accent typed apart are one character."""
    assert rules.find_fault("xK3vQ9pLm2W") == "short"
    assert rules.find_fault("xK3vQ9pLm2Wé") is None
    assert rules.find_fault("xK3vQ9pLm2e\u0301") == "short"
    assert rules.find_fault("xK3v-Q9pLm2w" + "Tz7!" * 29) is None
    assert rules.find_fault("xK3v-Q9pLm2w" + "Tz7!" * 29 + "a") == "long"


@pytest.mark.parametrize(
    "password",
    [
        "Password1234!",
        "P@ssw0rd2026!",
        "1qaz2wsx3edc",
        "1QAZ2wsx!QAZ",
        "ji394su3ji394su3",
        "ｐａｓｓｗｏｒｄ１２３４５６",
        "0912345678abcd",
        "Taipei2026!!",
        "社工後台frontdoor123",
        "林社工林社工林社工2024",
        "frontdoor-office-2026",
        "aaaaaaaaaaaa",
        "Zb7!Zb7!Zb7!Zb7!",
        "123456789012",
        "民國114年高雄家防中心",
    ],
)
def test_what_everybody_guesses_is_refused_however_it_is_dressed_up(password: str) -> None:
    """Common passwords, those of Taiwan, the account's name, the service, with years and look-alikes (T24)."""
    assert MODERN.find_fault(password, about=(NAME,)) == "known"


def test_the_name_counts_in_parts_and_not_by_single_characters() -> None:
    """`chen.yi-ting` is two words; a name of one character would be in every second sentence."""
    assert MODERN.find_fault("Chen Yi Ting 77", about=("chen.yi-ting",)) == "known"
    assert MODERN.find_fault("森林裡的小木屋門口有一盞燈", about=("林",)) is None


def test_baseline_asks_for_three_kinds_of_four() -> None:
    """Upper case, lower case, digits and others; Chinese is of the others."""
    assert BASELINE.find_fault("xk3vq9plm2wz") == "kinds"
    assert BASELINE.find_fault("xK3vQ9pLm2Wz") is None
    assert BASELINE.find_fault("渡船頭kq9pLmwzt") is None
    assert MODERN.find_fault("xk3vq9plm2wz") is None


def test_a_baseline_password_must_be_changed_after_ninety_days() -> None:
    """Not a moment before; never by the modern profile."""
    assert not BASELINE.is_password_due("password", NOON, NOON + 90 * DAY - timedelta(seconds=1))
    assert BASELINE.is_password_due("password", NOON, NOON + 90 * DAY)
    assert not MODERN.is_password_due("password", NOON, NOON + 9000 * DAY)


def test_nobody_who_came_in_otherwise_must_change_a_password() -> None:
    """Passkeys and the agency's sign-in satisfy both profiles, as does having no password."""
    later = NOON + 900 * DAY
    assert not BASELINE.is_password_due("passkey", NOON, later)
    assert not BASELINE.is_password_due("oidc", NOON, later)
    assert not BASELINE.is_password_due("password", None, later)


def test_a_baseline_password_stays_for_a_day() -> None:
    """So that nobody changes it four times in a row to get the old one back."""
    assert BASELINE.is_too_young(NOON, NOON + DAY - timedelta(seconds=1))
    assert not BASELINE.is_too_young(NOON, NOON + DAY)
    assert not BASELINE.is_too_young(None, NOON)
    assert not MODERN.is_too_young(NOON, NOON)


def test_the_last_three_are_remembered_with_the_present_one_first() -> None:
    """No more of them than the profile compares, and no empty hash of an account without a password."""
    assert BASELINE.remember("d", ("c", "b", "a")) == ("d", "c", "b")
    assert BASELINE.remember("", ("c", "b")) == ("c", "b")
    assert MODERN.remember("d", ("c",)) == ()


def test_every_profile_of_the_settings_has_its_rules() -> None:
    """`modern` unless something else is set."""
    field = Settings.model_fields["password_profile"]
    assert field.default == "modern"
    assert set(RULES) == set(field.annotation.__args__)  # type: ignore[union-attr]  # it is a Literal
