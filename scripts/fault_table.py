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
_TITLES = {"line": "LINE, by reply token", "telegram": "Telegram, by sendMessage"}


def draw(outcomes: Outcomes) -> str:
    """Return the page."""
    doubles = sum(outcome.seen > 1 for outcome in outcomes.values())
    parts = [_HEAD.format(doubles=doubles, cells=len(outcomes))]
    return "\n".join([*parts, *(_draw_channel(channel, outcomes) for channel in KINDS)])


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
