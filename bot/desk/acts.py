"""
What can stand in the audit log, each act with a code that never changes its meaning.

A line names an act, who did it, and what it was done to, by id; `detail` holds codes and counts. No reason is free text,
so that nothing of a person can be written into it. Source: SECURITY T6, T32, §1 rule 9.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Act = Literal[
    # Coming in and going
    "signed_in",
    "signed_out",
    "proved",
    "locked_out",
    "session_ended",
    "account_invited",
    "invitation_withdrawn",
    "account_made",
    "invitation_lost",
    "rights_set",
    "account_disabled",
    "account_reset",
    "password_set",
    "totp_set",
    "passkey_added",
    "passkey_removed",
    "agency_bound",
    "agency_unbound",
    # Keys
    "vault_made",
    "vault_unlocked",
    "vault_locked",
    "vault_granted",
    "vault_removed",
    "vault_words_set",
    "vault_recovered",
    "recipient_changed",
    "resealed",
    # Handoffs
    "listed",
    "opened",
    "assigned",
    "status_set",
    "paper_added",
    "erased",
    "clock_confirmed",
    "export_asked",
    "export_approved",
    "exported",
    # The log and the figures
    "audit_read",
    "audit_exported",
    "audit_lost",
    "audit_trimmed",
    "restored",
    "figures_exported",
]
ACTS: Final[tuple[Act, ...]] = get_args(Act)

#: Why somebody opens or exports. `other` is explained on paper, not here.
Reason = Literal["first_call", "follow_up", "request", "handover", "supervision", "duty", "other"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
#: Those for which somebody takes care of the person: only they end an alarm, let a handoff's time run, and have the person told
#: that a social worker is at it. For every other reason it stays as unopened as it was. Source: SECURITY R29.
CARING: Final = frozenset[str]({"first_call", "follow_up", "request", "handover"})

#: Who acts when nobody signed in does.
OFFICE: Final = "office"
COMMAND: Final = "command"
