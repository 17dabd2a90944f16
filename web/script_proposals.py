"""Proposed scripts, message texts and word lists: what waits, what it changes, and what is decided (P21)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import scripts, shop, wording
from engine.errors import DefinitionRefused, InvalidValue, StepError
from engine.model import Actor
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.queries.base import Names
from engine.store import text_versions
from engine.store.database import Transaction
from engine.store.text_versions import TextVersion
from web import errors, notes, posted, wording_lists
from web.differences import differences
from web.i18n import gettext
from web.identity import actor, needs
from web.message_templates import said
from web.wiring import parts

bp = Blueprint("script_proposals", __name__)


def may_decide(person: Actor) -> bool:
    """P21: approves; who proposes sees what has become of it."""
    return scripts.may_approve(person) or scripts.may_propose(person)


@bp.get("/scripts/proposals")
@needs(may_decide)
def proposals() -> ResponseReturnValue:
    """What waits for approval, with what it changes."""
    return _proposals()


@bp.post("/scripts/proposals/<int:key>")
@needs(may_decide)
def decide(key: int) -> ResponseReturnValue:
    """303 to the proposals; 422 when a refusal has no answer or the text cannot come into force, 409 when decided.

    FourEyes becomes 403 in the app's error handlers: nobody approves the own proposal.
    """
    approve, answer = request.form.get("what") == "approve", posted.text("answer", 300)
    try:
        made = _decided(key, approve=approve, answer=answer)
    except (InvalidValue, StepError, DefinitionRefused) as problem:
        return _proposals(problem=errors.sentence(problem)), 409 if isinstance(problem, StepError) else 422
    notes.add(gettext("已采用。") if made.version else gettext("已退回。"))
    return redirect(url_for("script_proposals.proposals"), code=303)


def _decided(key: int, *, approve: bool, answer: str) -> TextVersion:
    found, person = parts(), actor()
    with found.db.read() as connection:
        is_words = text_versions.get(connection, key).kind not in scripts.KINDS
    if approve and not is_words:
        return scripts.approve(
            found.db,
            found.clock,
            person,
            key,
            deploy=lambda files: found.definitions.deploy(files, person),
            channels=shop.CHANNELS,
            tell=tell_of_text,
            answer=answer,
        )
    now = found.clock.now()
    with found.db.begin() as tx:
        if not is_words:
            return scripts.refuse(tx, person, key, at=now, answer=answer, tell=tell_of_text)
        decide_ = wording.approve if approve else wording.refuse
        made = decide_(tx, key, person, at=now, answer=answer)
        if made.made_by != person.id:
            tell_of_text(tx, made.made_by, "words_accepted" if made.version else "words_refused", "", "/scripts/words")
        return made


def _proposals(*, problem: str | None = None) -> str:
    person = actor()
    with parts().db.read() as connection:
        found = text_versions.list_open(connection, (*scripts.KINDS, "words"))
        before = {one.key: text_versions.newest(connection, one.kind, one.id) for one in found}
        names = Names(connection, parts().definitions, {one.made_by for one in found})
    shown = []
    for one in found:
        if not scripts.may_approve(person) and one.made_by != person.id:
            continue
        then = before[one.key]
        old = wording_lists.plain(None) if then is None and one.kind == "words" else _plain(then) if then else ""
        shown.append((one, differences(old, _plain(one)), then is not None and then.version != one.based_on))
    return render_template(
        "scripts/proposals.html",
        proposals=shown,
        names=names,
        decides=scripts.may_approve(person),
        problem=problem,
    )


def _plain(version: TextVersion) -> str:
    return wording_lists.plain(version) if version.kind == "words" else said(version)


def tell_of_text(tx: Transaction, person: str | None, kind: str, name: str, page: str) -> None:
    """Tell the writer of a text, or those who approve."""
    people = members_of(tx.connection, ["dept_manager"]) if person is None else [person]
    notice = Notice(occasion=Occasion.SCRIPT, text=say(kind, name=name), page=page)
    tell(tx, people, notice, at=parts().clock.now(), actor=actor().id)
