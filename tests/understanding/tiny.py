"""A model small enough to be made by hand: each value has its own hidden unit, which its own words switch on."""

from __future__ import annotations

from array import array

from bot.core.stated import ABUSERS, COMMANDS, HARMS, ROLES, STATUSES, WANTS
from bot.understanding.index import Index
from bot.understanding.lexicon import Lexicon, make_lexicon
from bot.understanding.net import Head, Model, Net

ENTRIES = {
    "en": [
        ("ME", "i"), ("ME", "i'm"), ("MY", "my"), ("HE", "he"), ("NOT", "not"), ("NOT_YET", "not yet"), ("IMAGE", "nudes"),
        ("PICTURE", "photo"), ("SPREAD", "posted"), ("SPREAD", "posted my nudes"), ("THREATEN", "threaten*"), ("DIE", "want to die"),
        ("HYPERBOLE", "to die for"), ("HITS", "hits me"), ("GO_BACK", "go back"), ("BARE_YES", "yes"), ("BARE_NO", "no"),
        ("LEAVE", "quit"), ("HELP_WORD", "help"), ("facebook", "facebook"), ("telegram", "telegram"), ("line", "line"),
        ("YOU_BOT", "on the line"), ("FRIEND", "facebook friends"), ("OFF_TOPIC_FOOD", "pizza"), ("CHILD", "my daughter"), ("FAKE", "ai"),
        ("SEEKS", "full video"), ("ASK_POLICE", "police"), ("MONEY", "pay"),
    ],
    "zh-TW": [
        ("ME", "我"), ("EX", "前男友"), ("MY_PARTNER", "男友"), ("PICTURE", "影片"), ("SPREAD", "傳出去"), ("NOT_YET", "還沒傳出去"),
        ("DIE", "想死"), ("HYPERBOLE", "想死你了"), ("facebook", "臉書"), ("EX", "ex男友"), ("FRIEND", "臉書好友"), ("LEAVE", "離開"),
        ("IMAGE", "妈妈"),
    ],
    "vi": [("HE", "nó"), ("HE", "no"), ("PICTURE", "ảnh"), ("PICTURE", "anh"), ("SPREAD", "hoà"), ("TO_WHOM", "ai cũng"), ("ME", "em")],
    "id": [("ME", "saya"), ("PICTURE", "foto*"), ("MY", "foto saya"), ("SECRETLY", "foto saya ganti*"), ("HE", "dia")],
    "th": [("ME", "หนู"), ("EX", "แฟนเก่า"), ("MY_PARTNER", "แฟน"), ("SPREAD", "ปล่อยคลิป"), ("IMAGE", "นม"), ("PICTURE", "คลิป")],
    "fil": [("ME", "ako"), ("MY", "ko"), ("PICTURE", "litrato"), ("HE", "sya"), ("STRANGER", "di ko kilala")],
}  # fmt: skip

HEADS = (
    Head("crisis", "many", ("true",)),
    Head("danger", "many", ("true",)),
    Head("out_of_scope", "many", ("true",)),
    Head("seeking", "many", ("true",)),
    Head("role", "one", ("", *ROLES)),
    Head("status", "one", ("", *STATUSES)),
    Head("abuser", "one", ("", *ABUSERS)),
    Head("minor", "one", ("", "true", "false")),
    Head("minor_at_filming", "one", ("", "true", "false")),
    Head("money_demanded", "one", ("", "true", "false")),
    Head("command", "one", ("", *COMMANDS)),
    Head("harms", "many", HARMS),
    Head("wants", "many", WANTS),
)

#: What a name of a sign says.
SAYS = {
    "DIE": ["crisis:true"],
    "HITS": ["danger:true"],
    "OFF_TOPIC_FOOD": ["out_of_scope:true"],
    "SEEKS": ["seeking:true"],
    "ME": ["role:self"],
    "CHILD": ["role:relative"],
    "SPREAD": ["status:spread", "harms:shared_without_consent"],
    "THREATEN": ["status:threatened", "harms:threatened_sharing"],
    "FAKE": ["harms:deepfake_shared", "harms:deepfake"],
    "EX": ["abuser:known"],
    "AGE_MINOR": ["minor:true"],
    "AGE_ADULT": ["minor:false"],
    "MONEY": ["money_demanded:true"],
    "ASK_POLICE": ["wants:police"],
    "w:weather": ["command:help"],
}


def tiny_lexicon() -> Lexicon:
    return make_lexicon(ENTRIES)


def tiny_model(thresholds: dict[str, float] | None = None) -> Model:
    names = [f"{head.field}:{value}" for head in HEADS for value in head.values]
    rows = bytearray()
    for said in SAYS.values():
        rows += bytes(255 if name in said else 128 for name in names)
    size = len(names)
    # A unit is on wherever one of its signs stands, however many others stand beside it.
    weights = [60.0 if row == column else 0.0 for row in range(size) for column in range(size)]
    quiet = [2.0 if name.endswith(":") else -6.0 for name in names]
    net = Net(
        bytes(rows),
        array("f", [0.01] * size),
        array("f", [0.01] * size),
        array("f", [0.0] * size),
        array("f", weights),
        array("f", quiet),
        "tanh",
    )
    features = Index.of((sign, row) for row, sign in enumerate(SAYS))
    return Model(tiny_lexicon(), features, net, HEADS, thresholds or {}, {"made": "by hand"})
