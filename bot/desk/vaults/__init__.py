"""
The desk's key, wrapped for each member of staff, and open in memory while that member works.

A vault is a file of the desk's host, never a row of the database: a member's own age identity, locked with words that only
the member knows (Argon2id), and the desk's identities sealed to it. Setting a password anew opens no vault: somebody whose
vault is open must grant it again. Source: SECURITY §5.
"""

from bot.desk.vaults.keeping import StaffVaults
from bot.desk.vaults.port import Vaults, VaultState
from bot.desk.vaults.seen import DeskKey, Refusal, VaultSeen

__all__ = ["DeskKey", "Refusal", "StaffVaults", "VaultSeen", "VaultState", "Vaults"]
