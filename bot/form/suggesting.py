"""What the conversation knows of the form already. It is offered for review, and never asked again."""

from __future__ import annotations

from collections.abc import Mapping

from bot.form.model import SEPARATOR

_ORDER = ("t1", "t2", "t3", "t4", "t5", "t6", "t7")


def suggest(answers: Mapping[str, str]) -> dict[str, str]:
    """
    Return the kinds of abuse that the answers name, as a draft. Never an age: the form's is asked for by itself.

    Something that was spread or threatened is taken to be what was named with it: made up by a computer when only that
    was named, real when nothing of that kind was, and either when both were. The person unticks what does not fit.
    """
    said = {key for key in ("spread", "threat", "secret", "forced", "fake") if answers.get(key) == "yes"}
    is_fake = "fake" in said
    is_real = not is_fake or bool(said & {"secret", "forced"})
    types = {
        "t1": "secret" in said,
        "t2": "forced" in said,
        "t3": is_fake,
        "t4": "spread" in said and is_real,
        "t5": "spread" in said and is_fake,
        "t6": "threat" in said and is_real,
        "t7": "threat" in said and is_fake,
    }
    found = SEPARATOR.join(one for one in _ORDER if types[one])
    return {"types": found} if found else {}
