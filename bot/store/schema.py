"""
The tables. Every column here is what a stolen copy shows: keyed hashes, ciphertext, counts, rough times.

No column may hold what a person wrote, a channel's user id or a reply token in the clear, and no
table joins a person to a handoff (docs/adr/0019). Migrations repeat this by hand; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.store.moments import Moment

#: Fixed names, so that a migration on either database can name what it changes.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

_KEYED_HASH = String(64)
_ID = String(36)
_FINGERPRINT = String(200)

#: Where one person is. `version` fences stale saves; `blob` is locked with the session's own key.
person_session = Table(
    "person_session",
    metadata,
    Column("person", _KEYED_HASH, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("blob", LargeBinary, nullable=True),
    Column("reply_lost", Boolean, nullable=False),
    Column("erase_at", Moment, nullable=False, index=True),
)

#: The key store: never backed up. Without its row here a blob elsewhere, or in a backup, is noise.
erasable_key = Table(
    "erasable_key",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

#: Deliveries that were handled. The keyed hash covers the channel too.
inbox_event = Table(
    "inbox_event",
    metadata,
    Column("event", _KEYED_HASH, primary_key=True),
    Column("seen_at", Moment, nullable=False, index=True),
)

#: Replies on their way. `state`: new, sending, sent, uncertain, expired or dead; `seq` is their order.
outbox = Table(
    "outbox",
    metadata,
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("id", String(36), nullable=False, unique=True),
    Column("person", _KEYED_HASH, nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reached", Boolean, nullable=False),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("final", Boolean, nullable=False, server_default=false()),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("until", Moment, nullable=True),
    Column("claimed_at", Moment, nullable=True),
    Index("ix_outbox_state", "state", "seq"),
    sqlite_autoincrement=True,  # an order number is never given twice, not even after a deletion
)

#: Messages of a chat that can still be taken back. `blob` is the channel's id, locked with the chat's own key.
chat_message = Table(
    "chat_message",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("person", _KEYED_HASH, nullable=False, index=True),
    Column("ours", Boolean, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("drop_at", Moment, nullable=False, index=True),
)

#: One-time codes: a keyed hash of each, and whose conversation it stands for. One a person.
move_code = Table(
    "move_code",
    metadata,
    Column("code", _KEYED_HASH, primary_key=True),
    Column("person", _KEYED_HASH, nullable=False, unique=True),
    Column("until", Moment, nullable=False, index=True),
)

#: One staff member's way in.
staff_account = Table(
    "staff_account",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("password_hash", String(500), nullable=False),  # empty: no password
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment, nullable=True),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("locked_until", Moment, nullable=True),
    Column("rights", String(200), nullable=False, server_default=text("''")),
    Column("password_at", Moment, nullable=True),
    Column("old_passwords", Text, nullable=False, server_default=text("''")),
    Column("totp", LargeBinary, nullable=True),
    Column("totp_step", BigInteger, nullable=True),
    Column("totp_failures", Integer, nullable=False, server_default=text("0")),
    Column("oidc_subject", _KEYED_HASH, nullable=True, index=True, unique=True),
    Column("seen_at", Moment, nullable=True),
    Column("opens_since", Moment, nullable=True),
)

#: Who is signed in. The token itself is only with the staff member's browser; `id` names it for ending it.
staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", _KEYED_HASH, primary_key=True),
    Column(
        "account_id",
        String(36),
        ForeignKey("staff_account.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("id", _ID, nullable=False, server_default=text("''")),
    Column("method", String(16), nullable=False, server_default=text("'password'")),
    Column("proved_at", Moment, nullable=True),
)

#: Passkeys: public halves only. `id`: the credential id as base64url text.
staff_passkey = Table(
    "staff_passkey",
    metadata,
    Column("id", String(1400), primary_key=True),
    Column("account_id", String(36), ForeignKey("staff_account.id"), nullable=False, index=True),
    Column("credential", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("label", String(80), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=True),
)

#: Links that let somebody in once: a new colleague, or one who lost all ways in.
staff_invitation = Table(
    "staff_invitation",
    metadata,
    Column("token_hash", _KEYED_HASH, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("rights", String(200), nullable=False),
    Column("account_id", String(36), nullable=True),
    Column("made_by", String(36), nullable=False),
    Column("until", Moment, nullable=False),
)

#: Who did what at the desk, without anybody's personal data. Rows are added, never changed: see `bot.desk.audit`.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("signer", _FINGERPRINT, nullable=False),
)

#: Who takes care of a handoff, and in which full hour the person was first called.
handoff_work = Table(
    "handoff_work",
    metadata,
    Column("handoff_id", _ID, primary_key=True),
    Column("assigned_to", _ID, nullable=True),
    Column("called_at", Moment, nullable=True),
    sqlite_with_rowid=False,
)

#: What staff write about a handoff, sealed like it: notes, and the acknowledgement of the form.
handoff_paper = Table(
    "handoff_paper",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("handoff_id", _ID, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("author", _ID, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("signer", _FINGERPRINT, nullable=False),
    sqlite_with_rowid=False,
)

#: Large exports that wait for a second person. `handoff_ids`: one a line.
export_request = Table(
    "export_request",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("asked_by", _ID, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("format", String(8), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("handoff_ids", Text, nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("approved_by", _ID, nullable=True),
    Column("fetched_at", Moment, nullable=True),
)

#: Counts of a day in Taiwan, of nobody in particular: how often `name` was met among things of a `kind`.
tally = Table(
    "tally",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Sealed handoffs. The public side can add a row, and neither read, change nor remove one.
handoff = Table(
    "handoff",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("created_at", Moment, nullable=False, index=True),
    Column("blob", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("signer", _FINGERPRINT, nullable=False),
    sqlite_with_rowid=False,  # a row number would tell in which order people sent theirs
)

#: How far the desk is. `receipt`: a keyed hash; `alerts`: warnings that nobody opened it; `told`: notices that left of it.
handoff_case = Table(
    "handoff_case",
    metadata,
    Column("handoff_id", _ID, primary_key=True),
    Column("receipt", _KEYED_HASH, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("status_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=True),
    Column("alerts", Integer, nullable=False, server_default=text("0")),
    Column("told", Integer, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)

#: What was agreed to, apart from the story. No foreign keys here: checking one means reading.
consent_record = Table(
    "consent_record",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("handoff_id", _ID, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("text_sha256", String(64), nullable=False, index=True),
    Column("blob", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("signer", _FINGERPRINT, nullable=False),
    sqlite_with_rowid=False,
)

#: The texts that were shown, word for word: the same for everybody with that version and language.
consent_text = Table(
    "consent_text",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: What was asked for later: to take it back (`number` 1 alone), or to put something right (1 to 5). `seen_at`: the full hour in
#: which somebody first read it; `alerts`, `told`: as in `handoff_case`.
handoff_request = Table(
    "handoff_request",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("handoff_id", _ID, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("signer", _FINGERPRINT, nullable=False),
    Column("seen_at", Moment, nullable=True),
    Column("alerts", Integer, nullable=False, server_default=text("0")),
    Column("told", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("handoff_id", "kind", "number"),
    sqlite_with_rowid=False,
)

#: Test handoffs: a constant text sealed once an hour by each signer, and to whom it says that it did. Nothing of anybody.
sealing_test = Table(
    "sealing_test",
    metadata,
    Column("hour", Moment, primary_key=True, autoincrement=False),
    Column("signer", _FINGERPRINT, primary_key=True),
    Column("recipients", Text, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("ix_sealing_test_signer", "signer", "hour"),
    sqlite_with_rowid=False,
)

#: One-time pages: the keyed hash of a link nobody has opened yet, or of the seat of who did. One a person.
page_seat = Table(
    "page_seat",
    metadata,
    Column("person", _KEYED_HASH, primary_key=True),
    Column("token", _KEYED_HASH, nullable=True, unique=True),
    Column("seat", _KEYED_HASH, nullable=True, unique=True),
    Column("until", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Uses that count against a limit: a keyed hash of what, who and the how-manieth, and until when it counts.
use_count = Table(
    "use_count",
    metadata,
    Column("use", _KEYED_HASH, primary_key=True),
    Column("until", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Where an input made our code fail, until when that is kept, and what the input looked like: locked, and never a word.
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("until", Moment, nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("fault", String(120), nullable=False),
    Column("place", String(200), nullable=False),
    Column("blob", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
