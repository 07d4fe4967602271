"""
Checks payloads against LINE's published API description, when that file lies beside the repository.

The description types messages by `discriminator.mapping` on a base schema, which an ordinary
validator reads as "anything with a type". Here each such base becomes a choice by `type`, and a
property that the chosen schema does not know is a fault, so that a misspelt one is found.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "line"
DESCRIPTION = CONTRACTS / "messaging-api.yml"
_PREFIX = "#/components/schemas/"


def is_available() -> bool:
    return DESCRIPTION.is_file()


def find_faults(schema: str, payload: Any) -> list[str]:
    """Return what the API description refuses in this payload, e.g. for `ReplyMessageRequest`."""
    validator = _load_validator(schema)
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(payload)]


@functools.cache
def _load_validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": _load_definitions()})


@functools.cache
def _load_definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    for name, schema in _load_schemas().items():
        if "discriminator" not in schema:
            definitions[name] = _convert(schema)
            continue
        definitions[f"{name}.base"] = _convert({k: v for k, v in schema.items() if k != "discriminator"})
        definitions[name] = _choose_by_type(schema["discriminator"])
    return definitions


def _choose_by_type(discriminator: dict[str, Any]) -> dict[str, Any]:
    key, mapping = discriminator["propertyName"], discriminator["mapping"]
    return {
        "type": "object",
        "required": [key],
        "properties": {key: {"enum": sorted(mapping)}},
        "allOf": [
            {
                "if": {"properties": {key: {"const": value}}, "required": [key]},
                "then": {"$ref": _point(target), "unevaluatedProperties": False},
            }
            for value, target in mapping.items()
        ],
    }


def _convert(part: Any, *, inherits: bool = False) -> Any:
    """Copy a schema; a reference in `allOf` is inheritance, any other is a closed use of a type."""
    if isinstance(part, list):
        return [_convert(item, inherits=inherits) for item in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("$ref"), str):
        return {"$ref": _point(part["$ref"], base=inherits)}
    return {key: _convert(value, inherits=key == "allOf") for key, value in part.items()}


def _point(reference: str, *, base: bool = False) -> str:
    name = reference.removeprefix(_PREFIX)
    suffix = ".base" if base and name in _discriminated() else ""
    return f"#/$defs/{name}{suffix}"


@functools.cache
def _discriminated() -> frozenset[str]:
    return frozenset(name for name, schema in _load_schemas().items() if "discriminator" in schema)


@functools.cache
def _load_schemas() -> dict[str, Any]:
    # The C loader where there is one: the other takes seconds for this file.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with DESCRIPTION.open(encoding="utf-8") as description:
        return yaml.load(description, Loader=loader)["components"]["schemas"]  # noqa: S506  # both are safe
