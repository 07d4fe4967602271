"""
One handoff: opening it for a reason, reading it, working on it, noting how far it is.

It is masked until somebody opens it, and after a while again; with a locked vault nothing of it is shown at all. What a
colleague wrote into a form is given back when it could not be kept: a long note is not written twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from starlette.responses import RedirectResponse, Response

from bot.desk.acts import REASONS
from bot.desk.casework import STATUSES, Draft, Seen, Shown, count_replies, is_asked_back, shorten
from bot.desk.papers import MOST_CHARS, About
from bot.desk.reading import Failure
from bot.desk.replying import list_reply_fields
from bot.errors import AuditDown, BotError, DeskClosed, StoreDown
from bot.log import log_incident
from bot.office.case_showing import describe, show_opened
from bot.office.doors import Door
from bot.office.signing import ask_for_proof
from bot.office.visit import QUIET, Visit
from bot.office.words import BY_TONGUE, SOURCE_TONGUE
from bot.ports import StoredHandoff

#: After a post the browser must fetch the next page with GET. Source: RFC 9110 §15.4.4.
_SEE_OTHER: Final = 303
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_UNFIT: Final = 422
_UNAVAILABLE: Final = 503
#: A page stays for so much longer than it is open: whoever is just saving a note is not cut off by the reload.
_GRACE: Final = timedelta(minutes=1)
#: Why something that was written could not be kept, though nothing is wrong with it.
_DOWN: Final[tuple[tuple[type[BotError], str], ...]] = (
    (AuditDown, "audit"),
    (DeskClosed, "closed"),
    (StoreDown, "store"),
)
_log = logging.getLogger(__name__)


# ─── Looking ──────────────────────────────────────────────────────────────────


async def show(visit: Visit) -> Response:
    """Show a handoff: masked, or what it says to whoever has opened it a short while ago."""
    if _is_locked(visit):
        return _unlock_first(visit)
    stored = await visit.office.parts.cases.find(_id_of(visit))
    if stored is None:
        return _say_gone(visit)
    seen = None if visit.is_quiet else visit.office.parts.cases.look(visit.member, stored)
    if isinstance(seen, Shown):
        closes_at = visit.office.parts.vaults.closes_at(visit.member.account_id, visit.member.seat)
        seen = replace(seen, until=min(seen.until, closes_at or seen.until))
        return _cover_later(visit, await show_opened(visit, seen), seen.until)
    return await _show_masked(visit, stored, fault=seen)


async def open_case(visit: Visit) -> Response:
    """Open it: the reason is in the log before anything is shown."""
    reason = visit.form.get("reason", "")
    if not visit.office.desk.is_proved(visit.member):
        to = f"/handoffs/{_id_of(visit)}"
        return ask_for_proof(visit, to=f"{to}?reason={reason}" if reason in REASONS else to)
    if _is_locked(visit):
        return _unlock_first(visit)
    done = await visit.office.parts.cases.open(visit.member, _id_of(visit), reason=reason)
    if done == "no_reason":
        stored = await visit.office.parts.cases.find(_id_of(visit))
        return await _show_masked(visit, stored, no_reason=True) if stored else _say_gone(visit)
    return _back(visit)


async def shut_case(visit: Visit) -> Response:
    """Put it away: to read it again needs a reason again."""
    visit.office.parts.cases.openings.shut(visit.member, _id_of(visit))
    return RedirectResponse("/queue", _SEE_OTHER)


def _is_locked(visit: Visit) -> bool:
    return visit.office.parts.vaults.state(visit.member.account_id, visit.member.seat) != "open"


def _unlock_first(visit: Visit) -> Response:
    """Say nothing of it, not even whether it is there. Source: SECURITY §5, a locked desk shows counts and ages."""
    quiet = f"{QUIET}=1&" if visit.is_quiet else ""
    return RedirectResponse(f"/vault?{quiet}to=/handoffs/{_id_of(visit)}", _SEE_OTHER)


def _cover_later(visit: Visit, response: Response, until: datetime) -> Response:
    """Let the browser cover the page by itself when it is no longer open, also where nobody sits any more."""
    wait = max(until - visit.office.clock(), timedelta(0)) + _GRACE
    seconds = -(-wait // timedelta(seconds=1))
    response.headers["refresh"] = f"{seconds}; url=/handoffs/{_id_of(visit)}?{QUIET}=1"
    return response


async def _show_masked(
    visit: Visit, stored: StoredHandoff, *, fault: Failure | None = None, no_reason: bool = False
) -> Response:
    chosen = visit.request.query_params.get("reason", "")
    return visit.render(
        "case_masked.html",
        status=_UNFIT if no_reason else 200,
        case=await describe(visit, stored),
        reasons=REASONS,
        chosen=chosen if chosen in REASONS else "",
        no_reason=no_reason,
        fault=fault,
        is_unseen=stored.opened_at is None,
    )


def _say_gone(visit: Visit) -> Response:
    """Say kindly that there is nothing here, or no longer."""
    is_erased = "erased" in visit.request.query_params
    return visit.render("case_gone.html", status=_NOT_FOUND, is_erased=is_erased)


# ─── How far it is ────────────────────────────────────────────────────────────


async def set_status(visit: Visit) -> Response:
    """Say how far it is, unless a colleague said something else meanwhile."""
    wanted = visit.form.get("status", "")
    seen = Seen(visit.form.get("seen", ""), _read_count(visit.form.get("seen_requests", "")))
    is_sure = visit.form.get("sure") == "yes"
    done = await visit.office.parts.cases.set_status(
        visit.member, _id_of(visit), wanted, seen=seen, is_sure=is_sure
    )
    if done == "closed":
        return await _give_back(visit, "status", "covered", text=wanted)
    if done not in {"changed", "asked"}:
        return _back(visit, "#status")
    stored = await visit.office.parts.cases.find(_id_of(visit))
    if stored is None:
        return _say_gone(visit)
    return visit.render(
        "case_changed.html", status=_CONFLICT, case=await describe(visit, stored), wanted=wanted, why=done
    )


def _read_count(told: str) -> int:
    """Return a number that a form carried; -1, which fits nothing, for anything else."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else -1  # noqa: PLR2004 - no count of ours is so long


# ─── Writing ──────────────────────────────────────────────────────────────────


async def add_note(visit: Visit) -> Response:
    """Add a note for colleagues."""
    return await _add_note(visit, visit.form.get("text", ""), form="notes")


async def keep(visit: Visit) -> Response:
    """Note that the person, when called, did not confirm that they want it back."""
    text = visit.form.get("text", "").strip() or BY_TONGUE[SOURCE_TONGUE]["case_kept_note"]
    return await _add_note(visit, text, form="keep", about="withdraw")


async def _add_note(
    visit: Visit, text: str, *, form: Literal["notes", "keep"], about: About = ""
) -> Response:
    draft = Draft(visit.form.get("nonce", ""), text)
    try:
        done = await visit.office.parts.cases.add_note(visit.member, _id_of(visit), draft, about=about)
    except (AuditDown, DeskClosed, StoreDown) as fault:
        return await _give_back(visit, form, _name_down(fault), text=text)
    if done == "closed":
        return await _give_back(visit, form, "covered", text=text)
    if done in {"empty", "too_long"}:
        return await _give_back(visit, form, done, text=text)
    return _back(visit, "#requests" if about else "#notes")


async def acknowledge(visit: Visit) -> Response:
    """Fill in the last block of the form."""
    fields = {one.key: visit.form.get(one.key, "") for one in list_reply_fields(visit.office.parts.form)}
    try:
        done = await visit.office.parts.cases.acknowledge(
            visit.member,
            _id_of(visit),
            Draft(visit.form.get("nonce", ""), fields=fields),
            seen=_read_count(visit.form.get("seen", "")),
        )
    except (AuditDown, DeskClosed, StoreDown) as fault:
        return await _give_back(visit, "reply", _name_down(fault), fields=fields)
    if done == "closed":
        return await _give_back(visit, "reply", "covered", fields=fields)
    if done == "changed":
        return await _give_back(visit, "reply", done, fields=fields)
    if isinstance(done, Mapping):
        return await _give_back(visit, "reply", "unfit", fields=fields, unfit=tuple(done))
    return _back(visit, "#reply")


async def _give_back(
    visit: Visit,
    form: Literal["notes", "keep", "reply", "status"],
    why: str,
    *,
    text: str = "",
    fields: Mapping[str, str] | None = None,
    unfit: tuple[str, ...] = (),
) -> Response:
    """
    Show what was typed once more, and say why it is not kept yet.

    `text`: the words of a note, or the status that was chosen. What is `covered` is opened in a page beside this one, so
    that what was typed stays here whatever is asked there.
    """
    stored = None if why == "store" else await visit.office.parts.cases.find(_id_of(visit))
    if stored is None and why != "store":
        return _say_gone(visit)
    is_down = why in {name for _, name in _DOWN}
    return visit.render(
        "case_again.html",
        status=_UNAVAILABLE if is_down else _CONFLICT if why in {"changed", "covered"} else _UNFIT,
        handoff_id=_id_of(visit),
        short=shorten(_id_of(visit)),
        form=form,
        why=why,
        text=text,
        reasons=REASONS,
        statuses=STATUSES,
        most=MOST_CHARS,
        reply_fields=list_reply_fields(visit.office.parts.form),
        fields=fields or {},
        unfit=unfit,
        # Whoever is told of a change and saves again has seen it; else what the form was drawn with goes on.
        seen=count_replies(stored) if stored and why == "changed" else visit.form.get("seen", ""),
        seen_requests=visit.form.get("seen_requests", ""),
        nonce=visit.form.get("nonce", ""),
    )


def _name_down(fault: BotError) -> str:
    log_incident(_log, "something that was written could not be kept", fault, channel="office")
    return next(name for kind, name in _DOWN if isinstance(fault, kind))


# ─── The end ──────────────────────────────────────────────────────────────────


async def ask_to_erase(visit: Visit) -> Response:
    """Ask once more before a handoff is erased for good."""
    stored = await visit.office.parts.cases.find(_id_of(visit))
    return await _ask_to_erase(visit, stored) if stored else _say_gone(visit)


async def _ask_to_erase(visit: Visit, stored: StoredHandoff, *, why: str = "") -> Response:
    seen = visit.office.parts.cases.look(visit.member, stored)
    if not isinstance(seen, Shown) or not is_asked_back(seen.handoff):
        return _back(visit, "#requests")
    case = await describe(visit, stored)
    return visit.render("case_erase.html", status=_UNFIT if why else 200, case=case, why=why)


async def erase(visit: Visit) -> Response:
    """Erase it: the person asked for it, and confirmed it through the safe contact."""
    cases = visit.office.parts.cases
    if visit.form.get("confirmed") != "yes":
        stored = await cases.find(_id_of(visit))
        return await _ask_to_erase(visit, stored, why="unconfirmed") if stored else _say_gone(visit)
    done = await cases.erase(visit.member, _id_of(visit), typed=visit.form.get("short", ""))
    if done == "mistyped":
        stored = await cases.find(_id_of(visit))
        return await _ask_to_erase(visit, stored, why=done) if stored else _say_gone(visit)
    return _back(visit, "?erased=1" if done == "erased" else "#requests")


def _id_of(visit: Visit) -> str:
    return str(visit.request.path_params["handoff_id"])


def _back(visit: Visit, place: str = "") -> Response:
    """Go back to the handoff; an id that is none of ours leads nowhere."""
    return RedirectResponse(f"/handoffs/{_id_of(visit)}{place}", _SEE_OTHER)


_CASE: Final = "/handoffs/{handoff_id}"
DOORS = (
    Door(_CASE, "GET", show, right="open"),
    # Needs a fresh proof too; it asks for it by itself, so that the reason is still chosen afterwards.
    Door(f"{_CASE}/open", "POST", open_case, right="open"),
    Door(f"{_CASE}/shut", "POST", shut_case, right="open"),
    Door(f"{_CASE}/status", "POST", set_status, right="open"),
    Door(f"{_CASE}/notes", "POST", add_note, right="open"),
    Door(f"{_CASE}/keep", "POST", keep, right="open"),
    Door(f"{_CASE}/reply", "POST", acknowledge, right="open"),
    Door(f"{_CASE}/erase", "GET", ask_to_erase, right="open", proves=True),
    Door(f"{_CASE}/erase", "POST", erase, right="open", proves=True),
)
