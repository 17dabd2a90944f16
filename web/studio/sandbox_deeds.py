"""What an owner does in a sandbox by a form, and the forms while they are being filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from flask import request

from engine.clock import from_microseconds
from engine.model import SYSTEM
from engine.sandbox import NotPossible, Sandbox
from engine.sandbox.filling import entered, judge, payload
from engine.scenarios import Action, ActionKind
from engine.scenarios.forms import COMMON
from engine.scenarios.parsing import parse_values
from web import live, posted
from web.form_rows import edited
from web.forms import FormView
from web.links import number
from web.studio import sandbox_forms as forms
from web.studio import sandbox_views as views
from web.studio.sandbox_forms import Typed

MAX_TEXT: Final = 60_000
#: Fields of the page beside those of a form.
_OWN: Final = frozenset({"_key", "_n", "_text", "_how"})


def typed_now() -> Typed:
    """What of this request says where it belongs."""
    key, n = request.form.get("_key", "")[:400], request.form.get("_n", type=number)
    return Typed(key=key, n=n or 1, text=request.form.get("_text", "")[:MAX_TEXT])


def fields_again(opened: Sandbox) -> FormView | None:
    """The form that is being filled in, as its answers so far make it."""
    typed = typed_now()
    performer, edit = opened.performer, posted.edit_of_rows()
    now = performer.clock.now()
    if typed.key == "":
        schema = performer.deployed.start_schema
        if schema is None or opened.instance is not None:
            return None
        raw, focus = edited(schema, _fields_posted(), edit)
        typed.submission = judge(schema, raw, performer.start_context(COMMON), now=now)
        return forms.start_form(opened, typed, focus=focus, errors=False)
    schema, context, labels = forms.form_of(opened, typed)
    raw, focus = edited(schema, _fields_posted(), edit)
    return forms.view_of(
        schema, context, now, labels,
        prefix=forms.prefix(typed.key, typed.n), submission=judge(schema, raw, context, now=now),
        focus=focus, errors=False, scripts=live.wants_fragment(),
    )  # fmt: skip


def _start(opened: Sandbox, typed: Typed) -> Typed | None:
    performer = opened.performer
    schema, how = performer.deployed.start_schema, request.form.get("_how", "form")
    more = parse_values(typed.text)
    values: dict[str, Any] = {}
    if schema is not None:
        context = performer.start_context({**COMMON, **more})
        now, taken = performer.clock.now(), performer.queries.taken
        found = judge(schema, _fields_posted(), context, now=now, taken=taken)
        if how == "form" and found.errors:
            typed.submission = found
            return typed
        wrong = [name for name in found.errors if _is_typed(name)]
        if wrong:  # who calls may leave a field empty, and nothing else
            typed.submission = found
            return typed
        values = entered(schema, found, context, now=now, known=COMMON)
        values = {name: value for name, value in values.items() if name not in found.errors}
    message = how.removeprefix("message:") if how.startswith("message:") else ""
    opened.act(Action(kind=ActionKind.START, key=message, values={**values, **more}))
    return None


def _complete(opened: Sandbox, typed: Typed) -> Typed | None:
    task = forms.nth(opened.tasks(), typed)
    view = opened.performer.view(task)
    values: dict[str, Any] = {}
    if view.schema is not None:
        found = forms.judged(opened, task, _fields_posted())
        if found.errors:
            typed.submission = found
            return typed
        values = entered(view.schema, found, view.context, now=opened.performer.clock.now())
    opened.act(Action(kind=ActionKind.COMPLETE, key=typed.key, n=typed.n, values=values))
    return None


def _occur(opened: Sandbox, typed: Typed) -> Typed | None:
    event = forms.nth(opened.events(), typed)
    performer = opened.performer
    values: dict[str, Any] = {}
    if event.due_at is None:
        if not event.signal and performer.definitions.message_form(event.message_name) is not None:
            asked = performer.queries.event_form(event.case_id, event.id, SYSTEM)
            found = judge(asked.schema, _fields_posted(), asked.context, now=performer.clock.now())
            if found.errors:
                typed.submission = found
                return typed
            values = payload(found)
        else:
            values = parse_values(typed.text)
    opened.act(Action(kind=ActionKind.OCCUR, key=typed.key, n=typed.n, values=values))
    return None


def _pass(opened: Sandbox, _typed: Typed) -> None:
    if request.form.get("due"):
        due = [event.due_at for event in opened.events() if event.due_at is not None]
        if not due:
            raise NotPossible("no timer waits", message_zh="没有在等的定时。")
        opened.act(
            Action(kind=ActionKind.PASS, duration=_whole(from_microseconds(min(due)) - opened.performer.clock.now()))
        )
        return
    minutes = request.form.get("minutes", type=number)
    opened.act(Action(kind=ActionKind.PASS, duration=timedelta(minutes=minutes or 0)))


def _ahead(opened: Sandbox, typed: Typed) -> None:
    known = {one.element: one for one in views.ahead(opened)}
    if typed.key not in known:
        raise NotPossible("there is no such job", message_zh="流程里没有这个系统步骤或调用。")
    values = parse_values(typed.text)
    opened.act(Action(kind=ActionKind(known[typed.key].kind), key=typed.key, values=values))


def _instead(opened: Sandbox, typed: Typed) -> None:
    step, visit = (request.form.get(name, type=number) for name in ("step", "visit"))
    if step is None or visit is None:
        raise NotPossible("there is no such job", message_zh="没有这个系统步骤,可能已经撤销了。请刷新页面。")
    opened.instead(step, visit, None if request.form.get("real") else parse_values(typed.text))


def _undo(opened: Sandbox, _typed: Typed) -> None:
    opened.undo()


#: Verb → what it does; gives what is wrong with its form, to be shown again.
DEEDS: Final[dict[str, Callable[[Sandbox, Typed], Typed | None]]] = {
    "start": _start,
    "complete": _complete,
    "occur": _occur,
    "pass": _pass,
    "ahead": _ahead,
    "instead": _instead,
    "undo": _undo,
}


def _fields_posted() -> dict[str, str | list[str]]:
    return {name: given for name, given in posted.fields().items() if name not in _OWN}


def _is_typed(name: str) -> bool:
    return any(text.strip() for text in request.form.getlist(name))


def _whole(duration: timedelta) -> timedelta:
    """Whole seconds, not less: a scenario says no parts of them."""
    return timedelta(seconds=max(1, -(-duration // timedelta(seconds=1))))
