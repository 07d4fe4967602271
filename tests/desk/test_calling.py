"""Which number may be called: the one that was chosen, and never one that was not agreed to."""

from __future__ import annotations

import pytest

from bot.desk.calling import Calling, choose_lines

MOBILE = {"phone_mobile": "0912-345-678"}
SAFE = {"safe_phone_mobile": "0987-654-321"}
YES = {"safe_person": True}


@pytest.mark.parametrize(
    ("fields", "uses", "calling"),
    [
        ({}, {}, Calling("none")),
        (MOBILE, {}, Calling("only", ("phone_mobile",))),
        ({**MOBILE, "phone_home": "02-2345-6789"}, {}, Calling("own", ("phone_mobile", "phone_home"))),
        ({**MOBILE, "phone_home": "0912-345-678"}, {}, Calling("only", ("phone_mobile",))),
        ({**MOBILE, "phone_work": "02-1", "call_number": "work"}, {}, Calling("chosen", ("phone_work",))),
        ({**MOBILE, "call_number": "work"}, {}, Calling("chosen")),
        ({**MOBILE, "call_number": "odd"}, {}, Calling("chosen")),
        ({**MOBILE, **SAFE, "call_number": "safe"}, YES, Calling("chosen", ("safe_phone_mobile",))),
        ({**MOBILE, **SAFE, "call_number": "safe"}, {}, Calling("barred")),
        (SAFE, YES, Calling("none")),
    ],
)
def test_the_number_to_call(fields: dict[str, str], uses: dict[str, bool], calling: Calling) -> None:
    """The number of somebody they trust is called only if it was chosen and agreed to."""
    assert choose_lines(fields, uses) == calling
