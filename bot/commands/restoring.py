"""
What `frontdoor restore` does: puts a back-up into an empty place, and says what the operator must do then.

What the erasure ledger names is never written, not even for a moment. It overwrites no file and no row.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import typer

from bot.commands.backup_doubts import find_desk_signers
from bot.core.envelope import fingerprint
from bot.desk.acts import COMMAND, Act
from bot.desk.backups import MOST_DAYS, Content, open_backup, read_backup
from bot.desk.clock_mark import MARK, ClockDoubtful, ClockMark
from bot.desk.erasing import erase_what_is_over
from bot.desk.identity import load_identities
from bot.desk.ledger import Ledger
from bot.errors import ConfigError, Forged, StoreDown, Unreadable
from bot.keys import (
    MARKER,
    RECIPIENTS,
    SIGNERS,
    Side,
    create_signer,
    list_recipients,
    read_signers,
    refuse_demo,
)
from bot.keys.files import PUBLIC_MODE, SECRET_MODE, make_folder, offer
from bot.keys.keyfile import DEMO_SAYS
from bot.keys.places import SIGN_KEYS
from bot.settings import Settings
from bot.store.dump import Dump, TableDump, put_dump, refuse_full
from bot.store.office import OfficeStore
from bot.wiring.auditing import open_audit_log
from bot.wiring.checks import refuse_full_disk
from bot.wiring.checks.backups import AHEAD
from bot.wiring.common import utc_now
from bot.wiring.desk import LEDGER, open_ledger

_KEYS: Final = re.compile(r"(recipients|signers|backup)\.d/[a-z0-9][a-z0-9.-]{0,80}\.(pub|pending|revoked)")
_LOG: Final = re.compile(r"desk/(audit-(anchor|checkpoints)|clock-mark)")
_MOST_COUNT: Final = 999_999
_OPEN_FOLDER: Final = 0o755


@dataclass(frozen=True, slots=True)
class Wish:
    """
    How to restore. `ledger`: the newest copy of `desk/erased-handoffs`; `without_ledger`: there is none.

    `signer`: the fingerprint of the desk's key on paper, where this host does not know it. `even_so`: also when too old.
    """

    identities: Sequence[Path]
    ledger: Path | None = None
    without_ledger: bool = False
    signer: str = ""
    even_so: bool = False
    only_looks: bool = False


def restore_backup(settings: Settings, file: Path, wish: Wish, *, ask: Callable[[Path], str]) -> None:
    """Restore a back-up, or only look into it. ConfigError: what is wrong, and nothing was changed."""
    now = utc_now()
    content = _open(settings, file, wish, ask)
    _tell_content(content, now)
    if wish.only_looks:
        return
    _refuse(settings, content, wish, now)
    refuse_full_disk(settings, "restore")
    refuse_full(settings.database)
    gone = _gather_erased(settings, content, wish)
    _place_files(settings, content)
    mark = _mark_clock(settings, content)
    ledger = open_ledger(settings)
    ledger.append(gone)
    dump = Dump(content.schema, tuple(TableDump(name, *table) for name, table in content.tables.items()))
    erased = frozenset(ledger.list_ids())
    put = _put(settings, dump, erased)
    left_out = content.count().get("handoff", 0) - put.get("handoff", 0)
    detail = {"left_out": min(left_out, _MOST_COUNT), **_say_age(content, now)}
    asyncio.run(_note(settings, ledger, mark, detail))
    typer.echo(
        f"restored: {', '.join(f'{name} {count}' for name, count in put.items() if count) or 'no rows'}"
    )
    typer.echo(f"left out, because they were erased: {left_out} handoffs")
    _tell_next(settings)


def _put(settings: Settings, dump: Dump, erased: frozenset[str]) -> Mapping[str, int]:
    try:
        return put_dump(settings.database, dump, erased=erased)
    except StoreDown as fault:
        raise ConfigError(
            f"restore: {fault}; the database got all of it or nothing. See that it runs and that its disk has room, then run it again"
        ) from None


def _open(settings: Settings, file: Path, wish: Wish, ask: Callable[[Path], str]) -> Content:
    """Read, check the signature, then decrypt."""
    try:
        sealed = read_backup(file.read_bytes())
        known = find_desk_signers(settings.data_dir) | {_spell(wish.signer)}
        if sealed.signer not in known:
            raise ConfigError(
                f"{file}: signed by {sealed.signer}, whom this host does not know; compare it with the desk's paper, "
                f"then say --signer '{sealed.signer}'"
            )
        return open_backup(sealed, load_identities(list(wish.identities), ask), known)
    except (Forged, Unreadable) as fault:
        raise ConfigError(f"{file}: {fault}; use another back-up, or another identity") from None


def _spell(told: str) -> str:
    digits = "".join(told.split()).lower()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def _refuse(settings: Settings, content: Content, wish: Wish, now: datetime) -> None:
    if content.demo != settings.is_demo:
        raise ConfigError(
            "restore: a back-up of a demo stays a demo, one of production needs FRONTDOOR_ENV=production; set it so"
        )
    if not settings.is_demo:
        refuse_demo(settings.data_dir)
    if now - content.made_at > timedelta(days=MOST_DAYS) and not wish.even_so:
        raise ConfigError(
            f"restore: the back-up is older than {MOST_DAYS} days and should have ended; --even-so restores it, if people "
            "would be lost otherwise"
        )
    odd = [name for name in content.files if not (_KEYS.fullmatch(name) or _LOG.fullmatch(name))]
    if odd:
        raise ConfigError("restore: the back-up holds files that no back-up of ours holds; it was not used")


def _gather_erased(settings: Settings, content: Content, wish: Wish) -> Sequence[str]:
    """Return every id that must not come back. ConfigError: nobody said where the newest ledger is."""
    if wish.ledger:
        return (*content.erased, *_read_ledger(wish.ledger))
    has_own = (settings.data_dir / LEDGER).is_file() and bool(open_ledger(settings).list_ids())
    if not has_own and not wish.without_ledger:
        raise ConfigError(
            "restore: name the newest copy of desk/erased-handoffs with --ledger, so that nothing erased returns; "
            "--without-ledger if there is none: then what was erased by hand after the back-up comes back"
        )
    return content.erased


def _read_ledger(path: Path) -> Sequence[str]:
    if not path.is_file():
        raise ConfigError(f"{path}: no such ledger; name the copy of desk/erased-handoffs")
    return Ledger(path).list_ids()


def _place_files(settings: Settings, content: Content) -> None:
    """Put files where none are. What is there stays: it is newer than any back-up."""
    folder = settings.data_dir
    make_folder(folder)
    if settings.is_demo:
        offer(folder / MARKER, f"{DEMO_SAYS}\n".encode())
    known = {one.public_key for one in list_recipients(folder)}
    for name, raw in content.files.items():
        path = folder / name
        make_folder(path.parent, _OPEN_FOLDER if _KEYS.fullmatch(name) else 0o700)
        if path.parent.name == str(SIGNERS):
            _place_signer(folder, path, raw)
        elif not (path.parent.name == str(RECIPIENTS) and _read_key(raw) in known):
            offer(path, raw, PUBLIC_MODE if _KEYS.fullmatch(name) else SECRET_MODE)
    sides: Sequence[Side] = ("desk", "front") if settings.is_demo else ("desk",)
    for side in sides:
        if not (folder / SIGN_KEYS[side]).exists():
            made = create_signer(folder, side, utc_now())
            typer.echo(f"made: a new signing key, {side}, {made.fingerprint} ({SIGNERS}/{made.name}.pub)")


def _mark_clock(settings: Settings, content: Content) -> ClockMark:
    """
    Return when was last looked what is due: what this host says, else what the back-up does, else when it was made.

    A blank host's clock may never have been set, and everything would be old at once. Source: SECURITY R18, R20.
    """
    mark = ClockMark(settings.data_dir / MARK)
    if not (settings.data_dir / MARK).exists():
        mark.put(content.made_at)
    return mark


def _place_signer(folder: Path, path: Path, raw: bytes) -> None:
    """An old public half has to be known for what it signed; under another name where its own is taken."""
    key = _read_key(raw)
    if any(base64.b64encode(one.public_key).decode() == key for one in read_signers(folder)):
        return
    if not offer(path, raw, PUBLIC_MODE):
        side = path.stem.partition("-")[0]
        offer(path.with_name(f"{side}-{fingerprint(key).replace(' ', '')}.pub"), raw, PUBLIC_MODE)


def _read_key(raw: bytes) -> str:
    lines = [line.strip() for line in raw.decode("utf-8", "replace").splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")


def _say_age(content: Content, now: datetime) -> Mapping[str, int]:
    return {"hours": max(0, min(int((now - content.made_at) / timedelta(hours=1)), _MOST_COUNT))}


async def _note(settings: Settings, ledger: Ledger, mark: ClockMark, detail: Mapping[str, int]) -> None:
    """Write into the audit log that this happened, then erase what is over by now, unless the clock is in doubt."""
    store = OfficeStore(settings.database, utc_now, write_down=ledger.append)
    try:
        log = open_audit_log(settings.data_dir, store.audit, utc_now)
        lost = await log.accept_loss()  # lines after the back-up are gone; whoever restores knows why
        if lost:
            typer.echo(
                f"audit log: kept up to {lost.kept}; the anchor knew {lost.known}. Both stand in it now."
            )
        await log.write("restored", actor=COMMAND, detail=detail)

        async def note(act: Act, subject: str, **more: str | int) -> None:
            await log.write(act, actor=COMMAND, subject=subject, detail=more)

        over = await erase_what_is_over(store.handoffs, ledger, note, mark=mark, now=utc_now())
        typer.echo(f"erased, because their time was over: {len(over.due)} handoffs")
    except (
        ClockDoubtful
    ) as fault:  # all is restored; what the ledger names was left out, whatever the clock says
        typer.echo(str(fault))
    finally:
        await store.close()


def _tell_content(content: Content, now: datetime) -> None:
    age = now - content.made_at
    ago = f"{max(age, timedelta(0)) // timedelta(minutes=1)} min ago"
    if age < -AHEAD:
        ago = f"在未來，請看這台主機的時間 made in the future: look at the clock, which says {now:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"備份時間 made at: {content.made_at.isoformat()} ({ago}), release {content.release}")
    typer.echo(f"內容 holds: {', '.join(f'{name} {count}' for name, count in content.count().items())}")
    typer.echo(f"檔案 files: {', '.join(content.files) or '-'}; erased before: {len(content.erased)}")


_NEXT: Final = """\
接下來 Next:
1. frontdoor keys list：逐一和紙本核對指紋。備份之後撤銷的金鑰，請再撤銷一次。
   Compare every fingerprint with the paper. What was revoked after the back-up must be revoked again.
2. frontdoor staff list：備份之後停用的帳號又能登入了，請再停用。
   Accounts that were closed after the back-up are open again: close them.
3. PostgreSQL：frontdoor migrate --front-role … --office-role …
4. 公開端 the public host: a new root key if the old one is gone (people begin anew, old receipts lead nowhere),
   frontdoor keys create signer front, and carry signers.d/*.pub to the desk.
5. 同仁的保險箱與一次性密碼要重新設定（備份裡沒有）。
   Vaults and one-time codes of staff are set up anew: no back-up holds them.
6. frontdoor doctor，再啟動 office 與 serve；然後馬上做一份新的備份。
   frontdoor doctor, start office and serve, then make a new back-up at once.
7. 通知資安與個資的負責人：這次還原、為什麼、少了哪段時間。
   Tell whoever answers for data protection: that it was restored, why, and which span is missing."""


def _tell_next(settings: Settings) -> None:
    for one in list_recipients(settings.data_dir):
        typer.echo(f"recipient {one.state}: {one.name} {one.fingerprint}")
    typer.echo(_NEXT)
