"""Telling a conversation: the acts of a script, and how each is written down."""

from __future__ import annotations

from bot.core.transcript import parse_script, tell
from tests.core.cast import shipped_engine, shipped_speaker


def told(*acts: str, channel: str = "web") -> str:
    header = f"# proves: a test\n# channel: {channel}\n"
    script = parse_script(header + "\n".join(f"you: {act}" for act in acts), "test")
    return tell(script, shipped_engine(), shipped_speaker().render)


def test_who_leaves_is_answered_with_silence():
    """Nothing is said to somebody who has blocked the bot, and they are forgotten."""
    assert told("[方便，可以說]", "(left)").endswith(
        "you: (left)\n  -> EraseRequested SessionEnded\n  (silence)\n"
    )


def test_after_leaving_one_begins_anew():
    """Whoever comes back is a stranger."""
    assert "Said(start)" in told("[方便，可以說]", "(left)", "嗨").rpartition("you: 嗨")[2]


def test_silence_says_nothing():
    """Time passes without a word; the greeting comes with the next one."""
    text = told("[方便，可以說]", "(45 minutes later)", "嗨")
    assert "you: (45 minutes later)\nyou: 嗨\n  -> Said(welcome_back)" in text


def test_an_old_button_changes_nothing():
    """It is pressed as it was drawn for the question before."""
    assert "Said(who, old_button)" in told("[方便，可以說]", "(old button)")


def test_the_file_says_what_it_proves_first():
    assert told().startswith("# proves: a test\n# locale: zh_TW\n")


def test_a_wipe_is_written_with_what_is_said_if_messages_stay():
    """Where a channel can take messages back, the script shows both ends of it."""
    text = told("[方便，可以說]", "[刪除]", "[連訊息一起刪]", channel="telegram")
    assert "WipeRequested" in text
    assert "(if some cannot be taken back)\n  -> Said(wiped_partly)" in text
