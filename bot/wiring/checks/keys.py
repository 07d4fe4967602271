"""Keys, who they are for, and the files beside them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from bot.errors import ConfigError
from bot.keys import read_recipients, read_root, read_sign_key, read_signers, refuse_demo
from bot.keys.places import DESK_SIGN_KEY, RECIPIENTS, ROOT_KEY
from bot.keys.signers import find_unknown_sides
from bot.ports.handoff import FEWEST_RECIPIENTS
from bot.settings import Settings
from bot.wiring.checks.finding import Finding, attempt, refuse, warn, well

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: A group that may look is how a folder of root's is shared with the service; what must be kept from it has a mode of its own.
_STRANGERS = stat.S_IWGRP | stat.S_IRWXO


def check_settings(settings: Settings) -> Iterator[Finding]:
    """What each setting alone cannot show."""
    if settings.is_demo:
        yield warn(
            "settings", "FRONTDOOR_ENV=demo", "nothing real may be entered; production needs keys of its own"
        )
    else:
        yield well("settings", "FRONTDOOR_ENV=production")
        yield attempt("settings", lambda: _find_no_demo(settings.data_dir))
    if not settings.is_demo and not settings.trusted_proxies:
        yield warn(
            "settings",
            "FRONTDOOR_TRUSTED_PROXIES is empty, so everybody seems to come from one address",
            "name the address of your TLS proxy",
        )
    if not settings.is_demo and settings.trusted_proxies:
        yield well(
            "settings",
            f"X-Forwarded-For of {settings.trusted_proxies} is believed: the proxy there must set it anew, because whoever asks "
            "can send one too",
        )
    if not settings.is_demo:
        yield from _refuse_open(Path(".env"), _OTHERS, "go=")
        yield from _refuse_open(settings.data_dir, _STRANGERS, "g-w,o=")


def _refuse_open(path: Path, bits: int, mode: str) -> Iterator[Finding]:
    if path.exists() and path.stat().st_mode & bits:
        yield refuse(
            "settings",
            f"{path}: others on this machine may look into it or change it",
            f"run `chmod {mode} {path}`",
        )


def _find_no_demo(folder: Path) -> str:
    refuse_demo(folder)
    return "no key of the demo is here"


def check_keys(settings: Settings) -> Iterator[Finding]:
    """As below; a desk's host of its own has none of them, which is right."""
    folder = settings.data_dir
    if not settings.is_demo and (folder / DESK_SIGN_KEY).exists() and not (folder / ROOT_KEY).exists():
        yield well("keys", "no root key, as on a desk's host of its own")
    else:
        yield from check_public_keys(settings)


def check_public_keys(settings: Settings) -> Iterator[Finding]:
    """The two private keys of the public side."""
    folder = settings.data_dir
    yield attempt("keys", lambda: f"root key readable ({len(read_root(settings.env, folder))} bytes)")
    yield attempt("keys", lambda: f"signing key readable ({len(read_sign_key(folder))} bytes)")


def check_recipients(settings: Settings) -> Iterator[Finding]:
    """At least two can open a handoff, or it was said that none is taken."""
    if settings.handoffs == "not-taken":
        yield warn("recipients", "FRONTDOOR_HANDOFFS=not-taken", "people get numbers to call, and no form")
        return
    found = attempt("recipients", lambda: _list_recipients(settings.data_dir))
    yield found


def _list_recipients(folder: Path) -> str:
    found = read_recipients(folder)
    if len(found) < FEWEST_RECIPIENTS:
        raise ConfigError(
            f"{RECIPIENTS}: {len(found)} active recipients, and two are needed before handoffs can be taken; "
            "run `frontdoor keys add` for another, or say FRONTDOOR_HANDOFFS=not-taken"
        )
    return ", ".join(
        f"{one.name} ({one.fingerprint}{', kept elsewhere' if one.kept else ''})" for one in found
    )


def check_signers(settings: Settings) -> Iterator[Finding]:
    """Whose signature counts."""
    yield attempt("signers", lambda: _list_signers(settings.data_dir))


def _list_signers(folder: Path) -> str:
    found = read_signers(folder)
    unknown = find_unknown_sides(folder)
    if unknown:
        raise ConfigError(
            f"the desk does not know the signing key of {', '.join(unknown)}; "
            "run `frontdoor keys create signer` and copy signers.d to the desk"
        )
    return ", ".join(one.name for one in found) or "none"


def check_desk_key(settings: Settings) -> Iterator[Finding]:
    """Only a public host has a root key and nothing of a desk; anywhere else nothing is noted or erased without this key."""
    folder = settings.data_dir
    if is_public_alone(folder):
        yield well("desk", "not here, as on a public host of its own")
        return
    yield attempt("desk", lambda: _read_desk_key(folder))


def is_public_alone(folder: Path) -> bool:
    """Whether this data directory is that of a public host without a desk. An empty `desk/` is what `office`, started once, leaves."""
    desk = folder / DESK_SIGN_KEY.parent
    return (folder / ROOT_KEY).exists() and not (desk.exists() and any(desk.iterdir()))


def _read_desk_key(folder: Path) -> str:
    try:
        read_sign_key(folder, "desk")
    except ConfigError as fault:
        raise ConfigError(
            f"{fault}; without it nothing is noted, and handoffs are not erased in time"
        ) from None
    return "its signing key is readable"
