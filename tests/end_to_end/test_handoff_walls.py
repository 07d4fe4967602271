"""
T10: the public program seals, and could open nothing if it tried. Four walls, each tried for itself.

Nothing that opens is loaded; no key that opens is within its reach; its database role and SQLite's own check refuse to
read, change or remove what is sealed; and with all that it does its whole work.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from pyrage import DecryptError, IdentityError, decrypt, x25519
from sqlalchemy import exc, text

from bot.core.inputs import Tapped, Typed
from bot.core.model import ChoiceId
from bot.desk.identity import load_identities
from bot.desk.opening import Opener
from bot.form.record import read_record
from bot.keys import read_recipients, read_signers
from bot.ports import Inbound
from bot.ports.desk import StoredHandoff
from bot.settings import Settings
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.grants import grant
from bot.store.handoffs_desk import open_desk_handoffs
from bot.wiring.common import prepare
from bot.wiring.talking import Talking, open_talking
from tests.end_to_end.handoff_people import CONSENT, NOTICES, SHORT_WAY, read_receipt
from tests.end_to_end.service import load_pack_once
from tests.store.conftest import FRONT_ROLE, OFFICE_ROLE, as_role, make_role

ROOT = Path(__file__).parent.parent.parent
#: What opens, what writes files for the desk, and what only the desk does with keys.
OFFICE_ONLY = (
    "bot.desk", "bot.office", "bot.wiring.desk", "bot.wiring.office", "bot.commands.keys", "bot.commands.handoffs",
    "bot.store.handoffs_desk", "bot.store.sealing_tests_desk", "bot.store.office", "bot.store.staff", "bot.keys.challenge",
    "bot.keys.changing",
    "typst", "xlsxwriter",
)  # fmt: skip
SEALED = ("handoff", "consent_record", "handoff_request")


# ─── Nothing that opens is loaded ─────────────────────────────────────────────

LOADS = {
    "the wiring": "import bot.wiring.front",
    "the poller": "import bot.wiring.poll",
    "what runs it": "import bot.programs, bot.wiring.checking, bot.wiring.front",
    "the command": "import bot.__main__, bot.commands.service, bot.programs, bot.wiring.checking, bot.wiring.front",
    "one that is open": """
import asyncio
from pathlib import Path
from bot.settings import Settings
from bot.wiring.common import prepare
from bot.wiring.front import open_front
settings = Settings(_env_file=None, data_dir=Path("var").absolute())
prepare(settings)
async def run():
    async with open_front(settings):
        pass
asyncio.run(run())
""",
}


@pytest.mark.parametrize("program", LOADS.values(), ids=LOADS.keys())
def test_the_public_program_loads_nothing_that_opens(tmp_path: Path, program: str) -> None:
    """In a fresh interpreter: not directly, and not by anything that it loads."""
    loaded = list_loaded(tmp_path, program)
    assert "bot.sealing" in loaded
    assert find_office(loaded) == []


def test_the_desk_does_load_them(tmp_path: Path) -> None:
    """Otherwise the names above would prove nothing."""
    loaded = list_loaded(
        tmp_path,
        "import bot.commands.handoffs, bot.commands.keys, bot.wiring.office, bot.keys.challenge, typst",
    )
    missed = [
        name for name in OFFICE_ONLY if not find_office([each for each in loaded if within(each, name)])
    ]
    assert missed == []


def list_loaded(folder: Path, program: str) -> list[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("FRONTDOOR_", "COVERAGE"))
    }
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout.splitlines()[-1]))


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def find_office(loaded: Iterable[str]) -> list[str]:
    return [module for module in loaded if any(within(module, part) for part in OFFICE_ONLY)]


# ─── The whole work, behind the walls ─────────────────────────────────────────


@dataclass
class Caller:
    """Somebody on the web who talks with the runner itself."""

    talking: Talking
    user_id: str = "s" * 43
    deliveries: int = 0

    async def do(self, what: Any) -> str:
        self.deliveries += 1
        inbound = Inbound("web", self.user_id, f"delivery-{self.deliveries}", what)
        reply = await self.talking.runner.attempt(inbound)
        assert reply is not None
        return "\n".join(reply.bubbles)

    async def tap(self, *choices: str) -> str:
        said = ""
        for choice in choices:
            stored = await self.talking.store.look(self.talking.runner.vault.person_key("web", self.user_id))
            assert stored is not None
            session = stored.session
            said = await self.do(Tapped(ChoiceId(choice), session.visit, session.turn))
        return said

    async def send(self) -> str:
        """Walk the whole way in the chat; returns the receipt."""
        await self.do(Typed("嗨"))
        await self.tap(*(choice for _, choice in (*SHORT_WAY, *NOTICES)), "chat")
        for words in ("林小雨", "34", "0912345678"):
            await self.do(Typed(words))
        await self.tap(*["skip"] * 7, "done", "done", "skip", "fine", *(choice for _, choice in CONSENT))
        return read_receipt(await self.tap("send"))

    async def ask_back(self, receipt: str) -> str:
        await self.do(Typed(receipt))
        return await self.tap("withdraw", "withdraw_yes")


@asynccontextmanager
async def open_public(settings: Settings) -> AsyncIterator[Talking]:
    async with open_talking(settings, load_pack_once()) as talking:
        yield talking


def make_settings(folder: Path, url: str) -> Settings:
    return Settings(_env_file=None, data_dir=folder / "var", database_url=url)  # type: ignore[call-arg]  # no .env


@pytest.fixture
def owner(tmp_path: Path, database_url: str) -> Settings:
    """Settings of whoever owns the database; the data directory is filled."""
    settings = make_settings(tmp_path, database_url)
    prepare(settings)
    return settings


@pytest.fixture
def public(request: pytest.FixtureRequest, tmp_path: Path, owner: Settings, database_url: str) -> Settings:
    """Settings of the public program: on PostgreSQL another role."""
    if database_url.startswith("postgresql"):
        for role in (FRONT_ROLE, OFFICE_ROLE):
            make_role(request.getfixturevalue("postgres_server"), role)
        grant(database_url, front_role=FRONT_ROLE, office_role=OFFICE_ROLE)
    return make_settings(tmp_path, as_role(database_url, FRONT_ROLE))


async def list_stored(owner: Settings) -> list[StoredHandoff]:
    desk = open_desk_handoffs(owner.database)
    stored = list(await desk.list_handoffs())
    await desk.close()
    return stored


async def test_behind_the_wall_a_whole_handoff_is_made_and_none_is_reached(
    owner: Settings, public: Settings
) -> None:
    """T10: sent, asked about, asked back; then reading, changing and removing it is refused, and it is as it was."""
    async with open_public(public) as talking:
        caller = Caller(talking)
        receipt = await caller.send()
        assert "113" in await caller.ask_back(receipt)
        await talking.store.sweep(talking.runner.clock())
        before = await list_stored(owner)
        own: Database = talking.store._db
        for table in SEALED:
            for statement in (
                f"SELECT * FROM {table}",  # noqa: S608 - our own table names
                f"SELECT blob FROM {table}",  # noqa: S608 - as above
                f"UPDATE {table} SET blob = signature",  # noqa: S608 - as above
                f"DELETE FROM {table}",  # noqa: S608 - as above
            ):
                await require_refused(own, statement)
    [one] = await list_stored(owner)
    assert [one] == before
    assert [request.kind for request in one.requests] == ["withdraw"]
    assert open_with(owner.data_dir, one).fields["name"] == "林小雨"


async def require_refused(database: Database, statement: str) -> None:
    with pytest.raises(exc.DBAPIError, match=r"prohibited|not authorized|permission denied"):
        await database.write(lambda conn: conn.run(text(statement)))


def open_with(data_dir: Path, one: StoredHandoff) -> Any:
    opener = Opener(load_identities(data_dir), read_signers(data_dir))
    return read_record(opener.open(one.sealed, purpose="handoff", name=one.id, at=one.created_at))


async def test_the_same_statements_pass_for_the_owner(owner: Settings, public: Settings) -> None:
    """It is the wall that refuses, and not a mistake in the statement."""
    async with open_public(public) as talking:
        await Caller(talking).send()
    database = Database(make_engine(owner.database))
    for statement in (
        "SELECT blob FROM handoff",
        "UPDATE handoff SET blob = signature",
        "DELETE FROM handoff",
    ):
        await database.write(lambda conn, it=statement: conn.run(text(it)))  # type: ignore[misc]  # bound at once
    await database.close()
    assert [one.sealed.blob for one in await list_stored(owner)] == [b""]


# ─── No key that opens ────────────────────────────────────────────────────────


@pytest.fixture
def kept_elsewhere(tmp_path: Path, sqlite_url: str) -> Settings:
    """A data directory as the public host has it: what the desk holds is on another machine."""
    settings = make_settings(tmp_path, sqlite_url)
    prepare(settings)
    shutil.move(settings.data_dir / "desk", tmp_path / "elsewhere")
    return settings


async def test_without_the_desks_files_everything_goes_on(kept_elsewhere: Settings, tmp_path: Path) -> None:
    """Started anew without them it makes no other identity, and sends; the desk opens it where its files are."""
    prepare(kept_elsewhere)
    assert not list(kept_elsewhere.data_dir.rglob("*.identity"))
    async with open_public(kept_elsewhere) as talking:
        await Caller(talking).send()
    [one] = await list_stored(kept_elsewhere)
    shutil.copytree(tmp_path / "elsewhere", kept_elsewhere.data_dir / "desk", dirs_exist_ok=True)
    assert open_with(kept_elsewhere.data_dir, one).fields["birth"] == "34"


async def test_nothing_within_its_reach_opens_what_it_sealed(
    kept_elsewhere: Settings, tmp_path: Path
) -> None:
    """Every key, text and row of bytes in its memory and its directory is tried as an identity: none opens it."""
    async with open_public(kept_elsewhere) as talking:
        caller = Caller(talking)
        await caller.send()
        tried = {
            *find_keys(list_reached([talking, caller, kept_elsewhere])),
            *find_keys(read_files(kept_elsewhere)),
        }
    assert len(tried) > 5
    [one] = await list_stored(kept_elsewhere)
    assert not opens(tried, one)
    recipients = {each.public_key for each in read_recipients(kept_elsewhere.data_dir)}
    assert not recipients & {str(x25519.Identity.from_str(key).to_public()) for key in tried}

    shutil.move(tmp_path / "elsewhere", kept_elsewhere.data_dir / "desk")
    found = set(find_keys(read_files(kept_elsewhere)))  # the same search, where there is something to find
    assert opens(found - tried, one)


def opens(keys: Iterable[str], one: StoredHandoff) -> bool:
    identities = [x25519.Identity.from_str(key) for key in keys]
    try:
        return bool(decrypt(one.sealed.blob[1:], identities))
    except DecryptError:
        return False


def read_files(settings: Settings) -> Iterator[bytes]:
    """Read what lies in the data directory."""
    for path in settings.data_dir.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


def list_reached(roots: list[Any]) -> Iterator[bytes]:
    """Return every text and row of bytes that leads from these objects: settings, keys, caches, connections."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, bytes | bytearray):
            yield bytes(one)
        elif isinstance(one, str):
            yield one.encode("utf-8", "surrogatepass")
        elif not isinstance(one, ModuleType | type | FunctionType):
            waiting += gc.get_referents(one)
        elif isinstance(one, FunctionType) and one.__closure__:
            waiting += one.__closure__


def find_keys(texts: Iterable[bytes]) -> Iterator[str]:
    """Return all that could be an identity: what is written as one, and every 32 bytes that stand alone."""
    for raw in texts:
        for line in raw.split():
            if line.startswith(b"AGE-SECRET-KEY-1") and is_identity(line.decode("ascii", "replace")):
                yield line.decode()
        if len(raw) == 32:
            yield write_identity(raw)


def is_identity(line: str) -> bool:
    try:
        x25519.Identity.from_str(line)
    except IdentityError:
        return False
    return True


_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_PREFIX = "age-secret-key-"


def write_identity(raw: bytes) -> str:
    """Write 32 bytes as age writes an identity. Source: BIP 173; age-encryption.org/v1."""
    bits = "".join(f"{byte:08b}" for byte in raw)
    data = [int(bits[start : start + 5].ljust(5, "0"), 2) for start in range(0, len(bits), 5)]
    spread = [ord(char) >> 5 for char in _PREFIX] + [0] + [ord(char) & 31 for char in _PREFIX]
    check = _polymod([*spread, *data, *[0] * 6]) ^ 1
    tail = [check >> 5 * (5 - place) & 31 for place in range(6)]
    return (_PREFIX + "1" + "".join(_LETTERS[each] for each in (*data, *tail))).upper()


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate(_GENERATOR):
            checksum ^= factor if top >> place & 1 else 0
    return checksum


def test_thirty_two_bytes_are_tried_as_age_would_read_them() -> None:
    """A key that is written here is one to age; otherwise the search would try nothing."""
    assert is_identity(write_identity(bytes(range(32))))
    assert write_identity(bytes(range(32))) != write_identity(bytes(32))
    assert not is_identity("AGE-SECRET-KEY-1QQQ")
