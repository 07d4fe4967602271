"""
The Protocols between the conversation and the world, and what travels through them.

Adapters (`channels`, `store`, `crypto`, `voice`) implement them; `wiring` is the only package that
knows which. They speak our words, not tables or JSON of a channel.
"""

from bot.ports.channel import Sender, Webhook
from bot.ports.conversation import Clock, Conversation, Interface, Voice, WebCodec
from bot.ports.mail import Address, Errand, Inbound, Letter, Mail, Received, Waiting, Wipe
from bot.ports.staff import StaffAccount, StaffSession, StaffStore
from bot.ports.store import Outbox, Store, Stored, Tx
from bot.ports.vault import Vault

__all__ = [
    "Address",
    "Clock",
    "Conversation",
    "Errand",
    "Inbound",
    "Interface",
    "Letter",
    "Mail",
    "Outbox",
    "Received",
    "Sender",
    "StaffAccount",
    "StaffSession",
    "StaffStore",
    "Store",
    "Stored",
    "Tx",
    "Vault",
    "Voice",
    "Waiting",
    "WebCodec",
    "Webhook",
    "Wipe",
]
