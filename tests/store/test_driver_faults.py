"""R6: a connection that breaks in the middle of anything is a database that is away, not a fault of ours."""

from __future__ import annotations

import asyncpg
import pytest

from bot.errors import StoreDown
from bot.store.conn import answering


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.InternalClientError("not connected"),
        asyncpg.ProtocolError("cannot switch to state; protocol is in the failed state"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_connection_that_broke_is_a_database_that_is_away(fault: Exception) -> None:
    """What was begun is not known to be stored, so the channel sends it again."""
    with pytest.raises(StoreDown), answering():
        raise fault
