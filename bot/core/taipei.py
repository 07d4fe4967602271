"""Taiwan's own time: facts about Taiwan begin and end there."""

from __future__ import annotations

from datetime import timedelta, timezone

#: UTC+8 all year: no summer time since 1979.
TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
