"""The envelope: one length for all in a step, and a statement that reads only one way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.envelope import STEP_BYTES, fingerprint, pad, unpad, write_statement
from bot.errors import Unreadable

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@given(st.binary(max_size=3 * STEP_BYTES))
def test_what_is_padded_comes_back(content: bytes):
    framed = pad(content)
    assert len(framed) % STEP_BYTES == 0
    assert unpad(framed) == content


def test_everything_within_a_step_is_equally_long():
    """A length says how much was told."""
    assert {len(pad(bytes(size))) for size in (0, 1, 100, STEP_BYTES - 4)} == {STEP_BYTES}
    assert len(pad(bytes(STEP_BYTES - 3))) == 2 * STEP_BYTES


@pytest.mark.parametrize(
    "framed",
    [
        b"",
        b"\0\0",
        pad(b"hello")[:-1],
        pad(b"hello") + bytes(STEP_BYTES),
        pad(b"hello")[:-1] + b"x",
        b"\xff" * STEP_BYTES,
        (STEP_BYTES - 3).to_bytes(4, "big") + bytes(STEP_BYTES - 4),
    ],
    ids=[
        "nothing",
        "half a length",
        "cut",
        "a step too long",
        "not zeros",
        "too long a length",
        "one too many",
    ],
)
def test_a_padding_that_is_not_ours_is_refused(framed: bytes):
    """There is one padded form of anything, so that nothing can hide in it."""
    with pytest.raises(Unreadable):
        unpad(framed)


@given(st.lists(st.tuples(st.text(), st.text(), st.binary()), min_size=2, max_size=2, unique=True))
def test_no_two_statements_read_the_same(two):
    """Moving a letter from the kind to the id makes another statement."""
    one, other = (write_statement(purpose, name, blob, AT) for purpose, name, blob in two)
    assert one != other


def test_a_statement_is_a_length_prefixed_join():
    """Written down, so that another program can check a signature."""
    parts = [b"frontdoor/1", b"handoff", b"id"]
    head = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    said = write_statement("handoff", "id", b"", AT)
    assert said.startswith(head)
    assert said.endswith(b"\0" * 7 + b"\x142026-11-20T04:00:00Z")
    assert len(said) == len(head) + 8 + 32 + 8 + 20


def test_the_time_is_the_same_moment_in_every_zone_and_to_the_second():
    taipei = AT.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=3)
    assert write_statement("handoff", "a", b"", taipei) == write_statement("handoff", "a", b"", AT)


def test_a_moment_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="time zone"):
        write_statement("handoff", "a", b"", AT.replace(tzinfo=None))


def test_a_fingerprint_is_sixteen_digits_in_fours():
    assert (
        fingerprint("age1gawvcdqh0hn2scmawrnka6g3uu4qsx89qdr0hukxezegg4qs33vq95utzy") == "9b68 eda4 a975 e77e"
    )
