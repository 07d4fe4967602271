"""What is learned of a text: one head for each field, with as many outputs as the field has values."""

from __future__ import annotations

from bot.core import stated
from bot.understanding.net import Head

NOTHING = ""
_YES = ("true",)
_TRUTH = (NOTHING, "true", "false")

HEADS = (
    Head("crisis", "many", _YES),
    Head("danger", "many", _YES),
    Head("out_of_scope", "many", _YES),
    Head("seeking", "many", _YES),
    Head("role", "one", (NOTHING, *stated.ROLES)),
    Head("minor", "one", _TRUTH),
    Head("minor_at_filming", "one", _TRUTH),
    Head("status", "one", (NOTHING, *stated.STATUSES)),
    Head("money_demanded", "one", _TRUTH),
    Head("abuser", "one", (NOTHING, *stated.ABUSERS)),
    Head("command", "one", (NOTHING, *stated.COMMANDS)),
    Head("harms", "many", stated.HARMS),
    Head("wants", "many", stated.WANTS),
    Head("platforms", "many", stated.PLATFORMS),
    Head("language", "one", stated.LANGUAGES),
)
#: Of these nothing is said by way of "nothing"; what they say is no claim about a person's case.
BESIDE = ("out_of_scope", "seeking", "language")


def _slice_all() -> dict[str, slice]:
    slices, at = {}, 0
    for head in HEADS:
        slices[head.field] = slice(at, at + len(head.values))
        at += len(head.values)
    return slices


#: Where each field's outputs lie.
SLICES = _slice_all()
OUTPUTS = sum(len(head.values) for head in HEADS)


def list_claims(head: Head) -> list[int]:
    """Return the outputs of a head that say something; the first of a `one` head says that nothing is said."""
    own = range(OUTPUTS)[SLICES[head.field]]
    return [at for at, value in zip(own, head.values, strict=True) if value]
