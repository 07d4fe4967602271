"""Reads what somebody writes: from a text to what it states (`bot.core.stated`). Local, deterministic, correctable; no text is kept."""
