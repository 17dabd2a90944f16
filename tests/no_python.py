"""While the shipped processes run, Python evaluates no text: eval and exec raise."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest


@contextmanager
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """eval and exec raise, except for the import system and for libraries that write their own classes."""
    real_exec, real_eval = builtins.exec, builtins.eval

    def caller() -> str:
        return str(sys._getframe(2).f_globals.get("__name__", ""))

    def refuse(what: str) -> NoReturn:
        raise AssertionError(f"{what} was called by {caller()}")

    def no_exec(*given: object, **named: object) -> object:
        if caller().partition(".")[0] in {"importlib", "_frozen_importlib", "dataclasses", "sqlalchemy", "_pytest"}:
            return real_exec(*given, **named)  # type: ignore[arg-type]
        return refuse("exec")

    def no_eval(*given: object, **named: object) -> object:
        if caller().partition(".")[0] in {"sqlalchemy", "collections", "typing", "_pytest"}:
            return real_eval(*given, **named)  # type: ignore[arg-type]
        return refuse("eval")

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "exec", no_exec)
        patched.setattr(builtins, "eval", no_eval)
        yield
