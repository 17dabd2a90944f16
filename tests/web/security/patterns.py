"""Finds the regular expressions of the program, and texts that would keep a careless one busy."""

from __future__ import annotations

import ast
import importlib
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
#: Longer than anything that people may type into one field.
LENGTH: Final = 30_000
#: What is in names, numbers, dates, addresses, markup and formulas.
_CHARACTERS: Final = "a0 -.,:;/\\@#\"'<>()[]{}=_+*|&%\t\n中,¥A\u3000"


class TooSlow(AssertionError):
    """An expression was still at work when its time was over."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bounds the processor's time; the machine of regular expressions looks for signals now and then."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@cache
def expressions() -> dict[tuple[str, int], str]:
    """Pattern and flags → the place where it stands, of all that ``engine`` and ``web`` use."""
    found: dict[tuple[str, int], str] = {}
    for package in ("engine", "web"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts or path.name in ("__main__.py", "verify.py"):
                continue
            text = path.read_text(encoding="utf-8")
            if not re.search(r"^(?:import|from) re\b", text, re.MULTILINE):
                continue
            place = str(path.relative_to(ROOT))
            for pattern in [*_kept(place), *_called(text)]:
                if isinstance(pattern.pattern, str):
                    found.setdefault((pattern.pattern, pattern.flags), place)
    return found


def _kept(place: str) -> Iterator[re.Pattern[Any]]:
    """Those that a module keeps under a name."""
    module = importlib.import_module(place.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    for value in vars(module).values():
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, dict | tuple | list):
            inner = value.values() if isinstance(value, dict) else value
            yield from (one for one in inner if isinstance(one, re.Pattern))


def _called(text: str) -> Iterator[re.Pattern[Any]]:
    """Those that stand in the call itself."""
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of, first = node.func.value, node.args[0]
        if isinstance(of, ast.Name) and of.id == "re" and isinstance(first, ast.Constant):
            yield re.compile(first.value)


def texts(pattern: str, length: int = LENGTH) -> Iterator[str]:
    """Long texts that nearly fit: characters of the expression over and over, and at the end one that never fits."""
    own = [character for character in dict.fromkeys(re.sub(r"\\[a-zA-Z]", "", pattern)) if character not in "?^$"]
    characters = list(dict.fromkeys([*own[:20], *_CHARACTERS]))
    yield from (character * length + "\x00" for character in characters)
    pairs = [one + other for one in own[:6] for other in ("a", "0", " ", *own[:3])]
    yield from (pair * (length // 2) + "\x00" for pair in dict.fromkeys(pairs))
