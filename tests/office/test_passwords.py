"""Staff passwords: dear to guess, never weaker than the floor, and cheap on memory."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.errors import ConfigError
from bot.office import passwords as module
from bot.office.passwords import FLOOR, Cost, Passwords
from tests.office.fakes import CHEAP


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(CHEAP, demo=True)


async def test_a_hash_names_its_parameters_and_never_the_password() -> None:
    """The default is 64 MiB and three rounds, written into the hash beside a salt."""
    stored = await Passwords().hash("secret words")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "secret" not in stored


async def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    """Each hash has a salt of its own."""
    assert await passwords.hash("same") != await passwords.hash("same")


async def test_only_the_right_password_is_right(passwords: Passwords) -> None:
    """Also with other letters, an empty one and a very long one."""
    stored = await passwords.hash("正確的密碼")
    assert await passwords.is_right("正確的密碼", stored)
    for wrong in ("", "正確的密", "正確的密碼 ", "x" * 100_000, "\0", "\ud800"):
        assert not await passwords.is_right(wrong, stored)


async def test_keyboards_that_compose_letters_differently_type_the_same_password(
    passwords: Passwords,
) -> None:
    """é as one code point or two is one password."""
    assert await passwords.is_right("cafe\u0301", await passwords.hash("caf\u00e9"))


@pytest.mark.parametrize("weak", [Cost(64 * 1024 - 1, 3), Cost(64 * 1024, 2), CHEAP])
def test_production_refuses_a_cost_below_the_floor(weak: Cost) -> None:
    """The refusal names what is needed; in the demo environment it is allowed."""
    with pytest.raises(ConfigError, match="65536 KiB and 3 rounds"):
        Passwords(weak)
    assert Passwords(weak, demo=True)


async def test_production_never_accepts_a_weak_hash_from_the_database() -> None:
    """Somebody who can write a cheap hash into the database does not sign in with it."""
    stored = await Passwords(CHEAP, demo=True).hash("known")
    assert not await Passwords().is_right("known", stored)


async def test_a_hash_made_under_an_older_lower_cost_stays_good_above_the_floor() -> None:
    """Raising the cost locks nobody out."""
    stored = await Passwords(FLOOR).hash("old")
    assert await Passwords(Cost(FLOOR.memory_kib, FLOOR.rounds + 1)).is_right("old", stored)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "plain",
        "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
        "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
        "$argon2id$v=19$m=8,t=999,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
    ],
)
async def test_an_unusable_hash_costs_the_same_work_and_is_never_right(
    passwords: Passwords, stored: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown names and hashes that would eat the memory are compared with nobody's hash."""
    compared: list[str] = []
    monkeypatch.setattr(module, "_verify", lambda _password, phc: bool(compared.append(phc)) or True)
    assert not await passwords.is_right("anything", stored)
    assert [passwords._nobody] == compared


async def test_guesses_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many guess at once, two hashes at most are in memory."""
    at_work, most, lock, both = 0, 0, threading.Lock(), threading.Barrier(2)

    def work(_password: bytes, _phc: str) -> bool:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        both.wait(timeout=10)
        with lock:
            at_work -= 1
        both.wait(timeout=10)
        return False

    monkeypatch.setattr(module, "_verify", work)
    passwords = Passwords(CHEAP, demo=True, at_once=2)
    await asyncio.gather(*(passwords.is_right("guess", None) for _ in range(8)))
    assert most == 2
