"""What the desk does by itself as time goes by: erasing what is due, looking at test handoffs, destroying vaults that were set aside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import exc

from bot.desk.clock_mark import MARK, ClockMark
from bot.desk.newest_tests import LATE_AFTER, Newest, choose_newest
from bot.desk.vaults.removing import ASIDE_FOR
from bot.errors import ConfigError, StoreDown
from bot.keys import read_signers
from bot.keys.places import VAULTS
from bot.keys.vault_files import VaultFiles
from bot.pack import load_pack
from bot.ports.sealing_tests import AHEAD
from bot.settings import Settings
from bot.store.looking import look
from bot.store.migrate import current, head
from bot.store.sealing_tests_desk import find_newest_by
from bot.wiring.checks.finding import Finding, refuse, warn, well
from bot.wiring.checks.keys import is_public_alone
from bot.wiring.common import takes_handoffs

_KEEP_PUBLIC: Final = (
    "see that `frontdoor serve` runs with its keys, and that both clocks are right; it sends one every hour"
)
_IS_ODD: Final = (
    "one of the newest test handoffs is not signed by anybody of signers.d, or not sealed as it says"
)
_CARRY_SIGNERS: Final = "carry the public host's signers.d/*.pub here if its signing key was renewed; if not: docs/keys.md, A key is stolen"


def check_erasing(settings: Settings) -> Iterator[Finding]:
    """Whether somebody looks what is due, and whether the clock is believed: else nothing is erased, and people were told so."""
    if is_public_alone(settings.data_dir):
        return
    path, now = settings.data_dir / MARK, datetime.now(UTC)
    try:
        doubted = ClockMark(path).find_doubt(now)
    except StoreDown as fault:
        yield refuse("clock", f"{path}: {fault}, so nothing is erased", "look at its owner and its content")
        return
    if doubted:
        yield warn(
            "clock",
            f"nothing is erased: the desk last looked on {doubted:%Y-%m-%d}, and the clock says {now:%Y-%m-%d}",
            "if the clock is right, run `frontdoor handoffs erase-due --even-so`, then keep `frontdoor office` running",
        )
    elif not path.exists():
        yield warn(
            "clock",
            "nobody has looked yet what is to be erased",
            "keep `frontdoor office` running at the desk",
        )
    else:
        yield well("clock", "somebody looks what is to be erased")


def check_vaults_aside(settings: Settings) -> Iterator[Finding]:
    """Vaults that were taken away and should be gone: they still hold keys, under the words of whoever had them."""
    today = datetime.now(UTC).date()
    aside = VaultFiles(settings.data_dir / VAULTS).list_aside()
    late = [one.name for one in aside if not today - ASIDE_FOR <= one.day <= today]
    if late:
        yield warn(
            "leftovers",
            f"vaults set aside more than {ASIDE_FOR.days} days ago, or with a day that is none: {', '.join(late)}",
            "the office destroys them unless one is the last with a recipient's key: docs/keys.md, Taking vaults away",
        )
    elif aside:
        yield well("leftovers", f"{len(aside)} vaults set aside, for {ASIDE_FOR.days} days each")


def check_sealing_test(settings: Settings) -> Iterator[Finding]:
    """How old the newest test handoff is, and whether we signed it. The public side may not read it, so its own host says nothing."""
    if is_public_alone(settings.data_dir) or not takes_handoffs(settings, load_pack()):
        return
    now = datetime.now(UTC)
    try:
        if current(settings.database) != head():
            return  # the database's own check says it
        newest = _find_newest(settings, now)
    except (ConfigError, StoreDown, exc.ProgrammingError):
        return  # as above, or the signers'; or it is the public side's role
    yield _judge_newest(newest, now)


def _find_newest(settings: Settings, now: datetime) -> Newest:
    signers = read_signers(settings.data_dir)
    names = [one.fingerprint for one in signers]
    found = look(
        settings.database,
        lambda conn: find_newest_by(conn, names, since=now - LATE_AFTER, until=now + AHEAD),
    )
    return choose_newest(found, signers, now)


def _judge_newest(newest: Newest, now: datetime) -> Finding:
    if newest.hour is None:
        return warn("handoffs", "no test handoff has come yet", _KEEP_PUBLIC)
    if newest.is_odd:
        return warn("handoffs", _IS_ODD, _CARRY_SIGNERS)
    age = max(now - newest.hour, timedelta(0))
    says = f"the newest test handoff is of {newest.hour:%Y-%m-%d %H:%M} UTC, {age // timedelta(hours=1)} hours old"
    return warn("handoffs", says, _KEEP_PUBLIC) if age > LATE_AFTER else well("handoffs", says)
