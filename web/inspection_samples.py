"""Samples: drawing them, their cases one after the other, and the draw done once more."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import InvalidValue, StepError
from engine.inspection import samples, words
from engine.inspection.question import read_query
from engine.queries.cases import read_rows
from web import errors, inspection_words, notes, posted
from web.i18n import gettext
from web.identity import actor, audits, needs
from web.inspection_pages import LOOKS, bp, people, yuan
from web.wiring import parts

_MOST_QUERY = 4000
_MOST_DIGITS = 4


@bp.get("/audit/samples", endpoint="samples")
@needs(audits)
def list_samples() -> ResponseReturnValue:
    """Samples, the newest first."""
    after = request.args.get("after")
    with parts().db.read() as connection:
        page = samples.list_samples(connection, actor(), after=after)
    return render_template("inspection/samples.html", page=page, after=after)


@bp.post("/audit/samples")
@needs(audits)
def draw_sample() -> ResponseReturnValue:
    """303 to the sample; 422 with what is wrong, 409 while cases are still being read."""
    typed = {name: posted.text(name, most) for name, most in (("name", words.MAX_NAME + 1), ("seed", 90))}
    typed |= {"size": posted.text("size", _MOST_DIGITS + 1), "query": posted.text("query", _MOST_QUERY)}
    reading = read_query(typed["query"])
    try:
        if reading.problems:
            raise InvalidValue(
                "The question has a condition that nobody can read. Please choose the conditions again.",
                message_zh=gettext("问题里有读不懂的条件,请重新选择。"),
            )
        size = int(typed["size"]) if typed["size"].isascii() and typed["size"].isdigit() else 0
        made = samples.draw(
            parts().db, typed["name"], reading.question, size, typed["seed"], actor(), now=parts().clock.now()
        )
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        chips = inspection_words.chips(reading.question, dict(people()))
        said = errors.sentence(problem)
        return render_template(
            "inspection/draw.html", typed=typed, chips=chips, problem=said, most_cases=samples.MOST_CASES,
            max_name=words.MAX_NAME,
        ), status  # fmt: skip
    notes.add(gettext("已抽取样本“%(name)s”。", name=typed["name"]))
    return redirect(url_for("inspection.sample", sample_id=made), code=303)


@bp.get("/audit/samples/<int:sample_id>")
@needs(audits)
def sample(sample_id: int) -> ResponseReturnValue:
    """A sample with its cases; drawn once more and compared, where the address says so."""
    again = request.args.get("again") == "1"
    with parts().db.read() as connection:
        found = samples.get_sample(connection, sample_id, actor())
        drawn = samples.list_drawn(connection, sample_id)
        rows = {int(row.case_id): row for row in read_rows(connection, parts().definitions, [one.key for one in drawn])}
        redrawn = samples.redraw(connection, sample_id, actor(), now=parts().clock.now()) if again else None
    question = read_query(found.query).question
    return render_template(
        "inspection/sample.html",
        sample=found,
        drawn=drawn,
        rows=rows,
        redrawn=redrawn,
        chips=inspection_words.chips(question, dict(people())),
        looks=LOOKS,
        yuan=yuan,
    )


@bp.post("/audit/samples/<int:sample_id>/cases/<int:place>")
@needs(audits)
def look_at(sample_id: int, place: int) -> ResponseReturnValue:
    """303 to the sample, one of whose cases somebody has looked at, or has not after all."""
    with parts().db.begin() as tx:
        samples.mark(tx, sample_id, place, actor(), seen=posted.text("seen", 1) == "1", now=parts().clock.now())
    return redirect(url_for("inspection.sample", sample_id=sample_id, _anchor=f"case-{place}"), code=303)
