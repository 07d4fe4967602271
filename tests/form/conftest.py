"""The form of this repository, read once."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from bot.form.model import Form
from bot.form.parse import parse_form
from bot.form.reading import FormReader

FLOWS = Path(__file__).parents[2] / "flows"
TODAY = date(2026, 11, 21)
#: No test here depends on how busy the machine is.
ANY_TIME = settings(deadline=None)
#: As flows/consent.toml is shaped; its sentences belong to another test.
CONSENT = """
version = "2026-11-21"
title = "說明"
[notices]
name = "一"
purpose = "二"
categories = "三"
use = "四"
rights = "五"
without = "六"
[[uses]]
id = "contact"
text = "聯絡我"
needed = true
[[uses]]
id = "refer"
text = "轉給縣市"
needed = false
"""


def read_flow(name: str) -> str:
    return (FLOWS / name).read_text("utf-8")


def make_form() -> Form:
    return parse_form(read_flow("form.toml"), read_flow("places.toml"), CONSENT)


FORM = make_form()
READER = FormReader(FORM)


@pytest.fixture
def form() -> Form:
    return FORM


def take(key: str, text: str, draft: dict[str, str] | None = None) -> object:
    """Return what was taken, or the reason why not."""
    read = READER.read(key, text, draft or {}, today=TODAY)
    return dict(read.values) if hasattr(read, "values") else read.reason
