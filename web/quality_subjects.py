"""What drafts about checks, appraisals and surveys are about: who may have one, their fields, names and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import url_for

from engine import accounts, kpi
from engine.drafts import Draft, appraisal_of, check_of, evaluation_of
from engine.errors import NotFound
from engine.model import Actor
from engine.quality import appraisals, checking, reading, survey, words
from web.i18n import gettext, lazy_gettext
from web.kpi_frame import process_name
from web.terms import term
from web.wiring import parts

Raw = Mapping[str, str | list[str]]
#: Step → the state of a check in which its form can be sent.
_CHECKS: Final = {"check": words.WAITING, "objection": words.CHECKED, "decision": words.OBJECTED}
_NAMES: Final = {
    "check": lazy_gettext("质检"),
    "objection": lazy_gettext("质检申诉"),
    "decision": lazy_gettext("申诉裁定"),
    "appraisal": lazy_gettext("考评反馈"),
    "signature": lazy_gettext("考评本人意见"),
    "evaluation": lazy_gettext("员工问卷评估"),
}
_POINTS: Final = tuple(f"p_{item.id}" for item in words.ITEMS)
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "check": (*_POINTS, *(f"r_{item.id}" for item in words.ITEMS), "etiquette", "breach", "summary"),
    "objection": ("objection",),
    "decision": ("decision", *_POINTS, "reason"),
    "appraisal": ("guidance", "plan", "career"),
    "signature": ("reply",),
    "evaluation": ("evaluation",),
}
_LABELS: Final = {
    "etiquette": lazy_gettext("礼仪服饰"),
    "breach": lazy_gettext("整单 0 分"),
    "summary": lazy_gettext("总评"),
    "objection": lazy_gettext("申诉的理由"),
    "decision": lazy_gettext("裁定"),
    "reason": lazy_gettext("裁定的理由"),
    "guidance": lazy_gettext("反馈与指导"),
    "plan": lazy_gettext("绩效改善计划"),
    "career": lazy_gettext("晋升与职业发展"),
    "reply": lazy_gettext("本人意见"),
    "evaluation": lazy_gettext("评估和改进"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A draft's line in its author's list."""

    name: str
    place: str
    #: Its form cannot be sent any more.
    over: bool


def is_ours(subject: str) -> bool:
    """Whether a subject is a form of a quality check or of an appraisal."""
    return subject.partition(":")[0] in _FIELDS


def url_of(verb: str, subject: str) -> str:
    """Where a draft is saved (``save``) or given up (``discard``)."""
    check, written, evaluated = check_of(subject), appraisal_of(subject), evaluation_of(subject)
    if evaluated is not None:
        return url_for(f"quality_drafts.{verb}_evaluation", month=evaluated)
    if check is not None:
        return url_for(f"quality_drafts.{verb}_check", step=check[0], check_id=check[1])
    assert written is not None  # noqa: S101  it is ours
    step, person, month = written
    return url_for(f"quality_drafts.{verb}_appraisal", step=step, person=person, month=month)


def fields_of(subject: str, raw: Raw) -> dict[str, str | list[str]]:
    """The texts of the fields that the form has; others are nobody's."""
    known = _FIELDS[subject.partition(":")[0]]
    return {name: text for name, text in raw.items() if name in known and isinstance(text, str)}


def texts_of(draft: Draft) -> dict[str, str]:
    """What a draft holds, by field."""
    return {name: text for name, text in draft.fields.items() if isinstance(text, str)}


def check_author(subject: str, person: Actor) -> None:
    """Raise unless the form is, or was, the person's to fill in.

    Raises:
        NotFound: it is not, or there is no such check or month.
    """
    check, written, evaluated = check_of(subject), appraisal_of(subject), evaluation_of(subject)
    with parts().db.read() as connection:
        if evaluated is not None:
            may = survey.may_evaluate(person)
        elif check is not None:
            step, check_id = check
            row = checking.get_check(connection, check_id, person)
            may = {
                "check": checking.may_check_it(person, row),
                "objection": row.agent == person.id,
                "decision": checking.may_decide_it(person, row),
            }[step]
        else:
            assert written is not None  # noqa: S101  it is ours
            step, who, month = written
            found = appraisals.read_appraisal(connection, who, kpi.read_month(month).code, person)
            may = appraisals.may_write(person, who) if step == "appraisal" else who == person.id and found is not None
    if not may:
        raise NotFound(f"{subject[:60]} is not {person.id}'s", message_zh="没有这张表单,或它不由您填写。")


def readable(draft: Draft) -> list[tuple[str, str]]:
    """What a draft holds, as label and text, where its form cannot be sent any more."""
    step = draft.subject.partition(":")[0]
    texts = texts_of(draft)
    found = []
    for name in _FIELDS[step]:
        said = texts.get(name, "").strip()
        if said:
            found.append((_label(name), _value(name, said)))
    return found


def _label(name: str) -> str:
    if name in _LABELS:
        return str(_LABELS[name])
    item = term(words.BY_ID[name[2:]].name)
    return item if name.startswith("p_") else gettext("%(item)s的说明", item=item)


def _value(name: str, said: str) -> str:
    known = {"breach": words.BREACHES, "decision": words.DECISIONS}.get(name, {})
    return term(known[said]) if said in known else said


def describe(found: Iterable[Draft], person: Actor) -> dict[str, Described]:
    """By subject, the lines of those drafts that the person may still see."""
    ours = [draft.subject for draft in found if is_ours(draft.subject)]
    return _checks(ours, person) | _appraisals(ours, person) | _evaluations(ours, person)


def _checks(subjects: list[str], person: Actor) -> dict[str, Described]:
    wanted = {subject: check for subject in subjects if (check := check_of(subject)) is not None}
    if not wanted:
        return {}
    with parts().db.read() as connection:
        rows = reading.find_checks(connection, [number for _, number in wanted.values()], person)
        names = accounts.read_names(connection, [row.agent for row in rows.values()])
    return {
        subject: Described(
            name=str(_NAMES[step]),
            place=f"{names.get(row.agent, row.agent)} · {process_name(row.process_id)} {row.case_id}",
            over=row.state != _CHECKS[step],
        )
        for subject, (step, number) in wanted.items()
        if (row := rows.get(number)) is not None
    }


def _appraisals(subjects: list[str], person: Actor) -> dict[str, Described]:
    wanted = {subject: written for subject in subjects if (written := appraisal_of(subject)) is not None}
    wanted = {subject: each for subject, each in wanted.items() if appraisals.may_read(person, each[1])}
    if not wanted:
        return {}
    with parts().db.read() as connection:
        names = accounts.read_names(connection, [who for _, who, _ in wanted.values()])
        signed = appraisals.list_signed(connection, list(names))
    return {
        subject: Described(
            name=str(_NAMES[step]),
            place=f"{names.get(who, who)} · {term(kpi.read_month(month).name)}",
            over=(who, month) in signed,
        )
        for subject, (step, who, month) in wanted.items()
    }


def _evaluations(subjects: list[str], person: Actor) -> dict[str, Described]:
    wanted = {subject: month for subject in subjects if (month := evaluation_of(subject)) is not None}
    if not wanted or not survey.may_evaluate(person):
        return {}
    with parts().db.read() as connection:
        over = {month for month in wanted.values() if survey.find_evaluation(connection, month) is not None}
    return {
        subject: Described(name=str(_NAMES["evaluation"]), place=term(kpi.read_month(month).name), over=month in over)
        for subject, month in wanted.items()
    }
