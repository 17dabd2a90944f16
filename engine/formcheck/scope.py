"""Evaluates the expressions of a form: which names they see, and what hides, requires and allows a field."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from engine.errors import FeelError
from engine.feel import Expression, compile_source
from engine.formcheck.schema import Field, Option, options_from
from engine.model import Value, Variables

#: Hiding one field may show another; a form that has not come to rest after so many rounds shows what it shows then.
_MAX_ROUNDS: Final = 10


@lru_cache(maxsize=4096)
def compiled(text: str) -> Expression:
    """The compiled form of a text in a file: FEEL after "=", a constant otherwise.

    Raises:
        FeelSyntaxError: what follows "=" does not parse.
    """
    return compile_source(text)


def is_truth(value: Value) -> bool:
    """Whether a value is true, false or null."""
    return value is None or isinstance(value, bool)


class Scope:
    """What an expression of a form sees: the form's own entries, and behind them the variables of the case.

    A field that is hidden or empty reads as null, even where the case has a variable of its name: a form that is
    filled in a second time must not be judged by what was entered the first time.
    """

    def __init__(self, entries: Mapping[str, Value], context: Variables, now: datetime) -> None:
        self.entries = entries
        self._context = context
        self._now = now

    def lookup(self, name: str) -> Value:
        """The value of a name; null when it is absent."""
        return self.entries[name] if name in self.entries else self._context.get(name)

    def evaluate(self, text: str) -> Value:
        """The value of a text in a file (FEEL after "=").

        Raises:
            FeelError: it does not parse, or exceeds the limits of an evaluation.
        """
        return self.value_of(compiled(text))

    def value_of(self, expression: Expression) -> Value:
        """The value of a compiled expression.

        Raises:
            FeelError: it exceeds the limits of an evaluation.
        """
        return expression(self.lookup, self._now)

    def within(self, row: Mapping[str, Value]) -> Scope:
        """The scope inside a row: its own names first."""
        return Scope({**self.entries, **row}, self._context, self._now)

    def holds(self, text: str) -> bool:
        """Whether an expression gives true; anything else, and what cannot be evaluated, does not."""
        try:
            return self.evaluate(text) is True
        except FeelError:
            return False

    def options(self, field: Field) -> tuple[Option, ...]:
        """The options of a choice: its own, or those that its expression gives now."""
        if field.options_source is None:
            return field.options
        try:
            values = self.evaluate(field.options_source)
        except FeelError:
            return ()
        return options_from(values) if isinstance(values, list) else ()

    def readonly(self, field: Field) -> bool:
        """Whether the field is shown and not entered."""
        if field.disabled or not isinstance(field.readonly, str):
            return field.disabled or bool(field.readonly)
        return self.holds(field.readonly)

    def is_broken(self, field: Field) -> bool:
        """Whether what hides or locks the field cannot be evaluated, or gives neither true, false nor null."""
        gates = (*field.conditional, field.readonly) if isinstance(field.readonly, str) else field.conditional
        try:
            return not all(is_truth(self.evaluate(text)) for text in gates)
        except FeelError:
            return True


def drivers(known: tuple[Field, ...]) -> frozenset[str]:
    """Keys of the fields on whose entry it depends whether another field is shown, locked, required or bounded."""
    read: set[str] = set()
    for field in (*known, *(column for rows in known for column in rows.columns)):
        texts = [*field.conditional, field.readonly, field.properties.get("required_when"), field.expression]
        texts += [field.validate.get(name) for name in ("min", "max", "minLength", "maxLength")]
        for text in texts:
            if isinstance(text, str) and text.startswith("="):
                with contextlib.suppress(FeelError):
                    read |= compiled(text).names - {field.key}
    return frozenset(field.key for field in known if field.key in read)


def visible_keys(
    fields: tuple[Field, ...], entries: Mapping[str, Value], context: Variables, now: datetime
) -> frozenset[str]:
    """Keys of the fields that are not hidden; a hidden field reads as null while the others are judged."""
    conditional = [field for field in fields if field.conditional]
    hidden: frozenset[str] = frozenset()
    for _ in range(_MAX_ROUNDS if conditional else 0):
        scope = Scope({k: None if k in hidden else v for k, v in entries.items()}, context, now)
        found = frozenset(f.key for f in conditional if any(scope.holds(text) for text in f.conditional))
        if found == hidden:
            break
        hidden = found
    return frozenset(field.key for field in fields) - hidden
