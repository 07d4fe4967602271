"""
Back-ups: one encrypted, signed file of what the desk must not lose, and nothing of any conversation.

It knows neither the database nor the data directory: what is copied is handed to it, and handed back. Source: SECURITY §6, T9.
"""

from bot.desk.backups.content import Content, read_content, write_content
from bot.desk.backups.sealing import SealedBackup, open_backup, read_backup, read_signer, seal_backup
from bot.desk.backups.shelf import MOST_DAYS, list_backups, name_backup, prune

__all__ = [
    "MOST_DAYS",
    "Content",
    "SealedBackup",
    "list_backups",
    "name_backup",
    "open_backup",
    "prune",
    "read_backup",
    "read_content",
    "read_signer",
    "seal_backup",
    "write_content",
]
