"""Many small cases of one law in one test: all of them are tried, and the test names those that do not hold.

Where a case takes less than a millisecond, a test of its own costs several times as much: it is collected by every
worker, sent, set up and reported. What takes longer, or changes what a fixture gave, stays ``pytest.mark.parametrize``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

_Test = Callable[..., None]
#: What ``pytest.param`` gives; pytest does not name it.
_Param: Any = type(pytest.param())
#: So many of those that fail are shown with their tracebacks; the others are named.
_SHOWN = 10


def each(
    names: str | tuple[str, ...] | list[str],
    cases: Iterable[Any],
    ids: Iterable[object] | Callable[[Any], object] | None = None,
) -> Callable[[_Test], _Test]:
    """Called like ``pytest.mark.parametrize``: the test is tried with every case, whatever the others gave."""
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    given = [_values(case, alone=isinstance(names, str) and len(keys) == 1) for case in cases]
    assert given, f"no case of {', '.join(keys)}"
    told = ids if ids is None or callable(ids) else [str(one) for one in ids]

    def decorate(test: _Test) -> _Test:
        signature = inspect.signature(test)
        assert set(keys) <= set(signature.parameters), f"{test.__name__} does not take {', '.join(keys)}"

        @functools.wraps(test)
        def tried(**fixtures: Any) -> None:
            faults = []
            for number, values in enumerate(given):
                try:
                    test(**dict(zip(keys, values, strict=True)), **fixtures)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
                    name = told[number] if isinstance(told, list) else _called(values, told)
                    error.add_note(f"the case: {name}")
                    faults.append((name, error))
            if len(faults) == 1:
                raise faults[0][1]
            if faults:
                named = ", ".join(name for name, _ in faults)
                raise ExceptionGroup(f"{len(faults)} of {len(given)}: {named}", [error for _, error in faults[:_SHOWN]])

        # What is left of the parameters is asked of fixtures.
        left = [one for name, one in signature.parameters.items() if name not in keys]
        tried.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return tried

    return decorate


def _values(case: Any, alone: bool) -> tuple[Any, ...]:
    if isinstance(case, _Param):
        assert not case.marks, "a case with a mark is a test of its own"
        return tuple(case.values)
    return (case,) if alone else tuple(case)


def _called(values: tuple[Any, ...], ids: Callable[[Any], object] | None) -> str:
    return "-".join(repr(value) if ids is None else str(ids(value)) for value in values)
