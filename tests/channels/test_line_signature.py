"""Whether a LINE webhook is from LINE."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.line import LineChannel, verify
from bot.errors import BadSignature, ConfigError
from bot.ports import Received
from tests.channels.material import NOW, make_body, make_event
from tests.fakes.line_platform import sign

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def make_channel(secret: str = SECRET) -> LineChannel:
    return LineChannel(
        channel_secret=secret, access_token="t", api_base="http://127.0.0.1:9", clock=lambda: NOW
    )


@pytest.mark.parametrize(
    ("secret", "body", "signature"),
    [
        (SECRET, BODY, SIGNATURE),
        ("channel_secret", b"bodybodybodybody", "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="),
    ],
)
def test_published_vectors_verify(secret: str, body: bytes, signature: str) -> None:
    """LINE's documentation and its SDK publish these."""
    assert verify(body, signature, secret)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "x",
        SIGNATURE[:-1],
        SIGNATURE + "=",
        SIGNATURE.lower(),
        "簽章",
        "\x00",
        "\ud800",
        " " + SIGNATURE,
    ],
)
def test_anything_but_the_signature_is_refused(signature: str | None) -> None:
    """Missing, shortened, not ASCII: always False, never an exception."""
    assert not verify(BODY, signature, SECRET)


def test_one_changed_byte_is_noticed() -> None:
    """The bytes as they came are what is signed: even a space counts."""
    assert not verify(BODY.replace(b",", b", "), SIGNATURE, SECRET)


def test_an_empty_secret_signs_nothing() -> None:
    """Otherwise everybody could sign."""
    assert not verify(BODY, sign(BODY, ""), "")


@given(body=st.binary(max_size=200), signature=st.text(max_size=60))
def test_no_guess_passes_and_none_raises(body: bytes, signature: str) -> None:
    """Guesses are refused without an exception."""
    assert not verify(body, signature, SECRET)


@pytest.mark.parametrize("name", ["x-line-signature", "X-Line-Signature", "X-LINE-SIGNATURE"])
def test_the_header_is_found_in_any_case(name: str) -> None:
    """LINE may change the case without notice."""
    raw = make_body(make_event())

    assert len(make_channel().read(raw, {name: sign(raw, SECRET)}).inbounds) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-line-signature": ""},
        {"x-line-signature": "簽章"},
        {"x-line-signature": SIGNATURE, "X-Line-Signature": SIGNATURE},
    ],
)
def test_reading_without_a_right_header_is_a_bad_signature(headers: dict[str, str]) -> None:
    """Also when it comes twice, because then nobody knows which one counts."""
    with pytest.raises(BadSignature):
        make_channel().read(BODY, headers)


def test_the_body_is_not_looked_at_before_the_signature() -> None:
    """A body that is no JSON with a wrong signature is a bad signature, with a right one nothing."""
    with pytest.raises(BadSignature):
        make_channel().read(b"{", {"x-line-signature": SIGNATURE})

    assert make_channel().read(b"{", {"x-line-signature": sign(b"{", SECRET)}) == Received()


@pytest.mark.parametrize("name", ["channel_secret", "access_token"])
@pytest.mark.parametrize("wrong", ["", " ", "token\n", "two words", "權杖"])
def test_a_channel_without_sound_secrets_is_not_made(name: str, wrong: str) -> None:
    """Refused at start, naming the settings: a line end that came along would fail every reply."""
    secrets = {"channel_secret": "s", "access_token": "t", name: wrong}

    with pytest.raises(ConfigError, match="LINE_CHANNEL_SECRET"):
        LineChannel(**secrets, api_base="http://127.0.0.1:9", clock=lambda: NOW)
