"""What is not named in the allow-list cannot reach a log, whoever tries to write it."""

import asyncio
import io
import json
import logging
import sys

import pytest

from bot.log import ALLOWED, AllowListFormatter, describe_fault, log_incident, set_up_logging

CANARIES = ("小美住在那裡", "U1234567890abcdef", "reply-token-77", "A123456789", "0912-345-678")
SECRET = " ".join(CANARIES)


@pytest.fixture
def written(monkeypatch):
    """Logging as the programs set it up, put back afterwards; call it for what was written."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    root.handlers.clear()  # pytest's own would be closed by what is tested
    set_up_logging(logging.DEBUG)
    yield stream.getvalue
    root.handlers[:], root.level, logging.raiseExceptions = before


def _lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def _fail() -> None:
    told = SECRET
    raise ValueError(told)


def _caught() -> BaseException:
    try:
        _fail()
    except ValueError as fault:
        return fault
    raise AssertionError


def test_one_line_is_one_json_object_with_allowed_fields_only(written):
    """Time, level, logger and event; the rest only if named."""
    logging.getLogger("bot.x").info("turn_done", extra={"channel": "line", "text": SECRET, "count": 2})
    (line,) = _lines(written())
    assert set(line) == {"at", "level", "logger", "event", "channel", "count"}
    assert (line["event"], line["channel"], line["count"], line["level"]) == ("turn_done", "line", 2, "INFO")
    assert line["at"].endswith("+00:00")


def test_no_allowed_field_could_hold_what_a_person_wrote():
    """The list itself is a promise."""
    assert set(ALLOWED).isdisjoint(
        {"text", "user", "user_id", "person", "token", "to", "body", "answers", "message"}
    )


def test_an_exception_becomes_its_type_and_place(written):
    """Never its text, its cause or its local variables."""
    try:
        try:
            _fail()
        except ValueError as fault:
            raise RuntimeError(SECRET) from fault
    except RuntimeError:
        logging.getLogger("bot.x").exception("broke")
    text = written()
    (line,) = _lines(text)
    assert line["fault"] == "RuntimeError"
    assert line["place"].startswith("test_log.py:")
    assert not any(canary in text for canary in CANARIES)
    assert "Traceback" not in text


def test_exc_info_without_an_exception_is_no_fault(written):
    """Some libraries pass it always."""
    logging.getLogger("bot.x").error("odd", exc_info=(None, None, None))
    assert "fault" not in _lines(written())[0]


def test_values_of_others_are_not_logged(written):
    """Libraries put urls, ids and tokens into their messages: only the template is told, or the place."""
    other = logging.getLogger("some.library")
    other.warning("request to %s failed for %s", f"https://x/bot{SECRET}", SECRET)
    other.warning(f"request for {SECRET} failed")
    other.warning(ValueError(SECRET))
    other.warning("bottled %s", SECRET, exc_info=_caught())
    text = written()
    assert not any(canary in text for canary in CANARIES)
    events = [line["event"] for line in _lines(text)]
    assert events[0] == "request to %s failed for %s"
    assert events[1].startswith("test_log.py:")
    assert events[2].startswith("test_log.py:")


def test_a_line_that_cannot_be_written_is_dropped(written):
    """The library would print its values instead."""
    logging.getLogger("bot.x").info("count: %d", SECRET)
    assert not any(canary in written() for canary in CANARIES)


def test_a_logger_that_only_begins_like_ours_is_not_ours(written):
    """A library called botocore is somebody else's."""
    logging.getLogger("botocore").warning("key %s", SECRET)
    assert not any(canary in written() for canary in CANARIES)


async def test_a_task_that_nobody_awaited_does_not_print_its_exception(written):
    """Asyncio puts the whole exception into its message."""

    async def fail() -> None:
        _fail()

    loop = asyncio.get_running_loop()
    task = loop.create_task(fail())
    await asyncio.wait([task])
    loop.call_exception_handler({"message": "never retrieved", "exception": task.exception(), "future": task})
    text = written()
    assert "asyncio" in text
    assert "ValueError" in text
    assert not any(canary in text for canary in CANARIES)


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore", "telegram", "linebot", "aiohttp", "transitions", "sqlalchemy", "aiosqlite"]
)
def test_libraries_that_print_secrets_are_quiet(written, name):
    """Below a warning they say urls with tokens, bodies, or the names of states."""
    logging.getLogger(name).info("POST /bot%s/sendMessage", SECRET)
    logging.getLogger(name).debug(SECRET)
    assert written() == ""


def test_an_incident_has_an_id_that_operators_can_ask_about(written):
    """It is returned and logged; two incidents differ."""
    one = log_incident(logging.getLogger("bot.x"), "turn_failed", _caught(), channel="line")
    other = log_incident(logging.getLogger("bot.x"), "turn_failed", _caught())
    text = written()
    lines = _lines(text)
    assert one != other
    assert [line["incident"] for line in lines] == [one, other]
    assert [line["channel"] for line in lines] == ["line", ""]
    assert lines[0]["fault"] == "ValueError"
    assert not any(canary in text for canary in CANARIES)


def test_a_fault_that_was_never_raised_has_no_place():
    """Nothing is invented."""
    assert describe_fault(KeyError(SECRET)) == ("KeyError", "unknown")


def test_a_fault_is_placed_where_it_happened():
    """The last frame, file and line only: no path of a machine."""
    kind, place = describe_fault(_caught())
    assert kind == "ValueError"
    assert place.startswith("test_log.py:")
    assert "/" not in place


def test_a_value_that_json_does_not_know_is_written_as_text():
    """A log line is never lost for its form."""
    record = logging.LogRecord("bot.x", logging.INFO, __file__, 1, "done", (), None)
    record.version = object
    assert json.loads(AllowListFormatter().format(record))["version"] == str(object)


def test_our_own_messages_are_written_whole(written):
    """They are constants; a test of the architecture holds them to that."""
    logging.getLogger("bot.x").info("started")
    logging.getLogger("__main__").info("started")
    assert [line["event"] for line in _lines(written())] == ["started", "started"]
