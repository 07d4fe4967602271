"""`frontdoor keys`: one thin function per subcommand. What it does stands in `bot.commands.keys`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

keys_app = typer.Typer(
    help="Who can open handoffs: make, add, check, change and explain keys.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="How the key is called: a-z, 0-9 and -.")]
Key = Annotated[str, typer.Argument(help="The public key, age1…, or a file that holds it.")]
Identities = Annotated[
    list[Path] | None, typer.Option("--identity", help="Identity file; name several to use old and new ones.")
]


@keys_app.command("create")
def create(
    kind: Annotated[Literal["desk", "recovery", "signer"], typer.Argument(help="What the key is for.")],
    name: Annotated[str, typer.Argument(help="Whose it is; for a signer: front or desk.")],
    out: Annotated[Path | None, typer.Option("--out", help="New file for the identity.")] = None,
    plain: Annotated[  # noqa: FBT002 - typer turns it into a flag
        bool, typer.Option("--plain", help="Do not lock a recovery identity: it goes on paper.")
    ] = False,
    renew: Annotated[  # noqa: FBT002 - typer turns it into a flag
        bool, typer.Option("--renew", help="A signing key in place of the one that is there.")
    ] = False,
) -> None:
    """Make an identity for the desk or for recovery, or a signing key."""
    from bot.commands import keys  # noqa: PLC0415 - other commands start without cryptography

    if kind == "signer":
        keys.create_signing_key(name, renew=renew)
    else:
        keys.create_identity(kind, name, out, plain=plain)


@keys_app.command("add")
def add(name: Name, key: Key) -> None:
    """Let a new recipient wait, and print the challenge for its holder."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.add_recipient(name, key)


@keys_app.command("challenge")
def challenge(name: Name) -> None:
    """Print a new challenge for one who waits; the one before is void."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.ask_again(name)


@keys_app.command("answer")
def answer(
    challenge_file: Annotated[
        Path | None, typer.Argument(help="File with the challenge; standard input if left out.")
    ] = None,
    identity: Identities = None,
) -> None:
    """At the desk: open a challenge and print its phrase, to be told by telephone."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.answer_challenge(challenge_file, identity)


@keys_app.command("activate")
def activate(
    name: Name, phrase: Annotated[str, typer.Argument(help="The phrase that the holder of the key told.")]
) -> None:
    """Activate one who waits: from now on handoffs are sealed to this key too."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.activate_recipient(name, phrase)


@keys_app.command("rotate")
def rotate(
    name: Name,
    key: Annotated[
        str, typer.Argument(help="The new public key or its file; left out: explain the steps.")
    ] = "",
) -> None:
    """Give a recipient a new key; the old one stays until the new one is activated."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.rotate_recipient(name, key)


@keys_app.command("revoke")
def revoke(
    name: Name,
    even_so: Annotated[  # noqa: FBT002 - typer turns it into a flag
        bool, typer.Option("--even-so", help="Even if too few are left to take handoffs.")
    ] = False,
) -> None:
    """Never seal to this name again."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.revoke_recipient(name, even_so=even_so)


@keys_app.command("reseal")
def reseal(identity: Identities = None) -> None:
    """At the desk: seal everything that is stored anew, to the recipients of now. Exit 1 when something was left."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    raise typer.Exit(keys.reseal_all(identity))


@keys_app.command("vault")
def vault(
    account: Annotated[str, typer.Option("--account", help="The member's account name in the back office.")],
    identity: Identities = None,
) -> None:
    """At the desk's host: put an identity into a member's vault, once they have set up their words."""
    from bot.commands import vaults  # noqa: PLC0415 - as above

    vaults.fill_vault(account, identity)


@keys_app.command("list")
def list_() -> None:
    """List every recipient and signer with state, fingerprint and since when."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.list_keys()


@keys_app.command("fingerprints")
def fingerprints() -> None:
    """The same as `list`: to be compared aloud."""
    from bot.commands import keys  # noqa: PLC0415 - as above

    keys.list_keys()


@keys_app.command("explain")
def explain(
    topic: Annotated[Literal["break-glass"], typer.Argument(help="What to explain.")],
) -> None:
    """Print what to do when only the recovery key is left: for paper, beside the key."""
    from bot.commands.keys_explained import EXPLAINED  # noqa: PLC0415 - as above

    typer.echo(EXPLAINED[topic], nl=False)
