"""The word lists: what may not be said to customers, what promises something; tried out, changed, proposed (P21)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import wording
from engine.errors import InvalidValue
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.queries.base import Names
from engine.store import text_versions
from engine.store.text_versions import TextVersion
from engine.wording import Phrase, Words
from engine.wording.words import content_of, split_exceptions
from web import errors, notes, posted
from web.differences import differences
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("wording_lists", __name__)
_LISTS = ("banned", "promises")
_SPARE = 3
_MOST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    words: Words
    reason: str = ""
    based_on: int = 0


@bp.get("/scripts/words")
@needs(wording.may_read)
def index() -> ResponseReturnValue:
    """Both lists with their versions; ``try`` is a text to be checked by them."""
    return _page()


@bp.post("/scripts/words")
@needs(lambda person: wording.may_edit(person) or wording.may_propose(person))
def save() -> ResponseReturnValue:
    """303 to the lists, or to the proposals; 422 with what was typed when a line is wrong."""
    typed = _sent()
    person, now = actor(), parts().clock.now()
    at_once = wording.may_edit(person)
    try:
        with parts().db.begin() as tx:
            write = wording.save if at_once else wording.propose
            write(tx, typed.words, person, at=now, note=typed.reason, based_on=typed.based_on)
            if not at_once:
                notice = Notice(occasion=Occasion.SCRIPT, text=say("words_wait"), page="/scripts/proposals")
                tell(tx, members_of(tx.connection, ["dept_manager"]), notice, at=now, actor=person.id)
    except InvalidValue as problem:
        return _page(typed, problem=errors.sentence(problem)), 422
    if at_once:
        notes.add(gettext("已保存,下一次检查起生效。"))
        return redirect(url_for("wording_lists.index"), code=303)
    notes.add(gettext("已提交,部门经理同意后生效。"))
    return redirect(url_for("script_proposals.proposals"), code=303)


def plain(version: TextVersion | None) -> str:
    """A version of both lists as one text, to be compared."""
    words = wording.shipped() if version is None else wording.words_of(version)
    lines = []
    for name in _LISTS:
        for line in content_of(words)[name]:
            parts_ = (line["phrase"], wording.CONTEXTS.get(line["context"], ""), line["reason"], line["proposal"])
            lines.append(" · ".join(filter(None, (*parts_, "、".join(line["exceptions"])))))
    return "\n".join(lines)


def _page(typed: _Typed | None = None, *, problem: str | None = None) -> str:
    person = actor()
    with parts().db.read() as connection:
        words = wording.read_words(connection)
        versions = text_versions.list_of(connection, "words", "words", limit=30)
        people = {one for version in versions for one in (version.made_by, version.decided_by)}
        names = Names(connection, parts().definitions, people)
    tried, context = request.args.get("try", "").strip()[:1000], request.args.get("context", "")
    in_force = {version.version: version for version in versions if version.version is not None}
    writes = wording.may_edit(person) or wording.may_propose(person)
    shown = typed.words if typed else words
    return render_template(
        "scripts/words.html",
        words=words,
        rows={
            name: [*getattr(shown, name), *[Phrase(phrase="") for _ in range(_SPARE if writes else 0)]]
            for name in _LISTS
        },
        contexts=wording.CONTEXTS,
        versions=[(one, differences(plain(in_force.get(one.based_on)), plain(one))) for one in versions],
        people=names,
        typed=typed or _Typed(words=words, based_on=words.version),
        problem=problem,
        writes=writes,
        writes_at_once=wording.may_edit(person),
        tried=tried,
        context=context if context in wording.CONTEXTS else "",
        findings=wording.judge(words, tried, context=context) if tried else None,
    )


def _sent() -> _Typed:
    based_on = request.form.get("based_on", "")
    return _Typed(
        words=Words(banned=_rows("banned"), promises=_rows("promises")),
        reason=posted.text("reason", 400),
        based_on=int(based_on) if based_on.isascii() and based_on.isdigit() and len(based_on) < 10 else 0,
    )


def _rows(name: str) -> tuple[Phrase, ...]:
    columns = ("phrase", "context", "reason", "proposal", "exceptions")
    lists = [request.form.getlist(f"{name}_{column}")[:_MOST] for column in columns]
    found = []
    for texts in zip(*lists, strict=False):
        phrase, context, reason, proposal, exceptions = (text.strip()[:400] for text in texts)
        if phrase:
            found.append(
                Phrase(
                    phrase=phrase,
                    context=context,
                    reason=reason,
                    proposal=proposal,
                    exceptions=split_exceptions(exceptions),
                )
            )
    return tuple(found)
