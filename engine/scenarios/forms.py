"""Fills in forms as an agent would: what the form shows first, then the scenario's values, then the check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from engine import attachments, formcheck
from engine.attachments import FileRefused, Folder
from engine.formcheck import Files, Taken
from engine.model import Actor, Value, Variables
from engine.scenarios.problem import Mismatch
from engine.store.database import Database

#: What every case has; a scenario says otherwise where it matters.
COMMON: Final[Mapping[str, Value]] = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "description": "客户诉求",
}


def uploaded(
    db: Database, schema: Mapping[str, Any] | None, given: Variables, actor: Actor, now: datetime
) -> dict[str, Value]:
    """The scenario's values, with a tiny real file uploaded for each name that stands in a field for files.

    Raises:
        Mismatch: a name's ending is of no kind that can be uploaded.
    """
    fields = [field for field in formcheck.fields(schema or {}) if field.is_files]
    named = {field.key: given[field.key] for field in fields if isinstance(given.get(field.key), list)}
    return {**given, **{key: [_upload(db, key, name, actor, now) for name in names] for key, names in named.items()}}


def _upload(db: Database, key: str, name: Value, actor: Actor, now: datetime) -> Value:
    if not isinstance(name, str):
        return name
    try:
        kept = attachments.keep(db, Folder.beside(db), name, attachments.sample(name), actor=actor, now=now)
    except FileRefused as problem:
        raise Mismatch(
            f"{key}: no file {name!r} can be made: {problem}", f"{key}:不能生成文件“{name}”:{problem.message_zh}"
        ) from problem
    return dict(kept.value)


def fill_in(
    element: str,
    schema: Mapping[str, Any],
    given: Variables,
    context: Variables,
    *,
    now: datetime,
    taken: Taken,
    files: Files,
    name: str = "",
) -> dict[str, Value]:
    """The variables with which a user task is completed.

    What the form asks for only in other cases is left out, as by a person who does not see it: the catalogue calls such
    a field optional, so a scenario may name it.

    Raises:
        Mismatch: the form does not accept the values.
    """
    entered = _entered(schema, given, context, now)
    seen = formcheck.visible(schema, entered, context, now=now)
    unseen = {field.key for field in formcheck.fields(schema)} - seen
    entered = {key: value for key, value in entered.items() if key not in unseen}
    submission = formcheck.check_values(schema, entered, context, now=now, taken=taken, files=files)
    if submission.errors:
        raise Mismatch(
            f"{element}: the form does not accept the values: {_sentences(submission)}",
            f"{name or element}:表单不接受这些内容:{_said(submission)}",
        )
    return submission.variables


def fill_in_start(
    schema: Mapping[str, Any] | None,
    given: Variables,
    *,
    context: Variables,
    now: datetime,
    taken: Taken,
    files: Files,
) -> dict[str, Value]:
    """The variables with which a case starts.

    What the form does not ask for, and what it asks for and the scenario leaves empty, is as a caller would leave it:
    passed on, or null.

    Raises:
        Mismatch: the form does not accept a value of the scenario.
    """
    values = {**COMMON, **given}
    if schema is None:
        return values
    keys = {field.key for field in formcheck.fields(schema)}
    asked = {key: value for key, value in values.items() if key in keys}
    entered = _entered(schema, asked, context, now)
    submission = formcheck.check_values(schema, entered, context, now=now, taken=taken, files=files)
    enabled = submission.visible - submission.readonly
    wrong = [key for key in submission.errors if values.get(key) is not None and key in enabled]
    if wrong:
        raise Mismatch(
            f"the start form does not accept the values: {_sentences(submission, wrong)}",
            f"发起表单不接受这些内容:{_said(submission, wrong)}",
        )
    checked = {key: value for key, value in submission.variables.items() if key not in submission.errors}
    return {**values, **checked}


def _entered(schema: Mapping[str, Any], given: Variables, context: Variables, now: datetime) -> dict[str, Value]:
    shown = formcheck.prefill(schema, context, now=now) | dict(given)
    seen = formcheck.visible(schema, shown, context, now=now)
    return {key: value for key, value in shown.items() if key in seen or key in given}


def _sentences(submission: formcheck.Submission, keys: list[str] | None = None) -> str:
    return "; ".join(
        f"{key or 'form'}: {submission.errors_en[key]} {submission.errors[key]}"
        for key in submission.errors
        if keys is None or key in keys
    )


def _said(submission: formcheck.Submission, keys: list[str] | None = None) -> str:
    return ";".join(
        f"{key or '整张表单'}:{text}" for key, text in submission.errors.items() if keys is None or key in keys
    )
