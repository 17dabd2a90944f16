"""What checks of files say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the lint says: a stable rule code, where, and one sentence in each language."""

    rule: str
    severity: Severity
    #: Element id; None for the file as a whole.
    element: str | None
    zh: str
    en: str
    #: File name as the caller gave it.
    file: str | None = None
