"""
Imported by every Python that starts with this folder in its path: writes down whom it asks and what it connects to.

The hook sits beneath every library, in the program itself and in each Python that it starts, and cannot be taken out again.
One line of JSON for each: what happened, and with what.
"""

import json
import os
import sys
from typing import Any

_FILE = os.open(os.environ["OVERHEARD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
#: Event → which of its arguments says where to. Source: Python documentation, audit events table.
_TELLING = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
    "subprocess.Popen": 0,
    "os.posix_spawn": 0,
    "os.exec": 0,
    "os.system": 0,
}


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    place = _TELLING.get(event)
    if place is None or arguments[place] is None:
        return
    where = arguments[place]
    if event == "socket.getaddrinfo":
        where = arguments[:2]
    told = json.dumps([event, list(where) if isinstance(where, tuple) else where], default=_spell)
    os.write(_FILE, f"{told}\n".encode())


def _spell(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


sys.addaudithook(_note)
