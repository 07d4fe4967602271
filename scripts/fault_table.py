"""
Writes docs/faults.md: what becomes of a reply when its k-th try meets a fault, on each channel.

Every cell is run on the real adapters, worker and store against the strict fakes, so that the table
cannot say what is not true. Run it as `python -m scripts.fault_table`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

from tests.end_to_end.fault_cells import KINDS, TRIES, Outcome, Outcomes, measure

OUT = Path(__file__).parents[1] / "docs" / "faults.md"

_HEAD = """# Faults

Written by `python -m scripts.fault_table`; a test runs every cell again and compares.

What becomes of one reply when a try to send it meets a fault. The tries before that one were turned away with 429,
so nothing had arrived by then; after it the channel is well again. Every cell is a conversation of its own through the
real adapter, worker and database, against a strict fake of the channel, by a clock that the test moves. Sending happens by
reply token on LINE and by `sendMessage` on Telegram; nothing is ever pushed, so there is no table for pushes.

A cell says the letter's end, after how many tries, how often the person got the reply by itself, and what their next
message brings.

| end | means |
|---|---|
| sent | the channel said that it has it |
| uncertain | it may have arrived, and a further try could say it twice, so there is none |
| expired | the reply token had died; it did not arrive |
| dead | the channel refuses it for good; the operator finds an incident in the log |
| erased | the person has blocked us: everything about them is destroyed |

| next message | means |
|---|---|
| goes on | it is taken as the answer to the question that they saw |
| asks again | the question is shown anew, and nothing is taken as its answer |
| begins anew | nothing is known about them any more |

On LINE a try that may have arrived is repeated with the same token, which LINE spends once: the second try either delivers
or learns that the first one did. Telegram has no such token, so there such a try is the last.

Seen twice: {doubles} of {cells} cells.
"""
_TAIL = """## What can wait, and how much of it

Every queue of `serve`, with its bound and what happens to whatever comes when it is full. Nothing else in the process grows with what people send.

| what waits | at most | what is more |
|---|---|---|
| connections | 4,000, or 256 fewer than the system allows open files | closed at once |
| requests in hand | 1,000, and 100 more for channels and for who leaves the page | 503, unread, with the numbers to call in every language; without a word to who leaves |
| the head of a request | 64 KB, 10 seconds | the connection is closed |
| the body of a webhook, of a page's act, of a small post | 256 KB, 64 KB, 4 KB; 30 seconds, or 3 once 500 requests are in hand | 413 or 408, unread; the connection is closed |
| events of one body | as many as 256 KB hold, 1.5 seconds | 503; those that were stored are recognised when it comes again |
| inputs in hand, also those that wait for the database | 500, and no more once those of sixteen people have waited for 0.6 seconds ([ADR 0042](adr/0042-turned-away-in-time.md)) | 503 at once, deliveries unread; a page keeps what was typed |
| messages of one person behind each other | those inputs; 0.8 seconds | 503 |
| transactions that wait for SQLite's writer | those inputs; each 0.8 seconds, work in the background 10 seconds | 503 |
| transactions that wait for a connection to PostgreSQL | those inputs over 10 connections; each 0.8 seconds, what nobody waits for 10 | 503 |
| inputs that go on after the channel was told 503 | those inputs; their own limits of time | – |
| messages of one person | 40, and 20 a minute ([ADR 0035](adr/0035-limits.md)) | dropped, 200, told once a minute; what an outage or a crowd had turned away hears 503 and comes again, up to 200 |
| letters that are being sent | 256, one for each person; those of one commit together beyond that | stay in the outbox, in the database |
| letters whose outcome is to be written down, those included | 2,000 | the next ones stay in the outbox |
| signs that it takes longer | 20 at once, of those who have waited for 0.7 seconds | left out |
| letters in the outbox | ten minutes old; with a reply token its 50 seconds; last wishes 24 hours | closed by the sweep, and the next message asks anew |
| tries of one letter | four | given up, as in the tables above |
| alarm clocks for letters that wait a second for more | one for each input of the last second | – |
| courtesies (a spinner, leaving a group): by webhook | those of one body, one after the other, behind its answer | – |
| courtesies by polling | 200 | left out |
| updates in one fetch of Telegram | 100 | stay at Telegram |
| live pages | 200, of one person 3, of one source 20 | the page goes on without |
| a live page that does not read | 8 seconds | closed |
| names of those who left | 10,000 that had told something, 10,000 of which nobody knows; ten minutes | the oldest of the same kind is forgotten |
| exits beyond the budget of their source | 10,000, one after the other | the screen is blank all the same; the conversation ends by its own time, `exit_not_stored` |
| exits that are tried again | 1,000 | tried once; the conversation ends by its own time |
| deliveries that could neither be taken nor answered | 1,000, five times each | the oldest begins to count anew |
| records in quarantine | 20 of one fault, 500 in all, seven days | the log alone tells |
| names in the limits of people and sources | three rows of 65,536 cells each, whoever comes | – |
| counts for figures | the names of the flow, for 30 seconds | written down |
"""
_TITLES = {"line": "LINE, by reply token", "telegram": "Telegram, by sendMessage"}


def draw(outcomes: Outcomes) -> str:
    """Return the page."""
    doubles = sum(outcome.seen > 1 for outcome in outcomes.values())
    parts = [_HEAD.format(doubles=doubles, cells=len(outcomes))]
    return "\n".join([*parts, *(_draw_channel(channel, outcomes) for channel in KINDS), _TAIL])


def _draw_channel(channel: str, outcomes: Outcomes) -> str:
    columns = " | ".join(f"at try {at}" for at in TRIES)
    rows = [f"## {_TITLES[channel]}", "", f"| fault | {columns} |", "|---|" + "---|" * len(TRIES)]
    for kind in KINDS[channel]:
        cells = " | ".join(_draw_cell(outcomes[channel, kind.name, at]) for at in TRIES)
        rows.append(f"| {kind.name} | {cells} |")
    return "\n".join(rows) + "\n"


def _draw_cell(outcome: Outcome) -> str:
    tries = "1 try" if outcome.tries == 1 else f"{outcome.tries} tries"
    return f"{outcome.state} after {tries}, seen {outcome.seen}×, {outcome.then}"


if __name__ == "__main__":
    logging.disable()
    # The SDKs honour proxy variables; the fakes are on this machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    OUT.write_text(draw(asyncio.run(measure())), encoding="utf-8")
