"""
Write what the programs are made of, as CycloneDX 1.6: every locked requirement of requirements/run.txt, and the fonts we carry.

    .venv/bin/python -m scripts.sbom build/sbom.cdx.json

It is made from the lock alone, so it is the same wherever it is made, and says nothing of a host: the hashes tell what a file must
be, from wherever it came. Whoever looks for known weaknesses gives it to a scanner. Source: CycloneDX 1.6 (ECMA-424), SECURITY T29.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
LOCK = TOP / "requirements" / "run.txt"
FONTS = TOP / "bot" / "desk" / "paper" / "fonts"
#: `name==version ; marker` and then its hashes, as scripts/lock.sh writes them.
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")
#: Under this name serial numbers are made, so that the same lock has the same one.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:frontdoor:sbom")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One locked requirement. `marker`: where it is needed; everywhere if empty. `hashes`: SHA-256 of each file that it may be."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL, by which scanners know it."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(text: str) -> list[Pinned]:
    """Read a lock. ValueError: a line is neither a pinned requirement nor a hash, or something has no hash."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in filter(None, text.splitlines()):
        if hashed := _HASH.match(line):
            found[-1][1].append(hashed[1])
        elif pinned := _PINNED.match(line):
            found.append((pinned, []))
        else:
            raise ValueError(f"neither a pinned requirement nor a hash: {line}")
    if loose := [pinned["name"] for pinned, hashes in found if not hashes]:
        raise ValueError(f"without a hash: {', '.join(loose)}")
    return [Pinned(one["name"], one["version"], one["marker"] or "", tuple(hashes)) for one, hashes in found]


def write_sbom(lock: str, project: Mapping[str, Any], fonts: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the inventory. The same three make the same inventory, to the byte."""
    pinned = read_lock(lock)
    ours = f"pkg:generic/{project['name']}@{project['version']}"
    asked = {_normalise(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in project["dependencies"]}
    components = [*map(_describe, pinned), *(_describe_font(*font) for font in sorted(fonts.items()))]
    direct = [one.purl for one in pinned if _normalise(one.name) in asked]
    inventory = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": ours, "dependsOn": direct}],
        # A lock says what is there, and not which of it asked for which.
        "compositions": [{"aggregate": "complete", "assemblies": [ours]}],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(inventory, sort_keys=True))
    return {**inventory, "serialNumber": f"urn:uuid:{serial}"}


def read_all() -> dict[str, Any]:
    """Return the inventory of what lies here."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    fonts = {path.name: path.read_bytes() for path in _list_fonts()}
    return write_sbom(LOCK.read_text(encoding="utf-8"), project, fonts)


def main() -> int:
    """Write it to the file that is named."""
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    inventory = read_all()
    out.write_text(json.dumps(inventory, indent=1) + "\n", encoding="utf-8")
    print(f"{out}: {len(inventory['components'])} components")
    return 0


def _list_fonts() -> Iterator[Path]:
    yield from (path for path in sorted(FONTS.iterdir()) if path.suffix in {".ttf", ".otf"})


def _describe(one: Pinned) -> dict[str, Any]:
    where = {"properties": [{"name": "frontdoor:marker", "value": one.marker}]} if one.marker else {}
    return {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "hashes": [{"alg": "SHA-256", "content": each} for each in one.hashes],
        **where,
    }


def _describe_font(name: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {
        "type": "file",
        "bom-ref": f"font:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _normalise(name: str) -> str:
    """Source: PEP 503, normalised names."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
