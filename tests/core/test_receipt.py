"""Receipts look like an order number and are read however somebody writes them down."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.code import ALPHABET, read_code
from bot.core.receipt import LENGTH, is_unmistakable, read_receipt, write_receipt

receipts = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH).map(write_receipt)


@given(receipts, st.sampled_from(["", " ", "-", "－", "–", "—", "−", "‐"]), st.booleans())
def test_a_receipt_is_read_however_it_is_copied(receipt, dash, small):
    """Small letters, any dash or none, with spaces around it."""
    typed = receipt.replace("-", dash)
    assert read_receipt(f" {typed.lower() if small else typed}\n") == receipt


@given(receipts)
def test_full_width_letters_are_read_too(receipt):
    """Some keyboards write them."""
    wide = receipt.translate(
        {code: code + 0xFEE0 for code in map(ord, string.ascii_uppercase + string.digits)}
    )
    assert read_receipt(wide) == receipt


@given(receipts)
def test_a_receipt_is_no_moving_code(receipt):
    """The two can never be taken for each other."""
    assert read_code(receipt) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ABCD-EFGH-234",
        "ABCD-EFGH-23456",
        "ABCD EFGH 2340",  # no zero
        "ABCI-EFGH-2345",  # no I
        "ABCDE-FGH-2345",
        "ABCD--EFGH-2345",
        "代碼 ABCD-EFGH-2345",
        "ABCD-EFGH-2345" + " " * 9 + "-",
        "ABCDE-FGH23",
        "﷽" * 12,
    ],
)
def test_what_is_no_receipt_is_none(text):
    """A wrong character, a wrong length, words around it."""
    assert read_receipt(text) is None
    assert not is_unmistakable(text)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [("hahahahahaha", False), ("ABCD EFGH JKMN", False), ("ABCD-EFGH-JKMN", True), ("abcdefgh2345", True)],
)
def test_words_may_look_like_a_receipt(text, is_plain):
    """Only a digit or a dash makes it one for sure."""
    assert read_receipt(text) is not None
    assert is_unmistakable(text) is is_plain
