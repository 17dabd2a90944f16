"""Why a run ends before its time: it would have to guess, or it cannot go on; and what it takes for granted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.model import Value


class Lack(StrEnum):
    """What the record does not say."""

    #: Nobody was ever asked this.
    TASK = "task"
    #: It was asked, but not for as long as it would be now.
    WAITED = "waited"
    #: A field that has to be filled in now, or a value that the form does not take any more.
    FIELD = "field"
    #: What a system step would have answered.
    JOB = "job"
    #: Whether this message or signal would have come.
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An input that the new rules need and the old case never gave."""

    lack: Lack
    process_id: str
    element: str
    name: str
    #: Key of the field, and what its form says in Chinese and English.
    field: str = ""
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The new rules cannot run the case on: an expression fails, an error is not caught, a loop has no wait."""

    process_id: str
    element: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """An answer that counts as it was given, though what its form shows or reads is another value now."""

    process_id: str
    element: str
    #: The variable.
    name: str
    before: Value
    after: Value


class Stop(Exception):
    """Ends a run; raised and caught within this package."""

    def __init__(self, why: Missing | Broken) -> None:
        super().__init__(why)
        self.why = why
