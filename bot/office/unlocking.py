"""
The page of a member's own vault: set up, unlock, lock, grant to colleagues, and say who receives handoffs.

It never repeats words, a pasted identity, or anything that was opened but the phrase of a challenge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import RedirectResponse, Response

from bot.desk.key_changes import Told
from bot.desk.old_keys import KeyUse, describe_key, needs_handoffs
from bot.desk.vaults import DeskKey, Refusal, StaffVaults, VaultSeen
from bot.office.doors import Door
from bot.office.key_bars import find_key_bars
from bot.office.visit import Visit
from bot.office.ways.proving import find_page
from bot.ports import FEWEST_RECIPIENTS, StaffAccount
from bot.ports.keyring import KeyRefusal, Phrase

_SEE_OTHER: Final = 303
_REFUSED: Final = 400
#: What an address may say was done; a word for each.
_DONE: Final = (
    "made",
    "unlocked",
    "locked",
    "words_set",
    "granted",
    "imported",
    "key_made",
    "recovered",
    "removed",
    "reseal_begun",
    "confirmed",
    "revoked",
    "kept",
)
_MOST_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Colleague:
    """
    Somebody who may open handoffs. `lacks`: how many keys of the member's vault are not in theirs.

    Keys that are no recipient's count nowhere: nobody is granted them.
    """

    account_id: str
    name: str
    has_vault: bool
    has_keys: bool
    lacks: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    A key that waits to be made active. Its fingerprint is not here: whoever makes it active must hear it.

    `added_by`: a name, empty for the host; `is_mine`: the member added it; `replaces`: somebody of that name is active.
    """

    name: str
    added_by: str
    is_mine: bool
    replaces: bool


@dataclass(frozen=True, slots=True)
class Changeable:
    """What a member who holds an active key may change of the recipients. `names`: of those who are there, `unheld` of them in no vault."""

    waiting: tuple[Waiting, ...]
    names: tuple[str, ...]
    unheld: tuple[str, ...]


async def vault_page(visit: Visit) -> Response:
    """Show how the member's vault is, and what to do next."""
    done = visit.request.query_params.get("done", "")
    return await _draw(visit, done=done if done in _DONE else "")


async def set_up(visit: Visit) -> Response:
    """Make the member's vault."""
    words = visit.form.get("words", "")
    if words != visit.form.get("again", ""):
        return await _draw(visit, refusal="differ")
    return await _answer(visit, await _vaults(visit).set_up(_me(visit), words, seat=_seat(visit)), "made")


async def unlock(visit: Visit) -> Response:
    """Open the member's vault with its words."""
    if await _vaults(visit).unlock(_me(visit), visit.form.get("words", ""), seat=_seat(visit)):
        to = _find_way_back(visit)
        return RedirectResponse(to, _SEE_OTHER) if to else _go("unlocked")
    seen = _vaults(visit).look(_me(visit), _seat(visit))
    if seen.state == "none":
        return await _draw(visit, refusal="none")
    return await _draw(visit, refusal="paused" if seen.paused_until else "wrong_words")


async def lock(visit: Visit) -> Response:
    """Close the member's vault, wherever it is open. It is closed before it is written down."""
    _vaults(visit).lock(_me(visit))
    visit.office.parts.cases.openings.shut_all(_me(visit))
    await _vaults(visit).write_closed()
    return _go("locked")


async def change_words(visit: Visit) -> Response:
    """Lock the member's vault with other words."""
    form = visit.form
    if form.get("new", "") != form.get("again", ""):
        return await _draw(visit, refusal="differ")
    refusal = await _vaults(visit).change_words(_me(visit), form.get("words", ""), form.get("new", ""))
    return await _answer(visit, refusal, "words_set")


async def grant(visit: Visit) -> Response:
    """Grant the desk's keys to a colleague who may open handoffs."""
    other = visit.form.get("account", "")
    if other not in {one.account_id for one in await _list_colleagues(visit, ())}:
        return await _draw(visit, refusal="none")
    typed = visit.form.get("fingerprint", "")
    refusal = await _vaults(visit).grant(_me(visit), other, fingerprint=typed, seat=_seat(visit))
    return await _answer(visit, refusal, "granted")


async def import_identity(visit: Visit) -> Response:
    """Put an identity of the desk that was pasted into the member's vault."""
    form = visit.form
    refusal = await _vaults(visit).import_identity(
        _me(visit),
        form.get("identity", ""),
        form.get("words", ""),
        seat=_seat(visit),
        file_words=form.get("file_words", ""),
    )
    return await _answer(visit, refusal, "imported")


async def make_key(visit: Visit) -> Response:
    """Make a new identity of the desk in the member's vault."""
    made = await _vaults(visit).make_desk_key(_me(visit), seat=_seat(visit))
    return await _answer(visit, None if isinstance(made, DeskKey) else made, "key_made")


async def answer_challenge(visit: Visit) -> Response:
    """Open a challenge and show its phrase; anything else that opens is not shown."""
    text = visit.form.get("challenge", "")
    opened, fingerprints = _vaults(visit).read_challenge(_me(visit), text, seat=_seat(visit))
    phrase = visit.office.parts.keys.ring.read_phrase(opened, fingerprints)
    return await _draw(visit, phrase=phrase, refusal="" if phrase else "no_challenge")


async def recover(visit: Visit) -> Response:
    """Open with the recovery identity, at this seat and until it closes."""
    form = visit.form
    if form.get("sure") != "yes":
        return await _draw(visit, refusal="not_sure")
    refusal = await _vaults(visit).recover(
        _me(visit), form.get("identity", ""), seat=_seat(visit), file_words=form.get("file_words", "")
    )
    return await _answer(visit, refusal, "recovered")


async def remove(visit: Visit) -> Response:
    """Remove the member's own vault."""
    if visit.form.get("sure") != "yes":
        return await _draw(visit, refusal="not_sure")
    return await _answer(visit, await _vaults(visit).remove(_me(visit), by=_me(visit)), "removed")


async def reseal(visit: Visit) -> Response:
    """Begin sealing everything anew, to the recipients of now."""
    opener = _vaults(visit).opener(_me(visit), _seat(visit))
    if opener is None:
        return await _draw(visit, refusal="locked")
    has_begun = await visit.office.parts.resealing.start(_me(visit), opener, seat=_seat(visit))
    return _go("reseal_begun") if has_begun else await _draw(visit, refusal="reseal_runs")


async def confirm(visit: Visit) -> Response:
    """Make a waiting key active, with what its holder told by telephone."""
    told = Told(_field(visit, "name"), _field(visit, "code"), _field(visit, "phrase"))
    refusal = await visit.office.parts.keys.confirm(_me(visit), told, held=_list_held(visit))
    return await _answer_keys(visit, refusal, "confirmed")


async def revoke(visit: Visit) -> Response:
    """Never seal to a name again."""
    if visit.form.get("sure") != "yes":
        return await _draw(visit, refusal="not_sure")
    refusal = await visit.office.parts.keys.revoke(_me(visit), _field(visit, "name"), held=_list_held(visit))
    return await _answer_keys(visit, refusal, "revoked")


async def keep(visit: Visit) -> Response:
    """Write down that the private half of a recipient's key is kept on paper or in a file."""
    if visit.form.get("sure") != "yes":
        return await _draw(visit, refusal="not_sure")
    refusal = await visit.office.parts.keys.keep(_me(visit), _field(visit, "name"), held=_list_held(visit))
    return await _answer_keys(visit, refusal, "kept")


async def _answer_keys(visit: Visit, refusal: KeyRefusal | None, done: str) -> Response:
    return _go(done) if refusal is None else await _draw(visit, refusal=refusal, topic="keys")


async def _answer(visit: Visit, refusal: Refusal | None, done: str) -> Response:
    return _go(done) if refusal is None else await _draw(visit, refusal=refusal)


def _go(done: str) -> Response:
    return RedirectResponse(f"/vault?done={done}", _SEE_OTHER)


async def _draw(
    visit: Visit, *, done: str = "", refusal: str = "", topic: str = "unlocking", phrase: Phrase | None = None
) -> Response:
    """Draw the page. `topic`: to whose words a refusal belongs."""
    seen, parts = _vaults(visit).look(_me(visit), _seat(visit)), visit.office.parts
    return visit.render(
        "unlocking_page.html",
        status=_REFUSED if refusal else 200,
        seen=seen,
        bars=find_key_bars(visit),
        keys=await _describe_keys(visit, seen),
        colleagues=await _list_colleagues(visit, seen.keys if seen.state == "open" else ()),
        changeable=await _list_changeable(visit),
        fewest=FEWEST_RECIPIENTS,
        is_free=_vaults(visit).is_free,
        proved=visit.office.desk.is_proved(visit.member),
        progress=parts.resealing.progress,
        done=done,
        refusal=refusal,
        topic=topic,
        phrase=phrase,
        to=_find_way_back(visit),
    )


def _find_way_back(visit: Visit) -> str:
    """Return the page of ours that needed the vault open; empty if none did."""
    to = find_page(visit.request, visit.form.get("to", "") or visit.request.query_params.get("to", ""))
    return "" if to == "/" else to


async def _describe_keys(visit: Visit, seen: VaultSeen) -> tuple[KeyUse, ...]:
    """Say what the keys of the vault are good for; the handoffs are looked through only where a key is old."""
    ring = visit.office.parts.keys.look()
    needed = seen.state == "open" and needs_handoffs(seen.keys, ring)
    handoffs = await visit.office.parts.handoffs.list_handoffs() if needed else ()
    sealings = visit.office.parts.digests.sealings
    return tuple(describe_key(key, ring, handoffs, sealings) for key in seen.keys)


async def _list_changeable(visit: Visit) -> Changeable | None:
    """List what the member may change of the recipients. None: they hold no active key that is open here."""
    keys = visit.office.parts.keys
    if not keys.is_holder(_list_held(visit)):
        return None
    names = {one.id: one.name for one in await visit.office.parts.staff.list_accounts()}
    there = [one for one in keys.look().recipients if one.state != "revoked"]
    active = {one.name for one in there if one.state == "active"}
    waiting = (one for one in there if one.state == "pending")
    return Changeable(
        tuple(
            Waiting(one.name, names.get(one.added_by, ""), one.added_by == _me(visit), one.name in active)
            for one in waiting
        ),
        tuple(dict.fromkeys(one.name for one in there)),
        _vaults(visit).find_unheld(),
    )


async def _list_colleagues(visit: Visit, mine: Sequence[DeskKey]) -> tuple[Colleague, ...]:
    accounts = await visit.office.parts.staff.list_accounts()
    others = [one for one in accounts if _may_open(one) and one.id != _me(visit)]
    return tuple(_describe(one, _vaults(visit).look(one.id), mine) for one in others)


def _describe(account: StaffAccount, seen: VaultSeen, mine: Sequence[DeskKey]) -> Colleague:
    theirs = {key.fingerprint for key in seen.keys if key.is_known}
    lacks = sum(key.is_known and key.fingerprint not in theirs for key in mine)
    has_vault = bool(seen.fingerprint)
    return Colleague(account.id, account.name, has_vault, bool(theirs), lacks if has_vault else 0)


def _may_open(account: StaffAccount) -> bool:
    return account.disabled_at is None and "open" in account.rights


def _vaults(visit: Visit) -> StaffVaults:
    return visit.office.parts.vaults


def _me(visit: Visit) -> str:
    return visit.member.account_id


def _list_held(visit: Visit) -> frozenset[str]:
    return _vaults(visit).list_held(_me(visit), _seat(visit))


def _field(visit: Visit, name: str) -> str:
    return visit.form.get(name, "").strip()[:_MOST_CHARACTERS]


def _seat(visit: Visit) -> str:
    return visit.member.seat


def _door(path: str, view: Callable[[Visit], Awaitable[Response]], *, proves: bool = False) -> Door:
    return Door(path, "POST", view, right="open", proves=proves)


DOORS = (
    Door("/vault", "GET", vault_page, right="open"),
    _door("/vault/setup", set_up),
    _door("/vault/unlock", unlock),
    _door("/vault/lock", lock),
    _door("/vault/answer", answer_challenge),
    _door("/vault/words", change_words, proves=True),
    _door("/vault/grant", grant, proves=True),
    _door("/vault/import", import_identity, proves=True),
    _door("/vault/key", make_key, proves=True),
    _door("/vault/recover", recover, proves=True),
    _door("/vault/remove", remove, proves=True),
    _door("/vault/reseal", reseal, proves=True),
    _door("/vault/confirm", confirm, proves=True),
    _door("/vault/revoke", revoke, proves=True),
    _door("/vault/keep", keep, proves=True),
)
