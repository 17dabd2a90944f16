"""Addresses that a browser sent: numbers in them fit the database, and only those of this site are followed."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from werkzeug.routing import BaseConverter

_NUMBER: Final = r"-?[0-9]{1,18}"


class Number(BaseConverter):
    """A number in an address; deliveries and their incidents have negative ones. Greater ones are no address."""

    regex = _NUMBER

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: Any) -> str:
        """Its digits."""
        return str(int(value))


def number(text: str) -> int:
    """A number among the arguments of an address.

    Raises:
        ValueError: it is none, or none that the database could hold.
    """
    if not re.fullmatch(_NUMBER, text):
        raise ValueError("no number of ours")
    return int(text)


def local_target(target: str | None, default: str = "/") -> str:
    """The path to go to; anything that would leave this site gives the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return default
    split = urlsplit(target)
    return target if not split.scheme and not split.netloc and "\\" not in target else default
