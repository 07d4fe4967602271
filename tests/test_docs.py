"""The documents keep up with the code: what they name exists, and what exists is named."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main

from bot.commands.tree import app
from bot.store.dump import KEPT, LEFT_OUT
from bot.store.schema import metadata

TOP = Path(__file__).resolve().parent.parent
OPERATORS = TOP / "docs" / "operators.md"
PAGES = [TOP / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")] + sorted(
    path for path in (TOP / "docs").rglob("*.md")
)

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_PATH = re.compile(r"(?:bot|tests|scripts|flows|docs)/[\w./-]+\.(?:py|sh|toml|md|svg)\b")
_PLACE = re.compile(r"((?:bot|tests|scripts)/[\w/]+\.py):(?!:)([A-Za-z_][\w.]*)")
_MODULE = re.compile(r"\bbot(?:\.[a-z_]\w*)*(?:\.[A-Z_]\w*)*\b")
_TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
_COMMAND = re.compile(r"\bfrontdoor ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+(?:-[a-z]+)*))?")
_TARGET = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)
_TOLD = re.compile(r"[\s`]+")


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _name(page: Path) -> str:
    return str(page.relative_to(TOP))


def _codes(text: str) -> str:
    """Everything that is set as code, which is where names of ours stand."""
    return "\n".join(_CODE.findall(text))


def _slug(heading: str) -> str:
    """Make the anchor of a heading as code hosts do."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _names_in(path: Path) -> set[str]:
    """Every name that a module defines, with the members of its classes as `Class.member`."""

    def collect(body: list[ast.stmt], prefix: str) -> Iterator[str]:
        for node in body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield prefix + name
                case ast.ClassDef(name=name, body=inner):
                    yield prefix + name
                    yield from collect(inner, f"{prefix}{name}.")
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    yield prefix + name

    return set(collect(ast.parse(_read(path)).body, ""))


def _find_module(dotted: str) -> tuple[Path, str] | None:
    """Find the longest part of a dotted name that is a module; the rest is a name within it."""
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        base = TOP.joinpath(*parts[:size])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path, ".".join(parts[size:])
    return None


def _leaf_commands() -> set[str]:
    root = typer.main.get_command(app)

    def walk(command: click.Command, path: str) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield path
        else:
            for name, one in inner.items():
                yield from walk(one, f"{path} {name}".strip())

    return set(walk(root, ""))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    """A link names a file that is there, and an anchor a heading of it."""
    for found in _LINK.finditer(_read(page)):
        target = found[1] or found[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{_name(page)} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", _read(path), re.MULTILINE)
            assert anchor in {_slug(heading) for heading in headings}, f"{_name(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    """A path set as code is a file of ours."""
    missing = sorted({name for name in _PATH.findall(_codes(_read(page))) if not (TOP / name).exists()})

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_function_that_is_named_exists(page: Path) -> None:
    """`path.py:name` is defined in that file, members of classes included."""
    places = set(_PLACE.findall(_codes(_read(page))))
    missing = sorted(f"{path}:{name}" for path, name in places if name not in _names_in(TOP / path))

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_module_that_is_named_exists(page: Path) -> None:
    """`bot.module.Name` is a module of ours and a name in it."""
    missing = []
    for dotted in sorted(set(_MODULE.findall(_codes(_read(page)))) - {"bot"}):
        found = _find_module(dotted)
        if found is None or (found[1] and found[1] not in _names_in(found[0])):
            missing.append(dotted)

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    """A defence is only claimed with a test that is there."""
    named = set(_TEST.findall(_read(page)))
    missing = sorted(
        f"{path}::{name}"
        for path, name in named
        if not (TOP / path).exists() or name not in _names_in(TOP / path)
    )

    assert missing == []


def test_every_threat_has_a_status_and_those_defended_now_name_a_test() -> None:
    """T1 to T32 stand in the table once each; "now" and "partly" say how one can see it."""
    rows = re.findall(
        r"^\| (T\d+) \| [^|]+ \| ([^|]+) \| (.+) \|$", _read(TOP / "docs" / "THREAT-MODEL.md"), re.MULTILINE
    )

    assert [f"T{number}" for number in range(1, 33)] == [row[0] for row in rows]
    for threat, status, says in rows:
        assert set(re.split(r"[, ]+", status)) <= {"now", "partly", "later", "operator"}, threat
        if status.startswith("now"):
            assert _TEST.search(says), threat
        if status.startswith("partly"):
            assert "Missing:" in says or _TEST.search(says), threat


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    """`frontdoor x y` can be typed."""
    leaves = _leaf_commands()
    groups = {leaf.partition(" ")[0] for leaf in leaves}
    for first, second in set(_COMMAND.findall(_codes(_read(page)))):
        assert first in groups, f"frontdoor {first}"
        assert first in leaves or f"{first} {second}" in leaves, f"frontdoor {first} {second}"


def test_every_command_is_told_to_operators() -> None:
    """Nobody has to find a command by chance."""
    told = _read(OPERATORS)

    assert sorted(leaf for leaf in _leaf_commands() if f"`frontdoor {leaf}`" not in told) == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    """`make x` works."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", _read(TOP / "Makefile"), re.MULTILINE))

    assert set() == set(_TARGET.findall(_codes(_read(page)))) - targets


@pytest.mark.parametrize("script", ["settings_table.py", "house.py"])
def test_what_is_generated_is_fresh(script: str) -> None:
    """The settings table and the drawing of the house are those of the code as it is."""
    ran = subprocess.run(
        [sys.executable, f"scripts/{script}", "--check"], cwd=TOP, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")


def _refusals() -> Iterator[tuple[str, str]]:
    """Give every refusal of the start: where it is raised, and its longest fixed piece of words."""
    for path in sorted((TOP / "bot").rglob("*.py")):
        raised = {"ConfigError", "ValueError"} if path.name == "settings.py" else {"ConfigError"}
        for node in ast.walk(ast.parse(_read(path))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in raised
                and node.args
                and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
            ):
                pieces = (
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )
                yield f"{_name(path)}:{node.lineno}", max(pieces, key=len)


def test_every_refusal_is_told_to_operators_with_its_mend() -> None:
    """Whoever meets a refusal can look it up by its words."""
    told = _TOLD.sub(" ", _read(OPERATORS))
    untold = [(place, says) for place, says in _refusals() if _TOLD.sub(" ", says).strip() not in told]

    assert untold == []


def test_every_incident_is_told_to_operators() -> None:
    """Whoever reads a log can look up what an event means."""
    named = re.compile(r"log_incident\(\w+, \"([^\"]+)\"")
    events = {event for path in (TOP / "bot").rglob("*.py") for event in named.findall(_read(path))}

    assert sorted(event for event in events if f"`{event}`" not in _read(OPERATORS)) == []


def test_every_table_is_told_to_operators_who_make_back_ups() -> None:
    """R20: copied or left out on purpose, as the command does it; one that is forgotten is lost with the first restore."""
    text = _read(OPERATORS)
    section = text[text.index("## Back-up") : text.index("## Upgrade")]
    copied, left_out = (
        re.findall(r"`(\w+)`", _find(rf"^.*\b{start}: (.+)$", section))
        for start in ("Copied", "Never copied")
    )
    assert sorted(copied) == sorted(KEPT)
    assert sorted(left_out) == sorted(LEFT_OUT)
    assert sorted([*copied, *left_out]) == sorted([*metadata.tables, "alembic_version"])


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, pattern
    return found[1]


def test_the_readme_names_the_two_commands_and_who_to_call() -> None:
    """The first page is enough to start, and to find a human."""
    readme = _read(TOP / "README.md")

    assert "make run " in readme
    assert "make test " in readme
    assert all(number in readme.split("## ")[0] for number in ("113", "110", "02-6605-7373", "2026-02"))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_document_names_a_machine_or_a_package_host(page: Path) -> None:
    """What is published holds no path of somebody's machine and no download address."""
    assert not re.search(r"/home/|/root/|/Users/|--(extra-)?index-url", _read(page))


def test_the_index_lists_every_document() -> None:
    """docs/README.md is whole."""
    index = _read(TOP / "docs" / "README.md")
    listed = {(TOP / "docs" / target).resolve() for target, _ in _LINK.findall(index) if ":" not in target}

    pages = {page for page in (TOP / "docs").rglob("*.md") if page.name != "README.md"}

    assert sorted(_name(page) for page in pages - listed) == []
