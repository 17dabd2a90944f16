"""A form as it is filled in for a scenario: judged as at a desk, kept as a scenario file says it.

Files are samples: a scenario names them, and tiny real ones take their place when it is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Final

from engine import attachments, formcheck
from engine.formcheck import Raw, Submission, Taken
from engine.model import Value, Variables
from engine.scenarios.writing import plain

_TYPES: Final[Mapping[str, str]] = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}
#: What a field for files is offered, by the endings that it takes.
_NAMES: Final = ("照片1.jpg", "照片2.jpg", "照片3.png", "回执.pdf")


def judge(
    schema: Mapping[str, Any], raw: Raw, context: Variables, *, now: datetime, taken: Taken | None = None
) -> Submission:
    """What is wrong with a form, in the very words of the desk; files are given by the names of samples."""
    return formcheck.check(schema, raw, context, now=now, taken=taken, files=sample_file)


def entered(
    schema: Mapping[str, Any],
    submission: Submission,
    context: Variables,
    *,
    now: datetime,
    known: Variables | None = None,
) -> dict[str, Value]:
    """What a scenario says of a filled-in form: what differs from what the form shows by itself.

    Args:
        schema, context, now: of the form.
        submission: what was found in order.
        known: what the runner fills in besides, over what the form shows.
    """
    shown = {**formcheck.prefill(schema, context, now=now), **(known or {})}
    values: dict[str, Value] = {}
    for field in formcheck.fields(schema):
        if field.key not in submission.visible or field.key in submission.readonly:
            continue
        value = submission.variables.get(field.key)
        value = None if value == [] else value
        if value != shown.get(field.key) and (value is not None or field.key in shown):
            values[field.key] = plain(value)
    return values


def payload(submission: Submission) -> dict[str, Value]:
    """What a message carries whose form was filled in."""
    return {key: plain(value) for key, value in submission.variables.items() if value is not None}


def sample_names(accept: str | None) -> list[str]:
    """Names of samples that a field for files takes; ``accept`` is the field's, e.g. ``.jpg,.png``."""
    endings = {ending.strip().lower() for ending in (accept or "").split(",")} - {""}
    found = [name for name in _NAMES if not endings or PurePosixPath(name).suffix in endings]
    pictures = [name for name in _NAMES if "image/*" in endings and _TYPES[PurePosixPath(name).suffix][:5] == "image"]
    return list(dict.fromkeys([*pictures, *found])) or list(_NAMES)


def sample_file(item: Value) -> Value:
    """The context of a sample, by its name; None: no such can be made."""
    name = item["name"] if isinstance(item, Mapping) else item
    kind = _TYPES.get(PurePosixPath(name).suffix.lower()) if isinstance(name, str) else None
    if kind is None:
        return None
    content = attachments.sample(name)
    return {"id": name, "name": name, "type": kind, "size": len(content), "sha256": sha256(content).hexdigest()}
