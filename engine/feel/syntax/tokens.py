"""A token: a piece of FEEL's source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["name", "number", "text", "sign", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of source: for a text, ``value`` is what it says, else the same as ``source``."""

    kind: Kind
    source: str
    start: int
    end: int
    value: str
