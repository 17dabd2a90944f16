"""What was filled in, judged again where the form has changed, or what it is judged by.

A value that the form takes goes on as it was typed. One that it does not take is taken from the form where that lets
only one value pass (a ``check`` that says what it has to equal); anything else would be a guess, and ends the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from engine import bpmn, formcheck
from engine.errors import FeelError
from engine.feel import compile_source
from engine.formcheck import Field, messages
from engine.model import CompleteUserTask, Facts, Start, UserTaskOpened, Value, Variables
from engine.rerun.live import Live, Wait
from engine.rerun.memory import Memory
from engine.rerun.recorded import Rules
from engine.rerun.stopping import Assumed, Lack, Missing, Stop

_SENTENCES: Final = ("check_message", "check_message_en")


def refill(
    live: Live, wait: Wait, command: CompleteUserTask, facts: Facts, memory: Memory
) -> tuple[Variables, tuple[Assumed, ...]]:
    """The variables of a completion as the task's form lets them pass now, and what of it is taken for granted.

    Raises:
        Stop: the form asks for something else than was filled in.
    """
    form = wait.opened.form_id if isinstance(wait.opened, UserTaskOpened) else None
    if form is None or form not in live.rules.forms:
        return command.variables, ()
    assumed = tuple(_seen_otherwise(live, wait, form, facts, memory))
    if form not in live.rules.changed_forms and not assumed:
        return command.variables, ()
    context = bpmn.variables_of(live.rules.definition, live.state, facts, wait.id)
    given, problem = judge(live.rules.forms[form], command.variables, context, facts.now)
    if problem is not None:
        raise Stop(_missing(live, wait.element, problem))
    was = wait.counterpart
    asked_before = set() if was is None or was.form is None else {field.key for field in formcheck.fields(was.form)}
    kept = {name: value for name, value in command.variables.items() if name not in asked_before}
    return {**kept, **given}, assumed


def refill_start(live: Live, command: Start, before: Rules, facts: Facts) -> Variables:
    """The variables of a start as the changed start form lets them pass; as they are where nobody filled it in.

    Args:
        live: the instance, not started yet.
        command: as it was recorded.
        before: the rules of then.
        facts: of the start.

    Raises:
        Stop: the form asks for something else than was filled in.
    """
    definition = live.rules.definition
    form, was = definition.start_form, before.forms.get(before.definition.start_form or "")
    by_form = command.element is None or command.element == definition.none_start
    if form is None or form not in live.rules.changed_forms or not by_form or was is None:
        return command.variables
    asked_before = {field.key for field in formcheck.fields(was)}
    typed = {name: value for name, value in command.variables.items() if name in asked_before}
    given, problem = judge(live.rules.forms[form], typed, facts.case, facts.now)
    if problem is not None:
        raise Stop(_missing(live, definition.none_start or "", problem))
    return {**{name: value for name, value in command.variables.items() if name not in asked_before}, **given}


def judge(
    schema: Mapping[str, Any], typed: Variables, context: Variables, now: datetime
) -> tuple[Variables, tuple[str, str, str] | None]:
    """What a form makes of values that were typed elsewhere or at another time.

    Args:
        schema: the form.
        typed: values by key; keys that it does not ask for are left out.
        context: variables visible at the task.
        now: when they were typed.

    Returns:
        The variables, and the first field that is not in order with its sentence in Chinese and English.
    """
    known = {field.key: field for field in formcheck.fields(schema)}
    context = {**context, **_people_then(schema, known, typed)}
    given, wrong = _check(schema, typed, context, now)
    only = {key: _only_value(known[key], typed, context, now) for key in wrong if key in known}
    if any(value is not None for value in only.values()):
        typed = {**typed, **{key: value for key, value in only.items() if value is not None}}
        given, wrong = _check(schema, typed, context, now)
    for key, (zh, en) in wrong.items():
        return {}, (key, *_without_values(known, key, zh, en))
    return given, None


def _people_then(schema: Mapping[str, Any], known: Mapping[str, Field], typed: Variables) -> Variables:
    """Who was chosen then counts as one of the group: nobody knows any more who was in it."""
    chosen = [typed[key] for key, field in known.items() if formcheck.is_person(field) and typed.get(key) is not None]
    people = [
        {"value": one, "label": one} for value in chosen for one in (value if isinstance(value, list) else [value])
    ]
    groups = formcheck.people_groups(schema)
    return {"people": dict.fromkeys(groups, people)} if groups else {}


def _without_values(known: Mapping[str, Field], key: str, zh: str, en: str) -> tuple[str, str]:
    """A sentence as somebody may read it who may not see the case."""
    field = known.get(key)  # None: in a row of a list
    if any(map(_quotes, known.values() if field is None else (field,))):
        plain = messages.check_failed(key if field is None else field.label)
        return plain.zh, plain.en
    return zh, en


def _quotes(field: Field) -> bool:
    """Whether sentences about a field are worked out from values."""
    words = (one.properties.get(name, "") for one in (field, *field.columns) for name in _SENTENCES)
    try:
        return any(compile_source(text).names for text in words if text)
    except FeelError:
        return True


def _check(
    schema: Mapping[str, Any], typed: Variables, context: Variables, now: datetime
) -> tuple[Variables, dict[str, tuple[str, str]]]:
    """What the form sets, and its sentences by field; files that were uploaded then are not judged again."""
    files = {field.key for field in formcheck.fields(schema) if field.is_files}
    seen = formcheck.visible(schema, typed, context, now=now)
    plain = {key: value for key, value in typed.items() if key in seen and key not in files}
    found = formcheck.check_values(schema, plain, context, now=now)
    if found.readonly & plain.keys():
        plain = {key: value for key, value in plain.items() if key not in found.readonly}
        found = formcheck.check_values(schema, plain, context, now=now)
    kept = {key: value for key, value in typed.items() if key in files & seen}
    wrong = {key: (zh, found.errors_en[key]) for key, zh in found.errors.items() if not kept.get(key)}
    return {**found.variables, **kept}, wrong


def _only_value(field: Field, typed: Variables, context: Variables, now: datetime) -> Value:
    """The one value that a check ``=<key> = <expression>`` lets pass; None where it is no such check."""
    left, equals, right = field.properties.get("check", "").removeprefix("=").partition("=")
    if not equals or left.strip() != field.key:
        return None
    try:
        expression = compile_source(f"={right}")
        if field.key in expression.names:
            return None
        return expression(lambda name: typed[name] if name in typed else context.get(name), now)
    except FeelError:
        return None


def _seen_otherwise(live: Live, wait: Wait, form: str, facts: Facts, memory: Memory) -> Iterator[Assumed]:
    """What the form reads or shows that was another value when the task was done."""
    was = wait.counterpart
    if was is None or was.asked_in is None:
        return
    if was.id == wait.id and was.asked_in == live.state:
        return
    names = live.rules.read_by(form)
    if not names:
        return
    then = bpmn.variables_of(memory.live.rules.definition, was.asked_in, facts, was.id)
    now = bpmn.variables_of(live.rules.definition, live.state, facts, wait.id)
    for name in sorted(names):
        if then.get(name) != now.get(name):
            yield Assumed(
                process_id=live.process_id,
                element=wait.element,
                name=name,
                before=then.get(name),
                after=now.get(name),
            )


def _missing(live: Live, element: str, problem: tuple[str, str, str]) -> Missing:
    field, zh, en = problem
    name = live.rules.definition.name_of(element)
    return Missing(lack=Lack.FIELD, process_id=live.process_id, element=element, name=name, field=field, zh=zh, en=en)
