"""Findings: their list, the form to note one, its page with what was said, and the replies of those asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import accounts
from engine.access import GROUPS
from engine.errors import FourEyes, InvalidValue, NotFound, StepError
from engine.inspection import finding_access, finding_list, findings, words
from engine.inspection.findings import Asked, Draft
from web import errors, notes, posted, typed_times
from web.i18n import gettext, lazy_gettext
from web.identity import actor, audits, needs
from web.inspection_pages import SEVERITIES, SOURCES, STATES, bp, people
from web.wiring import parts

_FILTERS: Final = ("state", "severity", "source")
_FIELDS: Final = ("title", "text", "severity", "about", "to", "due_at", "case", "stream", "seq", "sample")
_MOST_DIGITS: Final = 18
#: What somebody did about a finding.
ENTRIES: Final = {
    "noted": lazy_gettext("记下发现"),
    "put": lazy_gettext("请人答复"),
    "replied": lazy_gettext("答复"),
    "asked_again": lazy_gettext("追问"),
    "closed": lazy_gettext("关闭"),
    "dismissed": lazy_gettext("认定不成立"),
}
_USUAL_TERM: Final = timedelta(days=3)


@bp.get("/audit/findings", endpoint="findings")
@needs(words.may_open_findings)
def list_all() -> ResponseReturnValue:
    """Findings that the person may see, the newest first."""
    query = {name: request.args.get(name, "")[:20] for name in _FILTERS}
    case_id, after = request.args.get("case", "").strip()[:_MOST_DIGITS], request.args.get("after")
    with parts().db.read() as connection:
        page = finding_list.list_findings(connection, actor(), **query, case_id=case_id, after=after)
        counts = finding_list.count_states(connection, actor())
    asked = {name: text for name, text in (*query.items(), ("case", case_id)) if text}
    return render_template(
        "inspection/findings.html",
        page=page,
        counts=counts,
        query=asked,
        after=after,
        may_note=audits(actor()),
        now_at=parts().clock.now(),
        **_words(),
    )


@bp.get("/audit/findings/new")
@needs(audits)
def new_finding() -> ResponseReturnValue:
    """The form to note a finding, about what the address names."""
    typed = {name: request.args.get(name, "").strip()[:_MOST_DIGITS] for name in ("case", "stream", "seq", "sample")}
    due = typed_times.typed(parts().clock.now() + _USUAL_TERM)
    return _form({**typed, "severity": "medium", "due_at": due})


@bp.post("/audit/findings")
@needs(audits)
def note_finding() -> ResponseReturnValue:
    """303 to the finding; 422 with what was typed."""
    typed = {name: posted.text(name, words.MAX_TEXT + 1) for name in _FIELDS}
    try:
        draft = Draft(
            title=typed["title"],
            text=typed["text"],
            severity=typed["severity"],
            case_id=typed["case"] or None,
            stream=_number(typed["stream"]),
            seq=_number(typed["seq"]),
            sample=_number(typed["sample"]),
            about=typed["about"] or None,
            asked=_asked(typed["to"]),
        )
        with parts().db.begin() as tx:
            made = findings.record(tx, draft, actor(), now=parts().clock.now())
    except (InvalidValue, NotFound) as problem:
        return _form(typed, problem=errors.sentence(problem)), 422
    notes.add(gettext("已记下发现。"))
    return redirect(url_for("inspection.finding", finding_id=made), code=303)


@bp.get("/audit/findings/<int:finding_id>")
@needs(words.may_open_findings)
def finding(finding_id: int) -> ResponseReturnValue:
    """A finding with all that was said and done, and the form for what the person may do next."""
    return _shown(finding_id)


@bp.post("/audit/findings/<int:finding_id>/reply")
@needs(words.may_open_findings)
def reply_to_finding(finding_id: int) -> ResponseReturnValue:
    """303 when the reply was taken; 422 without a text, 409 when somebody was faster."""
    text = posted.text("text", words.MAX_TEXT + 1)

    def reply() -> None:
        with parts().db.begin() as tx:
            findings.reply(tx, finding_id, posted.version("revision"), text, actor(), now=parts().clock.now())

    return _done(finding_id, reply, {"reply": text}, gettext("答复已提交。"))


@bp.post("/audit/findings/<int:finding_id>/put")
@needs(audits)
def put_finding(finding_id: int) -> ResponseReturnValue:
    """303 when somebody is asked, or asked again; 422 when something is missing, 409 when somebody was faster."""
    typed = {name: posted.text(name, words.MAX_TEXT + 1) for name in ("to", "due_at", "text")}

    def put() -> None:
        with parts().db.begin() as tx:
            asked = _asked(typed["to"])
            findings.put(
                tx, finding_id, posted.version("revision"), asked, typed["text"], actor(), now=parts().clock.now()
            )

    return _done(finding_id, put, typed, gettext("已请对方答复。"))


@bp.post("/audit/findings/<int:finding_id>/end")
@needs(audits)
def end_finding(finding_id: int) -> ResponseReturnValue:
    """303 when it is closed or dismissed; 422 without a reason, 409 when it takes other eyes or somebody was faster."""
    typed = {"state": posted.text("state", 20), "reason": posted.text("reason", words.MAX_TEXT + 1)}

    def end() -> None:
        with parts().db.begin() as tx:
            findings.end(
                tx,
                finding_id,
                posted.version("revision"),
                typed["state"],
                typed["reason"],
                actor(),
                now=parts().clock.now(),
            )

    return _done(finding_id, end, typed, gettext("结论已记下。"))


def _done(finding_id: int, deed: Callable[[], None], typed: dict[str, str], said: str) -> ResponseReturnValue:
    try:
        deed()
    except (InvalidValue, StepError, FourEyes) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(finding_id, typed=typed, problem=errors.sentence(problem)), status
    notes.add(said)
    return redirect(url_for("inspection.finding", finding_id=finding_id), code=303)


# --- what was typed ------------------------------------------------------------------------------


def _asked(to: str) -> Asked:
    """Whom the list of those who may reply names: u:<person>, g:<group>, or nobody."""
    kind, _, name = to.partition(":")
    if not name:
        return Asked()
    due = typed_times.read("due_at", gettext("答复期限"))
    return Asked(person=name if kind == "u" else None, group=name if kind == "g" else None, due_at=due)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise NotFound("there is no such thing")
    return int(text)


# --- pages ---------------------------------------------------------------------------------------


def _form(typed: dict[str, str], *, problem: str | None = None) -> str:
    return render_template(
        "inspection/new.html", typed=typed, problem=problem, everybody=people(), **_askable(), **_limits(), **_words()
    )


def _shown(finding_id: int, *, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    person = actor()
    with parts().db.read() as connection:
        shown, entries = finding_list.get_finding(connection, finding_id, person)
        row = finding_access.get(connection, finding_id, person)
        may_lead = finding_access.may_lead(person, row)
        refused = finding_access.why_not_end(connection, person, row) if may_lead else None
    return render_template(
        "inspection/finding.html",
        one=shown,
        entries=entries,
        entry_words=ENTRIES,
        may_reply=finding_access.may_reply(person, row),
        may_lead=may_lead,
        may_see_history=audits(person),
        refused=None if refused is None else errors.sentence(refused),
        late=shown.is_late(parts().clock.now()),
        typed=typed or {},
        due=(typed or {}).get("due_at") or typed_times.typed(parts().clock.now() + _USUAL_TERM),
        problem=problem,
        **(_askable() if may_lead else {}),
        **_limits(),
        **_words(),
    )


def _askable() -> dict[str, Any]:
    """Who may be asked for a reply: groups that have people, and the people."""
    active = [one for one in accounts.list_accounts(parts().db) if one.active]
    able = [one for one in active if not one.groups.isdisjoint(words.ANSWERING)]
    manned = {group for one in able for group in one.groups}
    return {
        "ask_groups": [group for group in words.ANSWERING if group in manned],
        "ask_people": sorted(((one.id, one.name) for one in able), key=lambda one: one[1]),
        "group_ids": GROUPS,
    }


def _limits() -> dict[str, int]:
    return {"max_title": words.MAX_TITLE, "max_text": words.MAX_TEXT}


def _words() -> dict[str, Any]:
    return {"states": STATES, "severities": SEVERITIES, "sources": SOURCES}
