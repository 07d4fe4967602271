"""
The exceptions of this program.

    BotError
    ├─ ConfigError               start-up only: cause and mend in one line
    ├─ FlowError                 start-up and CI only: file, state, reason
    ├─ ChannelError(permanent)   a channel refused or did not answer
    │   └─ BadSignature          the webhook is not from the channel
    ├─ StateGone                 the stored state is no longer in the flow
    ├─ StaleSession              someone saved first: retry
    ├─ StoreDown                 the database did not answer: answer 503 so that the channel sends it again
    ├─ TooOften                  one person or source wants more than anybody needs: say so, show the human route
    ├─ DeskClosed                too few can open a handoff, so none is taken: say so, show the human route
    ├─ AgencyDown                the agency's own sign-in did not answer, or not as it must: use another way in
    ├─ AuditDown                 the audit log cannot be written: open and export nothing
    ├─ Forged                    not signed by this service, or put in another's place: show nothing of it
    └─ Unreadable                a stored secret cannot be opened: its key is gone or it was altered

None of them ever carries what a person wrote, a user id or a token.
"""

from __future__ import annotations


class BotError(Exception):
    """Anything this program raises on purpose."""


class ConfigError(BotError):
    """A setting is unsafe or wrong. The message names the cause and the mend in one line."""


class FlowError(BotError):
    """A file in `flows/` cannot be used."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class ChannelError(BotError):
    """
    A channel refused a message or did not answer.

    `permanent`: trying again cannot help. `token_gone`: the reply token is used or expired.
    `reached`: the channel may have delivered the message although we got no clear answer. `gone`: the
    person blocked us or left the channel. `halts`: the channel refuses our credentials, so nothing else
    will pass either. `done` bubbles surely arrived, as the messages `message_ids`.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        token_gone: bool = False,
        reached: bool = False,
        retry_after_s: float | None = None,
        gone: bool = False,
        halts: bool = False,
        done: int = 0,
        message_ids: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.token_gone = token_gone
        self.reached = reached
        self.retry_after_s = retry_after_s
        self.gone = gone
        self.halts = halts
        self.done = done
        self.message_ids = message_ids


class BadSignature(ChannelError):
    """The request is not from the channel. Answer 403 and store nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class StateGone(BotError):
    """The flow changed under a session. The caller restarts it at the flow's start."""


class StaleSession(BotError):
    """Another delivery of the same person was saved first. Load again and retry."""


class StoreDown(BotError):
    """The database did not answer, or not in time. Nothing is known to be saved: answer 503."""


class TooOften(BotError):
    """Somebody sends more than their limit. Nothing was stored, and what they wrote must not be lost on the way back."""


class Unreadable(BotError):
    """A sealed field cannot be opened: its key was destroyed, or the bytes were altered."""


class DeskClosed(BotError):
    """Fewer than two recipients are active, so nothing can be sealed. What was filled in stays where it is."""


class AuditDown(BotError):
    """The audit log could not be written. Whatever was to be noted in it is not done. Source: SECURITY §1."""


class AgencyDown(BotError):
    """The agency's own sign-in did not answer, or not as it must. Staff use another way in."""


class Forged(BotError):
    """A sealed thing is not what its signature says: another id, time, kind or content, or nobody's we trust."""
