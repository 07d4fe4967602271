"""
Everything about migrations that takes long, and what is done at a release.

    python -m tests.migrations freeze                            # the newest schema, and rows that the code at hand writes
    python -m tests.migrations freeze 0003 --commit v0.4.0       # an older one, with rows that the code of that commit writes
    python -m tests.migrations kill [--points N] [--seed S]      # kill a migration everywhere, on both databases
    python -m tests.migrations beside 0003 --commit v0.4.0       # migrate while the code of that commit talks with people
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.migrate import head, upgrade
from tests.chaos.__main__ import run_server
from tests.conftest_postgres import _database
from tests.end_to_end.programs import ROOT
from tests.migrations.beside import run_in, talk_beside
from tests.migrations.databases import read_rows, read_schema
from tests.migrations.frozen import RELEASES, save_rows, save_schema
from tests.migrations.killing import run_all


def main() -> int:
    """Do what was asked for."""
    asked = _read_arguments()
    if asked.what == "kill":
        return run_all(points=asked.points, seed=asked.seed)
    revision = asked.revision or head()
    with _tree(asked.commit) as tree:
        if asked.what == "beside":
            return talk_beside(revision, tree)
        return _freeze(revision, tree, even_released=asked.even_released)


def _freeze(revision: str, tree: Path, *, even_released: bool) -> int:
    if revision in RELEASES.values() and not even_released:
        print(f"{revision} was released: a change goes into a new migration", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (f"sqlite+aiosqlite:///{Path(folder) / name}.sqlite3" for name in ("ours", "theirs"))
        upgrade(ours, revision)
        run_in(tree, "filling.py", theirs)
        if read_schema(ours) != read_schema(theirs):
            print(f"the code of that commit has another schema than {revision} is here", file=sys.stderr)
            return 1
        save_schema(revision, "sqlite", read_schema(ours))
        save_rows(revision, read_rows(theirs))
    with run_server() as server, _database(server, template="template1") as url:
        upgrade(url, revision)
        save_schema(revision, "postgres", read_schema(url))
    print(f"{revision} is frozen")
    return 0


@contextmanager
def _tree(commit: str) -> Iterator[Path]:
    """Give the files of a commit, or those at hand. CalledProcessError: git does not know it."""
    if not commit:
        yield ROOT
        return
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["git", "archive", commit, "bot", "tests", "flows", "locales", "pyproject.toml"],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
        yield Path(folder)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.migrations", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", choices=("freeze", "kill", "beside"))
    parser.add_argument("revision", nargs="?", default="")
    parser.add_argument("--commit", default="", help="whose code writes; the one at hand if empty")
    parser.add_argument("--even-released", action="store_true", help="freeze anew what people have already")
    parser.add_argument(
        "--points", type=int, default=0, help="at most so many kills on each way; 0: everywhere"
    )
    parser.add_argument("--seed", type=int, default=0, help="a new one if 0")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
