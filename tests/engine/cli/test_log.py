"""The log: one JSON object a line, whoever speaks; of an error its kind and places, and never what somebody typed."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import structlog

from engine.cli import log
from engine.errors import InvalidValue, StorageUnavailable

SECRET = "张小明 13800138000"
Said = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    """A stream at which a person sits."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def said() -> Iterator[Said]:
    """What a server has said so far, in JSON; each line read for itself."""
    stream = io.StringIO()
    with log.written("json", stream):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(error: BaseException) -> None:
    raise error


def test_a_line_has_time_level_and_event(said: Said) -> None:
    structlog.get_logger("x").warning("job.failed", job=7, type="write_outbox", element="send")
    (line,) = said()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "event": "job.failed", "job": 7, "type": "write_outbox", "element": "send"}


def test_a_programs_log_is_json_and_a_terminals_is_text() -> None:
    for wanted, stream, is_json in (
        (None, io.StringIO(), True),
        (None, Terminal(), False),
        ("json", Terminal(), True),
        ("text", io.StringIO(), False),
    ):
        with log.written(wanted, stream):
            structlog.get_logger().error("worker.failed")
        line = stream.getvalue()
        assert "worker.failed" in line
        assert line.startswith("{") is is_json


def test_a_person_at_a_terminal_sees_errors_whole_and_no_requests() -> None:
    stream = Terminal()
    with log.written(None, stream):
        structlog.get_logger().info("request", status=200)
        try:
            fail(ValueError("what was wrong"))
        except ValueError:
            structlog.get_logger().exception("worker.failed")
    assert "what was wrong" in stream.getvalue()
    assert "status" not in stream.getvalue()


@pytest.mark.parametrize("name", ["problem", "path", "form", "q", "name", "phone", "args", "query_string", SECRET])
def test_what_nobody_has_allowed_stays_out(said: Said, name: str) -> None:
    structlog.get_logger().warning("job.failed", **{name: SECRET})
    assert said()[0].keys() == {"time", "level", "event"}


def test_what_the_disk_says_is_told(said: Said) -> None:
    structlog.get_logger().error("storage unavailable", route="desk.complete", problem="database or disk is full")
    assert said()[0]["problem"] == "database or disk is full"


def test_of_an_error_there_are_kind_and_places_and_not_its_words(said: Said) -> None:
    try:
        try:
            fail(KeyError(SECRET))
        except KeyError as problem:
            raise InvalidValue(f"{SECRET} is too long") from problem
    except InvalidValue:
        structlog.get_logger().exception("background.failed", work="backtests")
    (line,) = said()
    assert (line["error"], line["code"]) == ("engine.errors.InvalidValue", "invalid_value")
    assert line["because"] == [{"error": "KeyError"}]
    assert any(place.startswith("tests/engine/cli/test_log.py:") and place.endswith(" fail") for place in line["where"])
    assert "张" not in json.dumps(line, ensure_ascii=False)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(28, "No space left on device", f"/srv/{SECRET}.pdf"), "No space left on device"),
        (StorageUnavailable("database is locked"), "database is locked"),
        (sqlite3.OperationalError(f'fts5: syntax error near "{SECRET}"'), None),
        (sqlite3.IntegrityError(f"UNIQUE {SECRET}"), None),
        (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "invalid"), None),
    ],
)
def test_of_the_machines_own_errors_there_are_the_words_too(said: Said, error: Exception, problem: str | None) -> None:
    try:
        fail(error)
    except (OSError, StorageUnavailable, sqlite3.Error, UnicodeDecodeError):
        structlog.get_logger().exception("worker.failed")
    (line,) = said()
    assert line.get("problem") == problem
    assert "13800138000" not in json.dumps(line)


def test_an_endless_chain_of_errors_ends(said: Said) -> None:
    one, other = ValueError(SECRET), TypeError(SECRET)
    one.__cause__, other.__cause__ = other, one
    structlog.get_logger().error("worker.failed", exc_info=one)
    assert len(said()[0]["because"]) == 4


def test_a_deep_recursion_is_a_line_of_bearable_length(said: Said) -> None:
    def deeper(n: int) -> int:
        return deeper(n + 1)

    try:
        deeper(0)
    except RecursionError:
        structlog.get_logger().exception("worker.failed")
    assert len(said()[0]["where"]) == 40


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\u2028b", "a\u0085b", "\x1b[31m", "\ud800", "a\x00b", '"}{"'])
def test_a_line_is_one_line_whatever_is_in_it(said: Said, text: str) -> None:
    structlog.get_logger().warning("job.failed", element=text)
    (line,) = said()
    assert line["element"] == text


def test_a_value_that_is_no_text_is_written_as_a_short_one(said: Said) -> None:
    structlog.get_logger().warning("job.failed", element={"name": "x" * 10_000}, job=object(), code=None)
    (line,) = said()
    assert len(line["element"]) == 500
    assert line["job"].startswith("<object")
    assert line["code"] is None


def test_what_libraries_log_is_in_the_same_form(said: Said) -> None:
    logging.getLogger("apscheduler.scheduler").warning('Run of job "%s" skipped', "poll")
    logging.getLogger("waitress").error("Exception while serving /customers/%s", SECRET)
    logging.getLogger("web").info("nothing of this")
    try:
        fail(RuntimeError(SECRET))
    except RuntimeError:
        logging.getLogger("web").exception("Exception on /%s [GET]", SECRET)
    first, second, third = said()
    assert (first["logger"], first["event"]) == ("apscheduler.scheduler", 'Run of job "poll" skipped')
    assert (second["logger"], second["event"], second["level"]) == ("waitress", "library", "error")
    assert (third["event"], third["error"]) == ("library", "RuntimeError")
    assert "13800138000" not in json.dumps([first, second, third])


def test_a_warning_is_told_by_kind_and_place(said: Said) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"Cell A3 holds {SECRET}", UserWarning, stacklevel=1)
    (line,) = said()
    assert line["logger"] == "py.warnings"
    assert line["category"].startswith("UserWarning tests/engine/cli/test_log.py:")
    assert "13800138000" not in json.dumps(line)


def test_a_thread_that_dies_is_told_without_words(said: Said) -> None:
    thread = threading.Thread(target=fail, args=(ValueError(SECRET),))
    thread.start()
    thread.join()
    (line,) = said()
    assert (line["event"], line["error"]) == ("thread.died", "ValueError")
    assert "13800138000" not in json.dumps(line)


def test_many_threads_write_whole_lines(said: Said) -> None:
    def speak(number: int) -> None:
        for turn in range(200):
            structlog.get_logger().warning("job.failed", job=number * 1000 + turn, element="x" * 300)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(speak, range(8)))
    assert len({line["job"] for line in said()}) == 1600


@pytest.mark.parametrize("problem", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_who_serves_goes_on_when_the_log_cannot_be_written(problem: Exception) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise problem

    with log.written("json", Full()):
        structlog.get_logger().error("worker.failed")
        logging.getLogger("x").error("as well")


def test_an_error_of_ours_is_not_swallowed() -> None:
    class Broken(io.StringIO):
        def write(self, _: str) -> int:
            raise ZeroDivisionError

    with log.written("json", Broken()), pytest.raises(ZeroDivisionError):
        structlog.get_logger().error("worker.failed")


def test_what_was_set_up_is_put_back() -> None:
    def whole() -> tuple[object, ...]:
        root = logging.getLogger()
        hooks = (warnings.showwarning, warnings.formatwarning, threading.excepthook)
        return structlog.get_config()["processors"], root.handlers[:], root.level, hooks

    before = whole()
    for wanted in ("json", "text"):
        with suppress(KeyboardInterrupt), log.written(wanted, io.StringIO()):
            assert whole() != before
            raise KeyboardInterrupt
        assert whole() == before
