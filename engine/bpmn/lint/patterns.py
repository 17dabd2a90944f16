"""How a number is written, e.g. ``SH{yyyymmdd}-{seq4}``: the lint asks it, and who gives the numbers."""

from __future__ import annotations

import re
from typing import Final

#: Token of a day → how ``strftime`` writes it.
DAYS: Final = {"yyyymmdd": "%Y%m%d", "yymmdd": "%y%m%d", "yyyymm": "%Y%m", "yyyy": "%Y"}
TOKEN: Final = re.compile(r"\{([^{}]*)\}")
_SERIAL: Final = re.compile(r"seq([1-9])\Z")


def is_number_pattern(pattern: str) -> bool:
    """Whether a text has the place of a number, and otherwise only tokens of days."""
    tokens = TOKEN.findall(pattern)
    serials = [token for token in tokens if _SERIAL.match(token)]
    return len(serials) == 1 and not {"{", "}"} & {*TOKEN.sub("", pattern)} and {*tokens} <= {*DAYS, *serials}
