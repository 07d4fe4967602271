"""`python -m training`: learn from the sentences in the repository and write flows/words/understood.bin."""

from __future__ import annotations

import argparse
import os
import sys
import time

from training.checking import ARTEFACT, find_fault
from training.recipe import Recipe
from training.sums import SAME_SUMS


def main() -> int:
    """Learn, or say whether the file is that of the sentences."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="only say whether the file was learned from these sentences"
    )
    arguments = parser.parse_args()
    os.environ.update(SAME_SUMS)
    if arguments.check:
        return _check()
    # Only now: numpy looks at the environment once, when it is imported.
    from training.learn import write  # noqa: PLC0415

    started = time.monotonic()
    size = write(ARTEFACT, Recipe())
    print(f"{ARTEFACT.name}: {size / 1e6:.1f} MB in {time.monotonic() - started:.0f} s")
    return 0


def _check() -> int:
    fault = find_fault()
    print(fault or "it is the file of these sentences")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
