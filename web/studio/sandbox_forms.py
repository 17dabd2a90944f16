"""The forms of a sandbox: printed as at the desk, with samples in place of uploads."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from engine import formcheck
from engine.formcheck import Submission
from engine.labels import Labels, labels_for
from engine.model import SYSTEM, Value
from engine.sandbox import NotPossible, Sandbox
from engine.sandbox.filling import judge, sample_names
from engine.scenarios import OpenTask, WaitingEvent
from engine.scenarios.forms import COMMON
from web.forms import FormView
from web.preferences import language

_One = TypeVar("_One", OpenTask, WaitingEvent)


@dataclass(slots=True)
class Typed:
    """What was posted and is wrong, to be shown in its form again."""

    key: str
    n: int
    submission: Submission | None = None
    #: Of a text with variables.
    text: str = ""


def start_form(
    sandbox: Sandbox, typed: Typed | None = None, *, focus: str = "", errors: bool = True
) -> FormView | None:
    """The form that starts a case, filled in with what every scenario has."""
    performer = sandbox.performer
    deployed = performer.deployed
    schema = deployed.start_schema
    if schema is None:
        return None
    now = performer.clock.now()
    context = performer.start_context(COMMON)
    known = {**formcheck.prefill(schema, context, now=now), **COMMON}
    return view_of(
        schema, context, now, labels_for(deployed),
        prefix="start", submission=typed.submission if typed else None, values=known, focus=focus, errors=errors,
    )  # fmt: skip


def view_of(
    schema: Mapping[str, Any],
    context: Mapping[str, Value],
    now: datetime,
    labels: Labels,
    *,
    prefix: str,
    submission: Submission | None = None,
    values: Mapping[str, Value] | None = None,
    focus: str = "",
    errors: bool = True,
    scripts: bool = False,
) -> FormView:
    """A form as the desk prints it; in place of uploads there are samples to choose from."""
    return FormView(
        with_samples(schema),
        context=context,
        now=now,
        submission=submission,
        values=values,
        lang=language(),
        show_errors=errors,
        prefix=prefix,
        labels=labels,
        focus=focus,
        scripts=scripts,
    )


def with_samples(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The form with samples to choose where files are uploaded: nothing of a sandbox goes into the shop's folder."""
    if not any(one.is_files for one in formcheck.fields(schema)):
        return schema
    changed: dict[str, Any] = copy.deepcopy(dict(schema))
    for component in _components(changed):
        if component.get("type") == "filepicker":
            names = sample_names(component.get("accept"))
            component["type"] = "checklist"
            component["values"] = [{"label": name, "value": name} for name in names]
    return changed


def judged(sandbox: Sandbox, task: OpenTask, raw: formcheck.Raw) -> Submission:
    """What was posted against the form of a user task."""
    view = sandbox.performer.view(task)
    performer = sandbox.performer
    return judge(view.schema or {}, raw, view.context, now=performer.clock.now(), taken=performer.queries.taken)


def nth(waiting_ones: Sequence[_One], typed: Typed) -> _One:
    """What a form is about.

    Raises:
        NotPossible: it waits no more.
    """
    alike = [one for one in waiting_ones if one.key == typed.key]
    if not 1 <= typed.n <= len(alike):
        raise NotPossible(f"{typed.key[:60]} does not wait", message_zh="它已经不在等待了,请刷新页面。")
    return alike[typed.n - 1]


def form_of(sandbox: Sandbox, typed: Typed) -> tuple[Mapping[str, Any], Mapping[str, Value], Labels]:
    """Schema, context and words of the form of a user task or a message.

    Raises:
        NotPossible: it waits no more, or has no form.
    """
    performer = sandbox.performer
    if any(task.key == typed.key for task in sandbox.tasks()):
        view = performer.view(nth(sandbox.tasks(), typed))
        if view.schema is not None:
            return view.schema, view.context, labels_for(view.deployed)
    else:
        event = nth(sandbox.events(), typed)
        if event.due_at is None and not event.signal and performer.definitions.message_form(event.message_name):
            asked = performer.queries.event_form(event.case_id, event.id, SYSTEM)
            return asked.schema, asked.context, labels_for(asked.deployed)
    raise NotPossible(f"{typed.key[:60]} has no form", message_zh="这里没有表单。")


def prefix(key: str, n: int) -> str:
    """With what the ids of a form's fields begin."""
    return f"f-{key.replace('/', '-')}-{n}"


def _components(parent: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for component in parent.get("components", ()):
        if isinstance(component, dict):
            yield component
            yield from _components(component)
