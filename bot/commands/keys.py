"""
What `frontdoor keys` does. Every command says what it changed and what a human has to do next.

No private key is ever printed; a phrase only by `answer`, whose purpose it is.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import typer

from bot.desk.identity import NewIdentity, decrypt_with, load_identities, lock_identity, make_identity
from bot.desk.opening import Opener
from bot.desk.resealing import Resealed, reseal
from bot.errors import ConfigError, Unreadable
from bot.keys import (
    RECIPIENTS,
    SIGNERS,
    Recipient,
    Side,
    Signer,
    create_signer,
    fill_demo,
    list_recipients,
    mark_recipients,
    read_recipients,
    read_sign_key,
    read_signers,
    refuse_demo,
)
from bot.keys.challenge import read_answer
from bot.keys.changing import Changed, Pending, activate, add, challenge, revoke, rotate
from bot.keys.files import offer
from bot.keys.keyfile import refuse_name
from bot.keys.signers import find_unknown_sides
from bot.ports.handoff import FEWEST_RECIPIENTS
from bot.sealing import AgeSealer
from bot.settings import Settings, load_settings
from bot.wiring.common import prepare, utc_now

_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_SECRET = "AGE-SECRET-KEY"  # noqa: S105 - how a private key begins, not one
_MOST_CHARACTERS = 65_536


def create_identity(kind: str, name: str, out: Path | None, *, plain: bool) -> None:
    """Make an identity file. ConfigError: no file named, it is there, or a plain one for the desk."""
    refuse_name(name)
    if out is None:
        raise ConfigError("keys create: say with --out where the new identity file goes")
    if plain and kind != "recovery":
        raise ConfigError(
            "keys create: --plain is for a recovery identity on paper; lock this one with a passphrase"
        )
    if out.exists():
        raise ConfigError(f"{out}: is there already; name a new file, an identity is never replaced")
    made = make_identity(utc_now())
    content = made.text.encode() if plain else lock_identity(made.text, _ask_new(out))
    if not offer(out, content):
        raise ConfigError(f"{out}: was made by somebody else meanwhile; name a new file")
    _tell_made(made, name, out, plain=plain)


def create_signing_key(name: str, *, renew: bool) -> None:
    """Make the signing key of the public side (`front`) or of the desk."""
    settings = _open_folder()
    if name not in {"front", "desk"}:
        raise ConfigError("keys create signer: say front (the public side) or desk")
    made = create_signer(settings.data_dir, cast("Side", name), utc_now(), renew=renew)
    typer.echo(
        f"made: a signing key; its public half is {SIGNERS}/{made.name}.pub, fingerprint {made.fingerprint}"
    )
    typer.echo(
        "next: start `serve` again if it runs. The desk must know the public half: if it has a data directory"
    )
    typer.echo(f"of its own, carry {SIGNERS}/{made.name}.pub there and compare the fingerprint aloud.")


def add_recipient(name: str, key: str) -> None:
    """Let a new recipient wait."""
    settings = _open_folder()
    _tell_pending(add(settings.data_dir, name, _read_key(key), utc_now()))


def ask_again(name: str) -> None:
    """Make a new challenge."""
    settings = _open_folder()
    _tell_pending(challenge(settings.data_dir, name, utc_now()))


def answer_challenge(path: Path | None, identity: Sequence[Path] | None) -> None:
    """Open a challenge. ConfigError: it is none for this identity; nothing of it is shown."""
    text = path.read_text("utf-8", "replace") if path else sys.stdin.read(_MOST_CHARACTERS)
    identities = load_identities(_choose_identities(identity), _ask)
    start, end = text.find(_BEGIN), text.find(_END)
    try:
        opened = decrypt_with(identities, f"{text[max(start, 0) : end]}{_END}\n".encode())
    except Unreadable:
        opened = b""
    found = read_answer(opened, {one.fingerprint for one in identities})
    if found is None:
        raise ConfigError("this is no challenge for this identity; nothing of it is shown")
    typer.echo(f"somebody wants to add this key as {found.name}: {found.fingerprint}")
    typer.echo(f"the phrase: {found.phrase}")
    typer.echo(
        "next: if you expect this, call whoever runs the public side on a number that you know, compare the"
    )
    typer.echo("fingerprint, and tell the phrase. Not by the way the challenge came.")


def activate_recipient(name: str, phrase: str) -> None:
    """Activate one who waits."""
    settings = _open_folder()
    changed = activate(settings.data_dir, name, phrase, utc_now())
    typer.echo(f"active: {name}, {changed.recipient.fingerprint}. From now on handoffs are sealed to it too.")
    if changed.replaced:
        _tell_replaced(changed.replaced)
    typer.echo("next: at the desk, `frontdoor keys reseal` lets it open what was sealed before.")
    _tell_active(changed)


def rotate_recipient(name: str, key: str) -> None:
    """Give a recipient a new key, or explain how."""
    if not key:
        refuse_name(name)
        typer.echo(_HOW_TO_ROTATE.format(name=name), nl=False)
        return
    settings = _open_folder()
    _tell_pending(rotate(settings.data_dir, name, _read_key(key), utc_now()))
    typer.echo(
        "the old key stays active until then; afterwards keep its identity until its last handoff has ended."
    )


def revoke_recipient(name: str, *, even_so: bool) -> None:
    """Never seal to this name again."""
    settings = _open_folder()
    changed = revoke(settings.data_dir, name, utc_now(), even_so=even_so)
    if changed.recipient.state == "pending":
        typer.echo(f"gone: {name}, which was waiting; it was never sealed to")
        return
    _tell_replaced(changed.recipient)
    typer.echo(
        "next: if somebody left or a device was lost, `frontdoor keys reseal` at the desk takes what is stored out"
    )
    typer.echo("of that key's reach; copies that were made before stay in it.")
    _tell_active(changed)


def reseal_all(identity: Sequence[Path] | None) -> int:
    """Seal everything anew; returns 1 when something was left as it lies."""
    settings = load_settings()
    prepare(settings, needs_root=False)
    _say_demo(settings)
    sealer = _build_sealer(settings)
    identities = load_identities(list(identity or ()) or settings.data_dir, _ask)
    opener = Opener(identities, read_signers(settings.data_dir))
    done = asyncio.run(_reseal(settings.database, opener, sealer))
    typer.echo(
        f"sealed anew: {done.seals} seals of {done.handoffs} handoffs, to {', '.join(sealer.list_fingerprints())}"
    )
    for one in done.left:
        typer.echo(f"left as it lies: {one.purpose} {one.id}: {one.why}")
    if done.left:
        typer.echo(
            "next: forged: tell whoever answers for security. unreadable: try the older identities too. changed: run it again."
        )
    return 1 if done.left else 0


def list_keys() -> None:
    """List recipients and signers."""
    data_dir = _open_folder().data_dir
    recipients, signers = list_recipients(data_dir), read_signers(data_dir)
    for recipient in recipients:
        typer.echo(_describe(recipient))
    for signer in signers:
        typer.echo(_describe(signer))
    if not recipients:
        typer.echo(f"{RECIPIENTS}: nobody yet")
    for side in find_unknown_sides(data_dir):
        typer.echo(
            f"MEND: the public half of the {side} signing key is not in {SIGNERS}: the desk would call it forged"
        )
    active = sum(one.state == "active" for one in recipients)
    if active < FEWEST_RECIPIENTS:
        typer.echo(_closed(active))


async def _reseal(database: str, opener: Opener, sealer: AgeSealer) -> Resealed:
    from bot.store.handoffs_desk import open_desk_handoffs  # noqa: PLC0415 - the rest starts without a database

    store = open_desk_handoffs(database)
    try:
        return await reseal(store, opener, sealer)
    finally:
        await store.close()


def _build_sealer(settings: Settings) -> AgeSealer:
    data_dir = settings.data_dir
    return AgeSealer(
        lambda: read_recipients(data_dir),
        read_sign_key(data_dir, "desk"),
        mark=lambda: mark_recipients(data_dir),
    )


def _open_folder() -> Settings:
    """Load the settings, and fill or refuse the demo's directory."""
    settings = load_settings()
    _say_demo(settings)
    if settings.is_demo:
        fill_demo(settings.data_dir)
    else:
        refuse_demo(settings.data_dir)
    return settings


def _say_demo(settings: Settings) -> None:
    if settings.is_demo:
        typer.echo("DEMO: demo keys, for trying out only. Do not enter anything real.")


def _choose_identities(named: Sequence[Path] | None) -> Path | Sequence[Path]:
    return list(named) if named else load_settings().data_dir


def _ask_new(path: Path) -> str:
    return str(typer.prompt(f"new passphrase for {path.name}", hide_input=True, confirmation_prompt=True))


def _ask(path: Path) -> str:
    return str(typer.prompt(f"passphrase of {path.name}", hide_input=True))


def _read_key(given: str) -> str:
    """Take the public key itself, or the one line of a file. ConfigError: a private key was given."""
    text = given
    if not given.startswith(("age1", _SECRET)):
        try:
            text = Path(given).read_text("utf-8")
        except (OSError, ValueError):
            raise ConfigError("the public key: give the age1… text itself, or a file that holds it") from None
    if _SECRET in text.upper():
        raise ConfigError(
            "that is a private key, which never comes here; it has been seen now, so make a new one"
        )
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if len(lines) == 1 else ""


def _tell_made(made: NewIdentity, name: str, out: Path, *, plain: bool) -> None:
    typer.echo(f"made: {out}")
    typer.echo(f"public key: {made.public_key}")
    typer.echo(f"fingerprint: {made.fingerprint}")
    if plain:
        typer.echo(
            f"WARNING: {out} is not locked: whoever reads it opens every handoff. Print it, check the print, keep"
        )
        typer.echo(
            "it in two places with `frontdoor keys explain break-glass` beside it, and delete the file."
        )
    else:
        typer.echo("Without the passphrase nobody can open it, not even we. Write it down where it is safe.")
    typer.echo(f"next: whoever runs the public side adds it: frontdoor keys add {name} {made.public_key}")
    typer.echo("Only the public key travels; compare the fingerprint aloud.")


def _tell_pending(pending: Pending) -> None:
    one = pending.recipient
    typer.echo(f"pending: {one.name}, {one.fingerprint}. Nothing is sealed to it yet.")
    typer.echo("next: compare the fingerprint aloud with the holder, and send them this challenge. They run")
    typer.echo("`frontdoor keys answer --identity FILE` and tell you a phrase by telephone; then")
    typer.echo(f"`frontdoor keys activate {one.name} PHRASE`. Let a second person watch.")
    typer.echo(pending.challenge)


def _tell_replaced(old: Recipient) -> None:
    typer.echo(f"revoked: {old.name}, {old.fingerprint}. Nothing new is sealed to it.")
    typer.echo("Keep its identity until the last handoff sealed to it has ended, or was sealed anew.")


def _tell_active(changed: Changed) -> None:
    if changed.active < FEWEST_RECIPIENTS:
        typer.echo(_closed(changed.active))
        return
    typer.echo(f"{changed.active} recipients are active")


def _closed(active: int) -> str:
    return (
        f"MEND: {active} active, {FEWEST_RECIPIENTS} are needed: no handoff is taken; people are told so, "
        "with numbers to call"
    )


def _describe(one: Recipient | Signer) -> str:
    state = one.state if isinstance(one, Recipient) else "signer"
    since = f"since {_day(one.since)}" if one.since else "since: not written down"
    return f"{state:<8} {one.name:<16} {one.fingerprint}  {since}{'  DEMO' if one.demo else ''}"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


_HOW_TO_ROTATE = """\
How {name} gets a new key; nothing is changed yet.
1. At the desk: frontdoor keys create desk {name} --out NEW_FILE. The old file stays where it is.
2. Here: frontdoor keys rotate {name} age1…, the new public key. It waits; the old one stays active.
3. At the desk: frontdoor keys answer --identity NEW_FILE, with the challenge that step 2 printed.
4. Here: frontdoor keys activate {name} PHRASE. From now on the new key is sealed to, the old one is revoked.
5. At the desk: frontdoor keys reseal --identity OLD_FILE. Afterwards the old identity is not needed any more;
   without this step keep it until the last handoff sealed to it has ended.
"""
