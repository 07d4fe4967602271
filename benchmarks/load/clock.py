"""
A clock that wakes within microseconds.

The timers of event loops are as coarse as a millisecond, which is as much as what is measured; Linux's
timerfd is not. (Python has it from 3.13 on; here it is called in the C library.)
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
import sys
import time

_CLOCK_MONOTONIC, _ABSOLUTE, _NONBLOCK = 1, 1, 0o4000


class FineClock:
    """Sleeps until moments of CLOCK_MONOTONIC. One sleeper at a time."""

    def __init__(self) -> None:
        self._file = -1
        if sys.platform == "linux":
            self._c = ctypes.CDLL(None, use_errno=True)
            self._file = self._c.timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK)
        if self._file >= 0:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._file, self._ring)
        self._rung: asyncio.Future[None] | None = None

    async def until(self, moment: float) -> None:
        """Sleep until then; at once when it is past."""
        wait_s = moment - time.monotonic()
        if wait_s <= 0:
            return
        if self._file < 0:
            await asyncio.sleep(wait_s)
            return
        self._rung = self._loop.create_future()
        whole = int(moment)
        value = struct.pack("qqqq", 0, 0, whole, int((moment - whole) * 1e9))
        self._c.timerfd_settime(self._file, _ABSOLUTE, value, None)
        await self._rung

    def close(self) -> None:
        """Release the timer."""
        if self._file >= 0:
            self._loop.remove_reader(self._file)
            os.close(self._file)

    def _ring(self) -> None:
        os.read(self._file, 8)
        if self._rung is not None and not self._rung.done():
            self._rung.set_result(None)
