"""
The Protocols between the conversation and the world, and what travels through them.

Adapters (`channels`, `store`, `crypto`, `voice`) implement them; `wiring` is the only package that
knows which. They speak our words, not tables or JSON of a channel.
"""

from bot.core.events import RequestKind
from bot.ports.channel import Sender, Webhook
from bot.ports.conversation import Clock, Conversation, FormVoice, Interface, Voice, WebCodec
from bot.ports.desk import DeskStore, StoredConsent, StoredHandoff, StoredRequest
from bot.ports.handoff import (
    FEWEST_RECIPIENTS,
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
from bot.ports.staff import StaffAccount, StaffSession, StaffStore
from bot.ports.store import Outbox, Store, Stored, Tx
from bot.ports.vault import Vault

__all__ = [
    "FEWEST_RECIPIENTS",
    "Address",
    "Case",
    "Clock",
    "Conversation",
    "Desk",
    "DeskStore",
    "Errand",
    "FormVoice",
    "HandoffTx",
    "Inbound",
    "Interface",
    "Letter",
    "Mail",
    "NewConsent",
    "NewHandoff",
    "NewRequest",
    "NotSent",
    "Opened",
    "Outbox",
    "Page",
    "Purpose",
    "Received",
    "RequestKind",
    "Sealed",
    "Sealer",
    "Sender",
    "Sent",
    "StaffAccount",
    "StaffSession",
    "StaffStore",
    "Status",
    "Store",
    "Stored",
    "StoredConsent",
    "StoredHandoff",
    "StoredRequest",
    "Tx",
    "Vault",
    "Voice",
    "Waiting",
    "WebCodec",
    "Webhook",
    "Wipe",
]
