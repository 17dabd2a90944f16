"""How the log of a server is written: a JSON object a line, into which nothing comes that people typed.

What an error says may hold a value of a case or a name, so of an error there are its kind
and the places in the program.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from engine.errors import EngineError
from engine.store.database import storage_problem

#: Beside the time: what an event may say. Everything else might have been typed by somebody, and stays out.
ALLOWED: Final = frozenset({
    "event", "level", "time", "logger", "request_id", "route", "method", "status", "ms", "user",
    "job", "type", "element", "code", "look", "case_id", "stream", "table", "instance", "task", "deed", "repair", "id",
    "way", "notification", "work", "database", "schema", "worker", "disk",
    "error", "where", "because", "category",
})  # fmt: skip
#: Events whose ``problem`` comes from the machine: disk, lock, file system.
_OF_THE_MACHINE: Final = frozenset({"jobs.not_noted", "jobs.note_unreadable", "storage unavailable"})
#: Other people's loggers that tell of their own doings only; of the rest there is who said something.
_TRUSTED: Final = ("apscheduler", "waitress.queue", "alembic")
_LONGEST: Final = 500
_FRAMES: Final = 40
_CAUSES: Final = 5
_ROOT: Final = Path(__file__).parents[2]


class Lines:
    """Writes lines to a stream; who serves goes on when nobody reads them, or the disk is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, message: str) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):  # ValueError: closed
            self._stream.write(message + "\n")
            self._stream.flush()

    log = debug = info = warn = warning = error = critical = fatal = exception = failure = msg


@contextmanager
def written(log_format: str | None, stream: TextIO | None = None) -> Iterator[None]:
    """Write the log of this process while the block runs: all of it, also what libraries, threads and warnings say.

    Args:
        log_format: "json", "text" (for a person; holds what errors say), or None: text at a terminal, else JSON.
        stream: where to; None: standard error, so that standard output keeps to itself what the command says.
    """
    with ExitStack() as stack:
        if stream is None:  # closed by who started us, standard error is None
            stream = sys.stderr or stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        if log_format is None:
            log_format = "text" if stream.isatty() else "json"
        stack.enter_context(_put_back())
        if log_format == "text":
            _set_up_text(stream)
        else:
            _set_up_json(stream)
        yield


@contextmanager
def _put_back() -> Iterator[None]:
    """What the block sets up for the whole process is undone when it ends."""
    root = logging.getLogger()
    before, handlers, level = structlog.get_config(), root.handlers[:], root.level
    shown, formatted, hook = warnings.showwarning, warnings.formatwarning, threading.excepthook
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        warnings.showwarning, warnings.formatwarning, threading.excepthook = shown, formatted, hook
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)


def _set_up_text(stream: TextIO) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback),
        ],
        # A line for every request is for programs.
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: Lines(stream),
    )


def _set_up_json(stream: TextIO) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", key="time"),
            told_without_words,
            structlog.processors.JSONRenderer(),  # ASCII: whatever splits lines finds one
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: Lines(stream),
    )
    root = logging.getLogger()
    root.handlers[:] = [_Handler()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    warnings.formatwarning = _category_of
    threading.excepthook = _thread_died


def told_without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What may be told of an event: a processor of structlog."""
    problem = event.get("problem")
    error = _exception_of(event.pop("exc_info", None))
    told = {key: _short(value) for key, value in event.items() if key in ALLOWED}
    if problem is not None and event["event"] in _OF_THE_MACHINE:
        told["problem"] = _short(problem)
    if error is not None:
        told |= _told_of(error)
    return told


def _exception_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if len(info) == 3 and isinstance(info[1], BaseException) else None
    return sys.exc_info()[1] if info else None


def _told_of(error: BaseException) -> dict[str, Any]:
    """The error's kind and places; behind it what caused it."""
    chain = list(_chain(error))
    told: dict[str, Any] = {
        **_kind_of(error),
        "where": [place for one in reversed(chain) for place in _places(one)][-_FRAMES:],
    }
    if len(chain) > 1:
        told["because"] = [_kind_of(one) for one in chain[1:]]
    return told


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    for _ in range(_CAUSES):
        if following is None:
            return
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _kind_of(error: BaseException) -> dict[str, str]:
    """Its class and stable code; its words where they are the machine's own."""
    told = {"error": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")}
    if isinstance(error, EngineError):
        told["code"] = error.code
    if isinstance(error, OSError) and error.strerror:
        told["problem"] = error.strerror
    elif (unavailable := storage_problem(error)) is not None:
        told["problem"] = _short(unavailable)
    return told


def _places(error: BaseException) -> list[str]:
    return [f"{_inside(frame.filename)}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]


def _inside(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


def _short(value: object) -> Any:
    """A number as it is, a text shortened; nothing else has a place in the log."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_LONGEST]


class _Handler(logging.Handler):
    """Tells in our form what a library logs."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell who said something, and what where its words are its own."""
        said: dict[str, Any] = {"logger": record.name}
        if record.name == "py.warnings":
            said["category"] = record.getMessage()  # as _category_of has it
        event = record.getMessage() if record.name.startswith(_TRUSTED) else "library"
        log = structlog.get_logger()
        tell = log.error if record.levelno >= logging.ERROR else log.warning
        tell(event, exc_info=record.exc_info, **said)


def _category_of(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """Of a warning its kind and place: its words may repeat a value."""
    return f"{category.__name__} {_inside(filename)}:{lineno}"


def _thread_died(died: threading.ExceptHookArgs) -> None:
    error = died.exc_value
    if error is not None and not isinstance(error, SystemExit):
        structlog.get_logger().error("thread.died", exc_info=error)
