"""Questions to all cases: conditions chosen by their names, the answer, and questions that are kept."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.definitions import Deployed
from engine.errors import InvalidValue, NotFound
from engine.inspection import choices, kept, samples, words
from engine.inspection.question import Question, Reading, read, read_query
from web import errors, inspection_words, notes, posted
from web.i18n import gettext
from web.identity import actor, audits, needs
from web.inspection_pages import answered, bp, people, reading_here, yuan
from web.wiring import parts

_MOST_QUERY = 4000
#: Conditions that stand folded away until one of them is asked.
_FOLDED: Final = {
    "money": {"asked_from", "asked_to", "paid_from", "paid_to", "unapproved", "buyer_paid", "customer"},
    "time": {"ended_from", "ended_to", "longer", "shorter", "unmasked", "incident", "repaired", "reopened"},
}


@bp.get("/audit/questions")
@needs(audits)
def questions() -> ResponseReturnValue:
    """The form, and the answer to what the address asks; an address as a form sends it is led to its short one."""
    reading = reading_here()
    add = request.args.get("add", "")
    if add and add not in inspection_words.ADDED:
        raise NotFound("there is no such condition")
    if add and request.args.get("value"):
        reading = _with(reading, add)
        if not reading.problems:
            return redirect(address(reading.question), code=303)
    elif not add and not reading.problems and any(not text for text in request.args.values()):
        return redirect(address(reading.question), code=303)
    return _page(reading, add=add)


@bp.post("/audit/questions")
@needs(audits)
def keep_question() -> ResponseReturnValue:
    """303 to the question that is kept now; 422 with what is wrong."""
    question = _posted_question()
    name, shared = posted.text("name", words.MAX_NAME + 1), posted.text("shared", 1) == "1"
    try:
        with parts().db.begin() as tx:
            made = kept.keep(tx, name, question, actor(), shared=shared, now=parts().clock.now())
    except InvalidValue as problem:
        return _page(Reading(question=question), problem=errors.sentence(problem), typed={"name": name}), 422
    notes.add(gettext("已保存问题“%(name)s”。", name=name))
    return redirect(url_for("inspection.question", question_id=made), code=303)


@bp.get("/audit/questions/<int:question_id>")
@needs(audits)
def question(question_id: int) -> ResponseReturnValue:
    """A question that is kept, and its answer now."""
    return _kept(question_id)


@bp.post("/audit/questions/<int:question_id>")
@needs(audits)
def change_question(question_id: int) -> ResponseReturnValue:
    """303 when it is renamed, shared or deleted; 404 when it is not the person's, 422 when the name is none."""
    what, name = request.form.get("what", ""), posted.text("name", words.MAX_NAME + 1)
    now, person = parts().clock.now(), actor()
    try:
        with parts().db.begin() as tx:
            if what == "delete":
                kept.delete(tx, question_id, person, now=now)
            elif what == "change":
                one = kept.get_kept(tx.connection, question_id, person)
                shared = posted.text("shared", 1) == "1"
                asked = read_query(one.query).question
                kept.change(tx, question_id, name, asked, person, shared=shared, now=now)
            else:
                raise NotFound("there is no such deed")
    except InvalidValue as problem:
        return _kept(question_id, problem=errors.sentence(problem)), 422
    notes.add(gettext("已删除问题。") if what == "delete" else gettext("已保存。"))
    there = url_for("inspection.question", question_id=question_id)
    return redirect(url_for("inspection.questions") if what == "delete" else there, code=303)


def address(question: Question) -> str:
    """Where a question is asked."""
    query = question.query()
    return url_for("inspection.questions") + (f"?{query}" if query else "")


def _posted_question() -> Question:
    """The question that a form carries."""
    reading = read_query(posted.text("query", _MOST_QUERY))
    if reading.problems:
        raise NotFound("there is no such question", message_zh=gettext("问题里有读不懂的条件,请重新选择。"))
    return reading.question


def _with(reading: Reading, add: str) -> Reading:
    """The question of the address with one condition more; one that is given once takes the other's place."""
    value = request.args.get("value", "")
    if add == "rounds":
        value = f"{value}:{request.args.get('times', '').strip()}"
    several = isinstance(getattr(reading.question, add), tuple)
    left = [part for part in reading.question.parts() if several or part[0] != add]
    if add == "did":
        left = [part for part in left if part[0] != "person"] + [("person", request.args.get("who", ""))]
    return read([*left, (add, value)])


def _page(reading: Reading, *, add: str = "", problem: str | None = None, typed: dict[str, str] | None = None) -> str:
    asked = reading.question
    known = people()
    names = dict(known)
    with parts().db.read() as connection:
        questions_kept = kept.list_kept(connection, actor())
    wrong = {name: text for name, text in request.args.items() if name in reading.problems}
    shown = dict(asked.parts()) | wrong  # what was typed stays in its field
    show = not (asked.is_empty or reading.problems or add)
    return render_template(
        "inspection/questions.html",
        asked=asked,
        **_in_words(asked, names),
        asked_parts=shown,
        problems=[
            (inspection_words.NAMES.get(name, name), errors.sentence(one)) for name, one in reading.problems.items()
        ],
        problem=problem,
        typed=typed or {},
        people=known,
        processes=_processes(),
        words=inspection_words,
        opened={name: not of_it.isdisjoint(shown) for name, of_it in _FOLDED.items()},
        adding=_adding(asked, add) if add else None,
        kept=questions_kept,
        ready=[(address(one.question), name, meaning) for one, name, meaning in inspection_words.ready()],
        asked_ready=next((text for one, _, text in inspection_words.ready() if one.question == asked), None),
        answer=answered(asked) if show else None,
        max_name=words.MAX_NAME,
        most_cases=samples.MOST_CASES,
        yuan=yuan,
    )


def _in_words(asked: Question, names: dict[str, str]) -> dict[str, Any]:
    here = url_for("inspection.questions")
    said = inspection_words.chips(asked, names)
    return {
        "chips": [(chip, f"{here}?{inspection_words.without(asked, chip)}".rstrip("?")) for chip in said],
        "query": asked.query(),
    }


def _processes() -> list[tuple[str, str]]:
    return [(deployed.process_id, deployed.name) for deployed in parts().definitions.all_latest()]


def _adding(asked: Question, add: str) -> dict[str, Any]:
    """What the picker of one condition offers: processes first, then what is in the one that was chosen."""
    chosen = request.args.get("in", "") or (asked.process[0] if len(asked.process) == 1 else "")
    deployed = parts().definitions.find_latest(chosen) if chosen else None
    return {
        "name": add,
        "label": inspection_words.NAMES[add],
        "deployed": deployed,
        "hidden": inspection_words.hidden(asked),
        **(_offered(deployed, add) if deployed is not None and add != "process" else {}),
    }


def _offered(deployed: Deployed, add: str) -> dict[str, Any]:
    if add == "rule":
        with parts().db.read() as connection:
            return {"decisions": choices.decisions_of(connection, deployed)}
    steps = choices.steps_of(deployed)
    if add == "end":
        steps = tuple(one for one in steps if one.is_end)
    if add == "did":
        steps = tuple(one for one in steps if one.is_task)
    return {"steps": steps}


def _kept(question_id: int, *, problem: str | None = None) -> str:
    with parts().db.read() as connection:
        one = kept.get_kept(connection, question_id, actor())
    reading = read_query(one.query)
    return render_template(
        "inspection/question.html",
        one=one,
        **_in_words(reading.question, dict(people())),
        unread=list(reading.problems),
        edit=address(reading.question),
        answer=None if reading.problems else answered(reading.question),
        problem=problem,
        max_name=words.MAX_NAME,
        most_cases=samples.MOST_CASES,
        typed={},
        yuan=yuan,
    )
