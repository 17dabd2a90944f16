"""Look things up (查规则): what a decision table in force says of facts that somebody types, outside of any case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from flask import Blueprint, render_template, request

from engine.errors import DecisionError, FeelError
from engine.labels import Labels
from engine.model import Actor
from engine.studio.lookups import Lookup, get_lookup, list_lookups, words_of_forms
from engine.studio.table_inputs import BadInput, Field, fields_of, variables_of, written
from web import errors
from web import format as words
from web.i18n import gettext, lazy_gettext
from web.identity import needs, sees_cases, works_on_cases
from web.wiring import parts

bp = Blueprint("lookups", __name__)

_CODE: Final = re.compile(r'"([^"]*)"')
_TRUTH: Final = {"true": lazy_gettext("是"), "false": lazy_gettext("否")}
#: FEEL types that are typed as a number, a day or an instant.
_NUMBERS: Final = "number"
_KINDS: Final = {"date": "date", "date and time": "datetime-local", "time": "time"}
#: Nobody types more into one field.
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field of the form, with what was typed."""

    key: str
    label: str
    #: choice, number, text, or a type of HTML's input.
    kind: str
    #: Value → word of a choice.
    choices: Mapping[str, str]
    typed: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the table says."""

    #: Label → value, in the order of the columns; several hits of a collecting table one below the other.
    values: tuple[tuple[str, str], ...]
    #: Numbers of the rules that hit, from 1.
    rules: tuple[int, ...]
    problem: str = ""


def may_look(person: Actor) -> bool:
    """Who works on cases and sees them: a courier does not."""
    return works_on_cases(person) and sees_cases(person)


@bp.get("/lookups")
@needs(may_look)
def index() -> str:
    """The tables by heading."""
    with parts().db.read() as connection:
        found = list_lookups(connection)
    groups = [(group, list(each)) for group, each in groupby(found, key=attrgetter("group"))]
    return render_template("lookups/index.html", groups=groups, purpose=_purpose)


@bp.get("/lookups/<decision_id>")
@needs(may_look)
def show(decision_id: str) -> str:
    """A table with its form; what is typed stands in the address, so that it can be passed on."""
    with parts().db.read() as connection:
        one = get_lookup(connection, decision_id)
        labels = words_of_forms(connection)
    fields = fields_of(one.decision)
    typed = {field.key: request.args.get(field.key, "").strip()[:_LONGEST] for field in fields}
    asks = "ask" in request.args
    answer, problems = _answer(one, fields, typed, labels) if asks else (None, {})
    return render_template(
        "lookups/show.html",
        one=one,
        purpose=_purpose(one),
        source=_source(one),
        fields=[_asked(field, typed[field.key], labels, problems.get(field.key, "")) for field in fields],
        answer=answer,
        columns=[*(each.label for each in one.decision.inputs), *(each.label for each in one.decision.outputs)],
        rows=_rows(one, labels),
    )


def _asked(field: Field, typed: str, labels: Labels, problem: str) -> Asked:
    choices: dict[str, str] = {}
    kind = "text"
    if field.type == "boolean":
        kind, choices = "choice", {text: str(word) for text, word in _TRUTH.items()}
    elif field.choices:
        kind, choices = "choice", {choice: _cell(field.key, choice, labels) for choice in field.choices}
    elif field.type == _NUMBERS:
        kind = "number"
    elif field.type in _KINDS:
        kind = _KINDS[field.type]
    return Asked(
        key=field.key, label=field.label, kind=kind, choices=choices, typed=typed, problem=problem
    )  # fmt: skip


def _answer(
    one: Lookup, fields: tuple[Field, ...], typed: Mapping[str, str], labels: Labels
) -> tuple[Answer | None, dict[str, str]]:
    now = parts().clock.now()
    try:
        variables = variables_of({field.key: _feel(field, typed[field.key]) for field in fields}, now)
    except BadInput as bad:
        return None, {key: gettext("看不懂「%(typed)s」。", typed=typed[key]) for key in bad.problems}
    try:
        result = one.decision.evaluate(variables.get, now)
    except (DecisionError, FeelError) as problem:
        return Answer(values=(), rules=(), problem=errors.sentence(problem)), {}
    return Answer(values=tuple(_values(one, result.output, labels)), rules=tuple(result.rules)), {}


def _feel(field: Field, text: str) -> str:
    """What was typed, as FEEL; texts in quotes, times as literals."""
    if not text or field.type in ("boolean", _NUMBERS) or field.choices:
        return text
    return f'@"{text}"' if field.type in _KINDS else written(text)


def _values(one: Lookup, output: Any, labels: Labels) -> list[tuple[str, str]]:
    rows = output if isinstance(output, list) else [output]
    found: list[tuple[str, str]] = []
    for row in rows:
        for clause in one.decision.outputs:
            value = row.get(clause.name) if isinstance(row, dict) else row
            if value is not None:
                found.append((clause.label, words.value(labels.value(clause.name, value))))
    return found


def _rows(one: Lookup, labels: Labels) -> list[tuple[int, list[str], str]]:
    """Number, cells in words, and basis of every rule."""
    inputs, outputs = one.decision.inputs, one.decision.outputs
    names = [*(clause.expression for clause in inputs), *(clause.name for clause in outputs)]
    found = []
    for number, rule in enumerate(one.decision.rules, 1):
        cells = [_cell(name, cell, labels) for name, cell in zip(names, rule.cells, strict=False)]
        found.append((number, cells, rule.annotation))
    return found


def _cell(name: str, cell: str, labels: Labels) -> str:
    text = cell.strip()
    if text in ("", "-"):
        return gettext("不限")
    if text in _TRUTH:
        return str(_TRUTH[text])
    return _CODE.sub(lambda found: str(labels.value(name, found[1])), text)


def _purpose(one: Lookup) -> str:
    """What the table is for, without where it comes from."""
    return one.description.partition("来源:")[0].strip()


def _source(one: Lookup) -> str:
    return one.description.partition("来源:")[2].strip()
