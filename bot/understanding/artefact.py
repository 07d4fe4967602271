"""
The one file in which understanding travels: `flows/words/understood.bin`.

    magic, version (2 bytes), length of the header (4 bytes)
    header: JSON, compressed with zlib; names, kinds and sizes of the parts, and everything that is no table
    parts: tables, compressed with zlib, one after another
    SHA-256 of all that stands before it

Numbers are little-endian. A file that is damaged, cut or of another version is refused as a whole.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bot.errors import FlowError
from bot.understanding.index import Index
from bot.understanding.lexicon import Kind, Lexicon
from bot.understanding.net import Head, Model, Net
from bot.understanding.tongue import Tongue

__all__ = ["Model", "load", "pack", "unpack"]

_MAGIC = b"frontdoor understands\n"
_VERSION = 2
_FRAME = struct.Struct("<HI")
_HASH_BYTES = 32
_OF_NET = ("idea_scales", "letter_scales", "bias", "weights", "output_bias")
_MEND = "put back the file of this version (git checkout flows/words/understood.bin), or make it anew as training/README.md says"

#: In quotes, because Python 3.11 cannot subscript an array.
Part: TypeAlias = "bytes | array[Any]"


def load(path: Path) -> Model:
    """Read the file. FlowError says what is wrong with it and what to do."""
    try:
        packed = path.read_bytes()
    except OSError as fault:
        raise FlowError(str(path), f"cannot be read ({fault.strerror}); {_MEND}") from fault
    try:
        return unpack(packed)
    except ValueError as fault:
        raise FlowError(str(path), f"{fault}; {_MEND}") from fault


def pack(model: Model) -> bytes:
    """Return the file's contents."""
    parts = dict(_list_parts(model))
    compressed = {name: _compress(_as_bytes(part)) for name, part in parts.items()}
    header = {
        "parts": [[name, _kind_of(parts[name]), len(compressed[name])] for name in parts],
        "meanings": model.lexicon.meanings,
        "stems": sorted(model.lexicon.stems),
        "starts": _list_starts(model.lexicon.starts),
        "heads": [[head.field, head.kind, head.values] for head in model.heads],
        "activation": model.net.activation,
        "thresholds": dict(model.thresholds),
        "recipe": dict(model.recipe),
    }
    plain = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    told = _compress(plain)
    body = _MAGIC + _FRAME.pack(_VERSION, len(told)) + told + b"".join(compressed.values())
    return body + hashlib.sha256(body).digest()


def _compress(plain: bytes) -> bytes:
    """Weights repeat nothing, so that looking for repetitions only costs room; tables and texts do repeat."""
    ways = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)
    made = [zlib.compressobj(9, strategy=way) for way in ways]
    return min((one.compress(plain) + one.flush() for one in made), key=len)


def unpack(packed: bytes) -> Model:
    """Read the file's contents. ValueError says what is wrong."""
    header, rest = _open(memoryview(packed))
    try:
        return _read(header, rest)
    except (KeyError, TypeError, zlib.error) as fault:
        raise ValueError("is of another version of this program") from fault


def _read(header: Mapping[str, Any], rest: memoryview) -> Model:
    parts: dict[str, Part] = {}
    for name, kind, size in header["parts"]:
        parts[name] = _as_part(kind, zlib.decompress(rest[:size]))
        rest = rest[size:]
    meanings = tuple(
        tuple(tuple(map(sys.intern, ideas)) if ideas else () for ideas in meaning)
        for meaning in header["meanings"]
    )
    starts = {
        kind: {first: frozenset(seconds) for first, seconds in pairs.items()}
        for kind, pairs in header["starts"].items()
    }
    tongue = Tongue(_index(parts, "tongue"), _bytes(parts["tongue.weights"]))
    return Model(
        Lexicon(_index(parts, "nodes"), meanings, tongue, frozenset(header["stems"]), starts),
        _index(parts, "features"),
        _net(parts, header["activation"]),
        tuple(Head(field, kind, tuple(values)) for field, kind, values in header["heads"]),
        header["thresholds"],
        header["recipe"],
    )


def _open(packed: memoryview) -> tuple[dict[str, Any], memoryview]:
    start = len(_MAGIC) + _FRAME.size
    if packed[: len(_MAGIC)] != _MAGIC or len(packed) < start + _HASH_BYTES:
        raise ValueError("is no file of this program, or is cut")
    version, size = _FRAME.unpack_from(packed, len(_MAGIC))
    if version != _VERSION:
        raise ValueError(f"has format {version}; this program reads format {_VERSION}")
    if hashlib.sha256(packed[:-_HASH_BYTES]).digest() != packed[-_HASH_BYTES:]:
        raise ValueError("is damaged: its checksum does not fit")
    return json.loads(zlib.decompress(packed[start : start + size])), packed[start + size : -_HASH_BYTES]


def _list_parts(model: Model) -> Iterator[tuple[str, Part]]:
    lexicon = model.lexicon
    yield "tongue.weights", lexicon.tongue.weights
    for name, index in (
        ("nodes", lexicon.nodes),
        ("tongue", lexicon.tongue.places),
        ("features", model.features),
    ):
        yield f"{name}.keys", index.keys
        yield f"{name}.checks", index.checks
        yield f"{name}.values", index.values
    yield "rows", model.net.rows
    for name in _OF_NET:
        yield name, getattr(model.net, name)


def _net(parts: Mapping[str, Part], activation: Literal["tanh", "relu"]) -> Net:
    idea_scales, letter_scales, bias, weights, output_bias = (_array(parts[name]) for name in _OF_NET)
    return Net(_bytes(parts["rows"]), idea_scales, letter_scales, bias, weights, output_bias, activation)


def _list_starts(starts: Mapping[Kind, Mapping[str, frozenset[str]]]) -> dict[str, dict[str, list[str]]]:
    return {
        kind: {first: sorted(seconds) for first, seconds in pairs.items()} for kind, pairs in starts.items()
    }


def _index(parts: Mapping[str, Part], name: str) -> Index:
    return Index(
        _array(parts[f"{name}.keys"]), _array(parts[f"{name}.checks"]), _array(parts[f"{name}.values"])
    )


def _kind_of(part: Part) -> str:
    return "" if isinstance(part, bytes) else part.typecode


def _as_bytes(part: Part) -> bytes:
    return part if isinstance(part, bytes) else _turn(array(part.typecode, part)).tobytes()


def _as_part(kind: str, plain: bytes) -> Part:
    return _turn(array(kind, plain)) if kind else plain


def _turn(part: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        part.byteswap()
    return part


def _array(part: Part) -> array[Any]:
    if isinstance(part, bytes):
        raise TypeError("a table is no table")
    return part


def _bytes(part: Part) -> bytes:
    if not isinstance(part, bytes):
        raise TypeError("a table is no table")
    return part
