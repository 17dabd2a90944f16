"""Rules of conduct (行为规范): read and agreed to once a version, by everybody who talks to customers."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import conduct
from engine.errors import InvalidValue
from engine.model import Actor
from engine.queries.base import Names
from engine.store import text_versions
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs, works_on_cases
from web.roster import may_plan
from web.wiring import parts

bp = Blueprint("conduct", __name__)
#: In the session of somebody who has not agreed yet.
OWED = "conduct"
_MOST = 20_000


def may_look(person: Actor) -> bool:
    """Whoever works on cases, and who writes the rules."""
    return works_on_cases(person) or conduct.may_edit(person)


def note_owed(person: Actor) -> None:
    """At log-in: whether the page has to remind of the rules, so that no other page has to ask."""
    with parts().db.read() as connection:
        if conduct.owes(connection, person):
            session[OWED] = True


@bp.get("/conduct")
@needs(may_look)
def index() -> str:
    """The rules in force; who leads sees who has not agreed, who writes them may change them (``edit``)."""
    return _page()


@bp.post("/conduct/agreement")
@needs(conduct.binds)
def agree() -> ResponseReturnValue:
    """303 to the day's begin; 409 with the rules where they have changed meanwhile."""
    try:
        with parts().db.begin() as tx:
            conduct.agree(tx, actor(), posted.version("version"), at=parts().clock.now())
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem)), 409
    session.pop(OWED, None)
    notes.add(gettext("已确认,谢谢。"))
    return redirect(url_for("login.home"), code=303)


@bp.post("/conduct")
@needs(conduct.may_edit)
def save() -> ResponseReturnValue:
    """303 to the new version; 422 with what was typed when a line is wrong."""
    text = request.form.get("rules", "")[:_MOST]
    try:
        rules = conduct.parse(text)
        with parts().db.begin() as tx:
            conduct.save(
                tx, rules, actor(), at=parts().clock.now(), note=posted.text("note", 300),
                based_on=posted.version("based_on"),
            )  # fmt: skip
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem), typed=text), 422
    notes.add(gettext("已保存。每个人下次登录时要重新确认。"))
    return redirect(url_for("conduct.index"), code=303)


def _page(*, problem: str | None = None, typed: str | None = None) -> str:
    me = actor()
    with parts().db.read() as connection:
        rules = conduct.read_rules(connection)
        owed = conduct.owes(connection, me)
        readers = conduct.list_readers(connection) if may_plan(me) or conduct.may_edit(me) else []
        versions = text_versions.list_of(connection, conduct.KIND, conduct.ID, limit=30)
        names = Names(connection, parts().definitions, {version.made_by for version in versions})
    writes = conduct.may_edit(me)
    return render_template(
        "conduct/index.html",
        rules=rules,
        owed=owed,
        binds=conduct.binds(me),
        readers=readers,
        versions=versions,
        people=names,
        writes=writes,
        editing=writes and (typed is not None or request.args.get("edit") == "1"),
        typed=typed if typed is not None else "\n".join(f"{rule.id} {rule.text}" for rule in rules.rules),
        problem=problem,
    )
