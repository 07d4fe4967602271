"""
What can be wrong with a service before it runs: each check once, for the start of a program and for `frontdoor doctor`.

A check looks and changes nothing. It names cause and mend, and never a value that could be a secret.
"""

from bot.wiring.checks.finding import Finding, Level
from bot.wiring.checks.starting import Program, refuse_full_disk, refuse_to_start

__all__ = ["Finding", "Level", "Program", "refuse_full_disk", "refuse_to_start"]
