"""Where a server under test finds the API, its own port and its folder, in the environment."""

from __future__ import annotations

import os
from pathlib import Path

PORT = int(os.environ.get("BENCHMARK_PORT", "0"))
API = os.environ.get("BENCHMARK_API", "")
FOLDER = Path(os.environ.get("BENCHMARK_FOLDER", "."))
#: SQLite's journal mode, where it is not the one that ours chooses.
JOURNAL = os.environ.get("BENCHMARK_JOURNAL", "")
