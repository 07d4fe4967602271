"""
The Protocols between the conversation and the world, and what travels through them.

Adapters (`channels`, `store`, `crypto`, `voice`) implement them; `wiring` is the only package that
knows which. They speak our words, not tables or JSON of a channel.
"""

from bot.core.events import RequestKind
from bot.ports.audit import Audit, AuditEntry, AuditStore, AuditWanted
from bot.ports.casework import CaseworkStore, PaperKind, StoredPaper, Work
from bot.ports.channel import Sender, Webhook, name_door
from bot.ports.conversation import Clock, Conversation, FormVoice, Interface, Voice, WebCodec
from bot.ports.desk import DeskStore, Ending, StoredConsent, StoredHandoff, StoredRequest, Unopened
from bot.ports.exports import ExportRequest, ExportStore
from bot.ports.handoff import (
    FEWEST_RECIPIENTS,
    TOLD,
    Case,
    Desk,
    HandoffTx,
    NewConsent,
    NewHandoff,
    NewRequest,
    NotSent,
    Opened,
    Page,
    Purpose,
    Sealed,
    Sealer,
    Sent,
    Status,
)
from bot.ports.mail import Address, Errand, Inbound, Letter, Mail, Received, Waiting, Wipe
from bot.ports.notices import Messenger, Notice
from bot.ports.quarantine import Kept, Poison, Quarantine
from bot.ports.sealing_tests import FoundTests, NewSealingTests, SealingTest, SealingTestStore
from bot.ports.staff import (
    BY_COMMAND,
    NOTHING_SHOWN,
    Invitation,
    Joined,
    Method,
    Newcomer,
    Passkey,
    Right,
    Shown,
    StaffAccount,
    StaffSession,
    StaffStore,
    is_demo_name,
)
from bot.ports.store import Carrier, Outbox, Store, Stored, Tx
from bot.ports.tally import Counted, Counts, TallyStore
from bot.ports.vault import Vault
from bot.ports.ways import Agency, Way, WaysStore

__all__ = [
    "BY_COMMAND",
    "FEWEST_RECIPIENTS",
    "NOTHING_SHOWN",
    "TOLD",
    "Address",
    "Agency",
    "Audit",
    "AuditEntry",
    "AuditStore",
    "AuditWanted",
    "Carrier",
    "Case",
    "CaseworkStore",
    "Clock",
    "Conversation",
    "Counted",
    "Counts",
    "Desk",
    "DeskStore",
    "Ending",
    "Errand",
    "ExportRequest",
    "ExportStore",
    "FormVoice",
    "FoundTests",
    "HandoffTx",
    "Inbound",
    "Interface",
    "Invitation",
    "Joined",
    "Kept",
    "Letter",
    "Mail",
    "Messenger",
    "Method",
    "NewConsent",
    "NewHandoff",
    "NewRequest",
    "NewSealingTests",
    "Newcomer",
    "NotSent",
    "Notice",
    "Opened",
    "Outbox",
    "Page",
    "PaperKind",
    "Passkey",
    "Poison",
    "Purpose",
    "Quarantine",
    "Received",
    "RequestKind",
    "Right",
    "Sealed",
    "Sealer",
    "SealingTest",
    "SealingTestStore",
    "Sender",
    "Sent",
    "Shown",
    "StaffAccount",
    "StaffSession",
    "StaffStore",
    "Status",
    "Store",
    "Stored",
    "StoredConsent",
    "StoredHandoff",
    "StoredPaper",
    "StoredRequest",
    "TallyStore",
    "Tx",
    "Unopened",
    "Vault",
    "Voice",
    "Waiting",
    "Way",
    "WaysStore",
    "WebCodec",
    "Webhook",
    "Wipe",
    "Work",
    "is_demo_name",
    "name_door",
]
