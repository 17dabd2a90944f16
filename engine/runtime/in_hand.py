"""A note of the jobs in hand, beside the database: by it a job that ends the program is found out, and held.

A job runs inside the transaction that takes it. When the program dies in it (a segmentation fault, no memory left,
``os._exit``) all is undone, the attempt too: the same batch would come first after every start, and end it again. To
count attempts in the database, before they begin, would cost every batch a second commit; a file costs microseconds.
What a process has written outlives it without fsync; a power cut may lose it or bring an old one back, which costs a
few transactions at most.

The database has one writer at a time, and only who writes holds the note, so no process has to be known or watched:
jobs that one finds noted are those of somebody who died with them, however many work on the database. They are
suspected. A suspect is done after all others, in a transaction of its own, noted alone; one that was found noted alone
three times gets an incident, and is tried again when that is resolved. The note is put down before the commit: behind
it somebody else may hold it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from engine.store.instances import JobRow

#: How often the program may end while a job alone is in hand.
MAX_DEATHS: Final = 3
_log = structlog.get_logger(__name__)
_MOST_BYTES: Final = 1 << 18
#: Nothing is in hand, nobody is suspected: nearly always so, and then neither read nor written piece by piece.
_CLEAN: Final = b'{"in_hand": [], "suspected": []}\n'
#: A job's id and when it was due: one that is put off or released is under no suspicion any more.
_Try: TypeAlias = tuple[int, int]


class Note:
    """The note, as long as the transaction is open in which it was."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        in_hand, self._suspected = _read(descriptor)
        for suspect in in_hand:
            self._suspected[suspect] = self._suspected.get(suspect, 0) + (len(in_hand) == 1)
        self._taken: list[_Try] = []
        self._changed = bool(in_hand)

    def deaths(self, job: JobRow) -> int | None:
        """How often the program has ended while this job alone was in hand; None: it is under no suspicion."""
        return self._suspected.get(_try(job))

    def forget_all_but(self, due: Iterable[JobRow]) -> None:
        """Suspects that are not due any more are done, cancelled, held or put off."""
        if self._suspected:
            left = {_try(job) for job in due}
            self._changed |= not self._suspected.keys() <= left
            self._suspected = {suspect: deaths for suspect, deaths in self._suspected.items() if suspect in left}

    def take(self, jobs: Sequence[JobRow]) -> None:
        """Note what is in hand from now on."""
        if jobs:
            self._taken = [_try(job) for job in jobs]
            self._write(self._taken)

    def put_down(self, *, done: bool) -> None:
        """Nothing is in hand any more; ``done``: what was is under no suspicion either."""
        if done:
            for one in self._taken:
                self._suspected.pop(one, None)
        if self._taken or self._changed:
            self._write([])

    def _write(self, in_hand: Sequence[_Try]) -> None:
        """Over the old one and no shorter, since a file that is cut off and grows again has to be given room anew."""
        if self._descriptor is None:
            return
        line = _CLEAN
        if in_hand or self._suspected:
            suspected = [(*suspect, deaths) for suspect, deaths in self._suspected.items()]
            line = json.dumps({"in_hand": in_hand, "suspected": suspected}).encode() + b"\n"
        try:
            os.pwrite(self._descriptor, line, 0)
        except OSError as problem:
            _warn(problem)


class Notes:
    """Where the note of one database is kept."""

    def __init__(self, database: Path) -> None:
        self._path = f"{database}-jobs"

    @contextmanager
    def opened(self) -> Iterator[Note]:
        """The note, to be opened within a write transaction and left before its end.

        What was taken and raises no exception is done; what raises one has not ended the program. What is no
        ``Exception`` (SystemExit, say) ends it: the note stays as it is. Without a file all goes on without a note.
        """
        descriptor = self._open()
        try:
            note = Note(descriptor)
            try:
                yield note
            except Exception:  # whatever it is, the program lives: nobody is to be suspected
                note.put_down(done=False)
                raise
            note.put_down(done=True)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _open(self) -> int | None:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            _warn(problem)
            return None


def _warn(problem: OSError) -> None:
    _log.warning("jobs.not_noted", problem=str(problem))


def _try(job: JobRow) -> _Try:
    return job.id, job.due_at


def _read(descriptor: int | None) -> tuple[list[_Try], dict[_Try, int]]:
    """What is in hand, and who is suspected with how many deaths; what cannot be read is nothing."""
    if descriptor is None:
        return [], {}
    written = os.pread(descriptor, _MOST_BYTES, 0)
    if not written or written.startswith(_CLEAN):
        return [], {}
    try:
        found = json.loads(written.partition(b"\n")[0])
        in_hand = [(int(job_id), int(due_at)) for job_id, due_at in found["in_hand"]]
        return in_hand, {(int(job_id), int(due_at)): int(deaths) for job_id, due_at, deaths in found["suspected"]}
    except (ValueError, TypeError, KeyError) as problem:
        _log.warning("jobs.note_unreadable", problem=str(problem))
        return [], {}
