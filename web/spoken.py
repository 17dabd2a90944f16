"""Free texts that customers will read, judged before a form is taken: banned phrases block, promises are confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flask import g, request

from engine import wording
from engine.formcheck import Submission
from engine.model import Event
from engine.queries import TaskView
from engine.queries.spoken import spoken_fields, spoken_names
from engine.wording import Findings, Hit
from web.identity import actor
from web.posted import PROMISED
from web.wiring import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What of a field promises something."""

    field: str
    label: str
    found: str
    phrase: str
    reason: str


def context_of(groups: Iterable[str]) -> str:
    """Which lines of the word lists count: presale for a task of the pre-sales, aftersale for others."""
    return "presale" if "presales" in groups else "aftersale"


def judged(schema: Mapping[str, Any], submission: Submission, *, context: str) -> Submission:
    """The submission with what its words to customers break; promises are kept for the page and for ``stood_by``.

    A promise blocks until its tick comes with the form; the tick is for the very phrases that it stood beside.
    """
    fields = spoken_fields(schema, _names(tuple(sorted(parts().definitions.templates().items()))))
    texts = [(name, label, text) for name, label, text in _texts(fields, submission) if text.strip()]
    if not texts:
        return submission
    with parts().db.read() as connection:
        words = wording.read_words(connection)
    errors: dict[str, tuple[str, str]] = {}
    promises: list[Promise] = []
    for name, label, text in texts:
        found = wording.judge(words, text, context=context)
        if found.blocked and name not in submission.errors:
            errors[name] = (found.blocked[0].sentence, blocked_en(found.blocked[0]))
        promises += [
            Promise(field=name, label=label, found=hit.found, phrase=hit.phrase, reason=hit.reason)
            for hit in found.warned
        ]
    g.promises = tuple(promises)
    if promises and not _ticked(promises):
        for promise in promises:
            errors.setdefault(promise.field, _unconfirmed(promise))
    zh = {name: words_[0] for name, words_ in errors.items() if name not in submission.errors}
    en = {name: words_[1] for name, words_ in errors.items() if name not in submission.errors}
    return replace(submission, errors={**submission.errors, **zh}, errors_en={**submission.errors_en, **en})


def judged_task(view: TaskView, submission: Submission) -> Submission:
    """The same for the form of a user task."""
    if view.schema is None:
        return submission
    return judged(view.schema, submission, context=context_of(view.row.candidate_groups))


def judged_here(schema: Mapping[str, Any], submission: Submission) -> Submission:
    """The same for a form without a task: the person's own groups tell which lines count."""
    return judged(schema, submission, context=context_of(actor().groups))


def stood_by(task_id: int | None = None) -> tuple[Event, ...]:
    """What the case's history keeps of what somebody stands by: nothing where nothing was promised.

    It goes with the command that takes the form, so that neither is kept without the other.
    """
    promises: tuple[Promise, ...] = g.get("promises", ())
    if not promises:
        return ()
    phrases = list(dict.fromkeys(promise.phrase for promise in promises))
    return (Event(kind="wording.confirmed", value={"task": task_id, "phrases": phrases}),)


def confirmed_in(text: str) -> tuple[str, ...]:
    """The words of promise of a text of a page's own, if the tick for them came with the form.

    The page shows the tick for them.
    """
    hits = check(text).warned
    g.promises = tuple(
        Promise(field="", label="", found=hit.found, phrase=hit.phrase, reason=hit.reason) for hit in hits
    )
    return tuple(hit.phrase for hit in hits) if hits and _ticked(g.promises) else ()


def tick() -> str:
    """What the tick beside the promises of this page says; "" where the page has none."""
    return _mark(g.get("promises", ()))


def check(text: str, *, context: str = "") -> Findings:
    """A text of a page's own, by the lists in force."""
    with parts().db.read() as connection:
        return wording.check(connection, text, context=context)


def confirmed(hits: list[Hit]) -> bool:
    """Whether the tick for these promises came with the form."""
    return not hits or request.form.get(PROMISED, "") == mark_of(hits)


def mark_of(hits: list[Hit]) -> str:
    """What the tick for these promises says."""
    return ",".join(sorted({hit.phrase for hit in hits}))


@lru_cache(maxsize=8)
def _names(templates: tuple[tuple[str, tuple[str, str]], ...]) -> frozenset[str]:
    return spoken_names(dict(templates))


def _texts(fields: tuple[tuple[str, str | None, str], ...], submission: Submission) -> Iterator[tuple[str, str, str]]:
    """(name of the input, label, what was typed) of what is entered and shown."""
    for key, column, label in fields:
        if column is None:
            typed = submission.raw.get(key, "")
            if key in submission.visible and key not in submission.readonly and isinstance(typed, str):
                yield key, label, typed
            continue
        for name, typed in submission.raw.items():
            parts_ = name.split(".")
            if parts_[0] == key and parts_[-1] == column and isinstance(typed, str):
                yield name, label, typed


def _ticked(promises: Iterable[Promise]) -> bool:
    return request.form.get(PROMISED, "") == _mark(promises)


def _mark(promises: Iterable[Promise]) -> str:
    return ",".join(sorted({promise.phrase for promise in promises}))


def _unconfirmed(promise: Promise) -> tuple[str, str]:
    return (
        f"“{promise.found}”会让客户当作承诺({promise.reason})。能做到请在表单下方勾选确认,否则请改写。",
        f"{promise.found!r} promises something. Tick the box below the form if it will be kept, or say it otherwise.",
    )


def blocked_en(hit: Hit) -> str:
    """The English of a banned phrase's sentence."""
    said = f"“{hit.found}” must not be said to customers; put it another way"
    return f"{said}, e.g. {hit.proposal}" if hit.proposal else f"{said}."
