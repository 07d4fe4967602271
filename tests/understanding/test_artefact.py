"""The file of understanding is used whole, or refused whole with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import FlowError
from bot.understanding.artefact import load, pack, unpack
from bot.understanding.reading import Reader
from tests.understanding.tiny import tiny_model

MODEL = tiny_model({"crisis": 0.25, "harms:other@th": 0.75})
PACKED = pack(MODEL)


def test_what_was_packed_is_what_is_unpacked() -> None:
    assert unpack(PACKED) == MODEL


def test_the_same_model_makes_the_same_bytes() -> None:
    assert pack(tiny_model({"harms:other@th": 0.75, "crisis": 0.25})) == PACKED
    assert pack(unpack(PACKED)) == PACKED


def test_what_is_unpacked_reads_alike() -> None:
    for text in ("he posted my nudes", "我想死", "หนู 15", "...", ""):
        assert Reader(unpack(PACKED)).read(text) == Reader(MODEL).read(text)


@pytest.mark.parametrize(
    "place", [*range(0, 300, 7), *range(300, len(PACKED), max(1, len(PACKED) // 60)), len(PACKED) - 1]
)
def test_a_flipped_bit_is_found_wherever_it_is(place: int) -> None:
    damaged = bytearray(PACKED)
    damaged[place] ^= 1
    with pytest.raises(ValueError, match=r"damaged|cut|format"):
        unpack(bytes(damaged))


@pytest.mark.parametrize("size", [0, 1, 21, 22, 27, 28, 100, len(PACKED) // 2, len(PACKED) - 1])
def test_a_cut_file_is_found(size: int) -> None:
    with pytest.raises(ValueError, match=r"damaged|cut"):
        unpack(PACKED[:size])


def test_a_longer_file_is_found() -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpack(PACKED + b"\n")


def write(folder: Path, contents: bytes) -> Path:
    path = folder / "understood.bin"
    path.write_bytes(contents)
    return path


def test_a_file_that_is_there_is_loaded(tmp_path: Path) -> None:
    assert load(write(tmp_path, PACKED)) == MODEL


@pytest.mark.parametrize("contents", [b"", b"a text", PACKED[:-1], b"\x00" * 1000])
def test_a_wrong_file_is_refused_with_what_to_do(tmp_path: Path, contents: bytes) -> None:
    path = write(tmp_path, contents)
    with pytest.raises(FlowError, match=r"understood\.bin: .*put back the file"):
        load(path)


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match=r"cannot be read \(No such file or directory\); put back the file"):
        load(tmp_path / "understood.bin")
