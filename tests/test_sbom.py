"""T29: what the programs are made of is locked by hashes, nothing is installed without them, and the inventory names it all."""

from __future__ import annotations

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scripts.sbom import LOCK, TOP, read_all, read_lock

LOCKS = sorted((TOP / "requirements").glob("*.txt"))
_INSTALLS = re.compile(r"pip\b.*\binstall\b|\$\(PIP\)")
#: A host, as an address or a setting of an installer would name it.
_HOST = re.compile(r"https?://|--index-url|--extra-index-url|--find-links|[a-z0-9-]+\.(org|io|com|net)\b")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    """T29: one version each, with the hash of every file that it may be, and no host to fetch it from."""
    text = lock.read_text(encoding="utf-8")
    pinned = read_lock(text)
    assert pinned
    assert _HOST.search(text) is None
    by_place = [(one.name, one.marker) for one in pinned]
    assert len(set(by_place)) == len(by_place)


@pytest.mark.parametrize(
    "line", ["aiohttp>=3", "aiohttp==3.14.5", "-e .", "git+ssh://somewhere/x", "aiohttp==3.14.5 \\"]
)
def test_what_is_not_pinned_and_hashed_is_refused(line: str) -> None:
    """T29: a range, a bare version, a folder, a repository, a version whose hashes are missing."""
    good = "zlib==1 \\\n    --hash=sha256:" + "0" * 64
    assert [one.name for one in read_lock(good)] == ["zlib"]
    with pytest.raises(ValueError, match=r"neither|without"):
        read_lock(f"{good}\n{line}\n")


def test_nothing_is_installed_without_its_hashes() -> None:
    """T29: every line that installs asks for hashes, or installs ourselves and nothing that we need."""
    for name in ("Makefile", ".ci/run"):
        for line in (TOP / name).read_text(encoding="utf-8").splitlines():
            if _INSTALLS.search(line) and not line.startswith("PIP :="):
                assert "--require-hashes" in line or ("--no-deps" in line and "-e ." in line), line


def test_the_inventory_names_every_locked_requirement_and_no_host() -> None:
    """T29: with version, package URL and every hash; what asks for it is told apart; the same lock makes the same bytes."""
    inventory = read_all()
    pinned = read_lock(LOCK.read_text(encoding="utf-8"))
    told = {one["bom-ref"]: one for one in inventory["components"]}
    for one in pinned:
        component = told[one.purl]
        assert (component["name"], component["version"]) == (one.name, one.version)
        assert tuple(each["content"] for each in component["hashes"]) == one.hashes
    assert len(told) == len(inventory["components"]) > len(pinned)  # and the fonts
    [root] = inventory["dependencies"]
    assert root["ref"] == inventory["metadata"]["component"]["bom-ref"]
    assert set(root["dependsOn"]) <= told.keys()
    assert len(root["dependsOn"]) >= len(_list_asked_for())
    assert _HOST.search(json.dumps(inventory)) is None
    assert json.dumps(read_all()) == json.dumps(inventory)


def test_the_programs_import_nothing_that_is_not_in_the_inventory() -> None:
    """T29: a library that comes along with another one is locked too; nothing else is reached for."""
    names = {one.name for one in read_lock(LOCK.read_text(encoding="utf-8"))}
    owners = packages_distributions()
    for module in _list_imported():
        known = {_normalise(owner) for owner in owners.get(module, [])}
        assert not known or known & names, (module, known)


def _list_asked_for() -> list[str]:
    return re.findall(
        r'^  "([a-z0-9-]+)', (TOP / "pyproject.toml").read_text().split("[project.optional")[0], re.MULTILINE
    )


def _list_imported() -> set[str]:
    found = set()
    for path in (TOP / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"bot"}


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
