"""Stands in for uvloop, whose connections are made beneath Python and heard by nobody: the loop of Python's own."""

from asyncio import run

__all__ = ["run"]
