"""Who may know whom, read from the source itself: the walls of docs/ARCHITECTURE.md hold at every commit."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.log import ALLOWED

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"

CORE = ("bot.core", "bot.errors")
PORTS = (*CORE, "bot.ports")
#: What each part may import of ours, itself apart. A new module must be given its place here.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "bot.errors": (),
    "bot.core": CORE,
    "bot.form": CORE,
    "bot.understanding": CORE,
    "bot.ports": CORE,
    "bot.log": (),
    "bot.failpoints": ("bot.errors",),
    "bot.origins": (),
    "bot.settings": ("bot.errors", "bot.origins"),
    "bot.runner": (*PORTS, "bot.log", "bot.taking", "bot.handing", "bot.failpoints"),
    "bot.taking": (*PORTS, "bot.handing", "bot.failpoints"),
    "bot.handing": (*PORTS, "bot.form", "bot.submitting"),
    "bot.page_desk": (*PORTS, "bot.handing", "bot.submitting"),
    "bot.submitting": (*PORTS, "bot.form", "bot.failpoints"),
    "bot.worker": (*PORTS, "bot.log", "bot.failpoints"),
    "bot.tallying": (*PORTS, "bot.log"),
    "bot.proving": (*PORTS, "bot.log"),
    "bot.limits": (),
    "bot.meter": (),
    "bot.draining": (),
    "bot.connections": (),
    "bot.limiting": (*PORTS, "bot.limits", "bot.log"),
    "bot.isolating": (*PORTS, "bot.limits", "bot.log"),
    "bot.slowing": PORTS,
    "bot.metrics": PORTS,
    # Adapters: never each other, never the two programs.
    "bot.channels": (*PORTS, "bot.log"),
    "bot.store": (*PORTS, "bot.log", "bot.failpoints"),
    "bot.crypto": PORTS,
    "bot.sealing": PORTS,
    "bot.keys": PORTS,
    "bot.voice": (*PORTS, "bot.form"),
    "bot.workdays": PORTS,
    "bot.notices": PORTS,
    "bot.pack": (*PORTS, "bot.form", "bot.voice"),
    # Tools for those who write flows.
    "bot.drawing": (*CORE, "bot.layout"),
    "bot.layout": CORE,
    "bot.play": CORE,
    # The two programs, which are handed ports.
    "bot.front": (*PORTS, "bot.form", "bot.log", "bot.failpoints", "bot.limits"),
    "bot.office": (*PORTS, "bot.form", "bot.desk", "bot.log", "bot.__init__"),
    # What opens handoffs: only programs of the office load it.
    "bot.desk": (*PORTS, "bot.form", "bot.log"),
}
#: They build everything from settings, so they may name anything: the composition root and its commands.
ROOTS = ("bot.wiring", "bot.programs", "bot.commands", "bot.__main__", "bot.__init__")
_IMPURE = {
    "asyncio",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "uuid",
}
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


@cache
def _modules() -> dict[str, ast.Module]:
    """Every module of ours by its dotted name."""
    paths = [path for path in BOT.rglob("*.py") if "migrations" not in path.parts]
    return {_name_of(path): ast.parse(path.read_text("utf-8"), str(path)) for path in sorted(paths)}


def _name_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name if name == "bot.__init__" else name.removesuffix(".__init__")


def _imports(name: str) -> set[str]:
    """Everything a module imports, also inside functions; names of ours as modules."""
    found: set[str] = set()
    for node in ast.walk(_modules()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & _modules().keys()) or {node.module or ""}
    return {"bot.__init__" if module == "bot" else module for module in found}


def _ours(name: str) -> set[str]:
    return {module for module in _imports(name) if module.startswith("bot.")}


def _is_within(module: str, parts: tuple[str, ...]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def _part_of(module: str) -> str | None:
    return next((part for part in MAY_IMPORT if _is_within(module, (part,))), None)


def _reach(module: str) -> set[str]:
    """Everything of ours that comes along with a module."""
    seen, waiting = set(), [module]
    while waiting:
        here = waiting.pop()
        if here in seen or here not in _modules():
            continue
        seen.add(here)
        waiting.extend(_ours(here))
    return seen


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, tree in _modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, node


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in _modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, node


# ─── Layers ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("module", _modules())
def test_every_module_has_its_place(module):
    """Either it has a layer with known neighbours, or it belongs to the composition root."""
    assert _part_of(module) or _is_within(module, ROOTS), f"give {module} its place in MAY_IMPORT"


@pytest.mark.parametrize("module", [name for name in _modules() if _part_of(name)])
def test_a_module_imports_its_own_layer_and_those_below(module):
    """Concrete adapters are named by the composition root alone."""
    part = _part_of(module)
    allowed = (part, *MAY_IMPORT[part])
    assert not {other for other in _ours(module) if not _is_within(other, allowed)}


def test_the_errors_import_nothing_of_ours():
    """Everybody may raise them."""
    assert not _ours("bot.errors")


@pytest.mark.parametrize("module", [name for name in _modules() if _is_within(name, ("bot.core",))])
def test_the_core_imports_the_standard_library_and_one_state_machine(module):
    """And nothing that could reach the world: no IO, no clock, no randomness."""
    others = {name.partition(".")[0] for name in _imports(module)} - {"bot"}
    assert others <= sys.stdlib_module_names | {"transitions"}
    assert not others & _IMPURE


def test_only_the_fence_knows_the_state_machine():
    """It is fenced in one place."""
    users = {name for name in _modules() if any(i.partition(".")[0] == "transitions" for i in _imports(name))}
    assert users == {"bot.core.fence"}


def test_the_core_never_waits_and_never_asks_the_time():
    """Values in, values out."""
    waiting = [name for name, node in _functions() if isinstance(node, ast.AsyncFunctionDef)]
    assert not [name for name in waiting if name.startswith("bot.core")]
    impure = {"open", "print", "now", "utcnow", "today", "input"}
    called = {(name, _called(call)) for name, call in _calls() if name.startswith("bot.core")}
    assert not {(name, what) for name, what in called if what in impure}


@pytest.mark.parametrize(
    ("program", "other"), [("bot.wiring.front", "bot.office"), ("bot.wiring.office", "bot.front")]
)
def test_the_two_programs_never_meet(program, other):
    """Neither brings the other along, however indirectly: the public one could not open a handoff if it tried."""
    assert len(_reach(program)) > 10
    assert not {module for module in _reach(program) if _is_within(module, (other,))}


def test_the_office_cannot_talk_to_people():
    """Nothing that answers or delivers comes along with it."""
    assert _reach("bot.wiring.office").isdisjoint({"bot.runner", "bot.worker", "bot.channels.line_client"})


# ─── Shape ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("module", _modules())
def test_no_module_is_a_drawer(module):
    """A name that could hold anything will."""
    assert not set(module.split(".")) & {
        "utils",
        "util",
        "helpers",
        "helper",
        "manager",
        "managers",
        "common_utils",
        "misc",
    }


def test_no_function_is_over_sixty_lines():
    """About ten is usual."""
    long = {
        f"{name}.{node.name}": node.end_lineno - node.lineno + 1
        for name, node in _functions()
        if node.end_lineno and node.end_lineno - node.lineno >= 60
    }
    assert not long


def test_no_file_is_over_four_hundred_lines():
    """It is split by idea before that."""
    assert not [str(path) for path in BOT.rglob("*.py") if len(path.read_text("utf-8").splitlines()) > 400]


# ─── Logs ─────────────────────────────────────────────────────────────────────


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _log_calls() -> list[tuple[str, ast.Call]]:
    return [
        (name, call)
        for name, call in _calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in _LEVELS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"_log", "log", "logger", "_logger", "logging"}
        and name != "bot.log"
    ]


def test_what_we_log_is_a_constant():
    """A message that is put together could hold what a person wrote."""
    assert _log_calls()
    for name, call in _log_calls():
        assert len(call.args) == 1, (name, call.lineno)
        assert isinstance(call.args[0], ast.Constant), (name, call.lineno)
    for name, call in _calls():
        if _called(call) == "log_incident":
            assert isinstance(call.args[1], ast.Constant), (name, call.lineno)


def test_what_goes_beside_it_is_on_the_allow_list():
    """A field that the formatter would drop is a mistake, or a temptation."""
    for name, call in _log_calls():
        for keyword in call.keywords:
            assert keyword.arg in {"extra", "exc_info"}, (name, call.lineno)
            if keyword.arg == "extra":
                assert isinstance(keyword.value, ast.Dict), (name, call.lineno)
                keys = {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
                assert keys <= set(ALLOWED), (name, call.lineno)


def test_nothing_prints_but_the_commands():
    """Standard output is for whoever runs a command."""
    allowed = ("bot.commands.serving", "bot.__main__", "bot.play", "bot.programs")
    assert not {
        name for name, call in _calls() if isinstance(call.func, ast.Name) and call.func.id == "print"
    } - set(allowed)
