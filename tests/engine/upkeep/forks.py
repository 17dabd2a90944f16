"""Work in a process that is forked off on the spot, and may be killed in the middle of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.store.database import Database

KILLED = -signal.SIGKILL


def in_fork(work: Callable[[], object]) -> int:
    """Do it in another process; gives 0 when it came to its end, else the negative number of the signal, or 1."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def together(work: Callable[[], object], times: int) -> list[int]:
    """Do it in so many processes at once; gives what each came to."""
    begin, go = os.pipe()
    children = []
    for _ in range(times):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(go)
                os.read(begin, 1)  # until all are there
                work()
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    os.close(begin)
    os.close(go)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@contextmanager
def held_open(file: Path) -> Iterator[None]:
    """Another process has read a database once, and has it open as long as the block lasts."""
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            db = Database.open(f"sqlite:///{file}")
            with db.read() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar_one()
            os.write(mouth, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.close(mouth)
    try:
        assert os.read(ear, 1) == b"!"
        yield
    finally:
        os.close(ear)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def die_at(at: int, names: Sequence[str]) -> None:
    """From now on this process is killed before the manyeth call of functions of ``os``."""
    left = [at]

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return called

    for name in names:
        setattr(os, name, dying(getattr(os, name)))
