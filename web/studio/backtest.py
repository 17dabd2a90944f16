"""Past cases on a changed version: what would have been otherwise, what it costs, and each case beside itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.backtest import asking, results
from engine.backtest.candidate import BPMN, DECISION, FORM, Candidate
from engine.backtest.cases import (
    CaseAsked,
    Money,
    count_cases,
    list_cases,
)
from engine.backtest.choosing import MAX_CASES, count_affected
from engine.backtest.results import Backtest, read_backtest, read_reasons, read_summary
from engine.errors import DefinitionRefused, EngineError, InvalidValue, NotFound
from engine.flow_analysis.choosing import visible_roots
from engine.queries.base import keyset
from engine.rerun import Verdict
from web import errors
from web.i18n import gettext
from web.identity import actor, needs, sees_cases, sees_studio
from web.studio import backtest_asking, backtest_words, pages
from web.studio.blueprint import bp
from web.wiring import parts

_PAGE: Final = 50
#: Of the reasons for which cases stopped short, those that a page names.
_REASONS: Final = 12
#: In an address: a case that has not ended.
_NO_END: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBacktest:
    """What a review says of the newest back-test."""

    key: int
    sign: tuple[str, object]
    said: str
    #: 多付, 少付 so much; empty where nothing is judged yet.
    paid: str
    #: The change has been edited since.
    stale: bool


# -- the back-tests of a change -------------------------------------------------------------------


@bp.get("/studio/changes/<int:key>/backtest")
@needs(sees_studio)
def backtests(key: int) -> ResponseReturnValue:
    """Earlier back-tests of a change, and the form that asks for one."""
    return _asking_page(key)


@bp.post("/studio/changes/<int:key>/backtest")
@needs(access.may_deploy)
def ask_backtest(key: int) -> ResponseReturnValue:
    """303 to the page on which the back-test can be watched; 422 with the sentence where there is nothing to run."""
    made = parts()
    candidate = pages.candidate_of(key)
    if not candidate.change.alive:
        return _asking_page(key, problem=gettext("该变更已发布或已撤回。"), status=409)
    try:
        asked = asking.ask(
            made.db, actor(), change=key, revision=candidate.change.revision, parts=tried(candidate),
            wanted=backtest_asking.read_form(), now=made.clock.now(),
        )  # fmt: skip
    except (InvalidValue, DefinitionRefused) as problem:
        return _asking_page(key, problem=errors.sentence(problem), status=422)
    made.backtests.wake()
    return redirect(url_for("studio.backtest", n=asked), code=303)


@bp.post("/studio/backtests/<int:n>/stop")
@needs(access.may_deploy)
def stop_backtest(n: int) -> ResponseReturnValue:
    """303 to the back-test with what it found so far; 409 where it has ended already."""
    with parts().db.read() as connection:
        found = read_backtest(connection, n)
    if not found.open:
        return redirect(url_for("studio.backtest", n=n), code=303)
    asking.stop(parts().db, n, actor(), now=parts().clock.now())
    return redirect(url_for("studio.backtest", n=n), code=303)


def tried(candidate: studio.Candidate) -> dict[tuple[str, str], bytes]:
    """What of a change would run otherwise: diagrams, tables and forms that are not what is in force."""
    return {
        (draft.kind, draft.id): candidate.files[studio.file_name(draft.kind, draft.id)]
        for draft in candidate.change.effective
        if draft.kind in (BPMN, FORM, DECISION)
    }


def last_told(candidate: studio.Candidate) -> LastBacktest | None:
    """The newest back-test of a change in words; None: there is none."""
    with parts().db.read() as connection:
        earlier = results.list_backtests(connection, candidate.change.key)
        if not earlier:
            return None
        found = earlier[0]
        summary = read_summary(connection, found.key)
    paid = backtest_words.paid_words(summary.difference) if summary.judged else ""
    said = backtest_words.summary_words(found, summary) if summary.judged else ""
    stale = candidate.change.alive and dict(found.parts) != _hashes(tried(candidate))
    return LastBacktest(
        key=found.key, sign=backtest_words.STATUS_WORDS[found.status], said=said, paid=paid, stale=stale
    )


def _hashes(contents: Mapping[tuple[str, str], bytes]) -> dict[tuple[str, str], str]:
    return {name: sha256(content).hexdigest() for name, content in contents.items()}


def _asking_page(key: int, *, problem: str | None = None, status: int = 200) -> ResponseReturnValue:
    made = parts()
    candidate = pages.candidate_of(key)
    parts_now = tried(candidate)
    rules = Candidate(made.db, parts_now)
    hashes = _hashes(parts_now)
    with made.db.read() as connection:
        earlier = results.list_backtests(connection, key)
        names = backtest_words.Names(connection, None)
        affected = count_affected(connection, rules.versions) if parts_now and candidate.change.alive else 0
        wanted = {found.key: backtest_words.filter_words(found, names) for found in earlier}
    page = pages.change_page(
        "backtests.html",
        candidate,
        "backtest",
        problem=problem,
        earlier=earlier,
        wanted=wanted,
        current={found.key: dict(found.parts) == hashes for found in earlier},
        people_asked=pages.people(found.asked_by for found in earlier),
        affected=affected,
        tried=sorted(parts_now),
        processes=[(process_id, names.process(process_id)) for process_id in sorted(rules.processes)],
        ends=backtest_asking.ends_of(rules.processes),
        most=MAX_CASES,
        typed=request.form,
        words=backtest_words,
    )
    return make_response(page, status)


# -- one back-test --------------------------------------------------------------------------------


@bp.get("/studio/backtests/<int:n>")
@needs(sees_studio)
def backtest(n: int) -> ResponseReturnValue:
    """How far it is, what it comes to, and its cases; a poll gets the first two, and the whole when it has ended."""
    with parts().db.read() as connection:
        found = read_backtest(connection, n)
        if request.headers.get("HX-Request"):
            shown = _run_parts(connection, found, None)
            answer = make_response(render_template("studio/_backtest_run.html", **shown))
            if not found.open:
                answer.headers["HX-Refresh"] = "true"
            return answer
        asked, names = asked_cases(), backtest_words.Names(connection, candidate_of(found))
        lines, following = list_cases(
            connection, n, asked, after=keyset(request.args.get("after")), limit=_PAGE
        )  # fmt: skip
        shown = _run_parts(connection, found, names)
        return pages.change_page(
            "backtest.html",
            pages.candidate_of(found.change),
            "backtest",
            **shown,
            asked=asked,
            lines=lines,
            following=following,
            count=count_cases(connection, n, asked),
            seen=visible_cases(connection, [line.case_id for line in lines]),
            wanted=backtest_words.filter_words(found, names),
            filtered=asked != CaseAsked(),
        )


# -- what is shown --------------------------------------------------------------------------------


def _run_parts(connection: Any, found: Backtest, names: backtest_words.Names | None) -> dict[str, Any]:
    """What the part of the page needs that is asked for again while the back-test runs."""
    summary = read_summary(connection, found.key)
    reasons = results.Reasons() if found.open or names is None else read_reasons(connection, found.key)
    return {
        "found": found,
        "summary": summary,
        "reasons": reasons,
        "most_reasons": _REASONS,
        "places": names,
        "words": backtest_words,
        "asker": pages.people([found.asked_by]).get(found.asked_by, found.asked_by),
        "may_stop": access.may_deploy(actor()) and found.open,
        "link": _link(found.key),
    }


def candidate_of(found: Backtest) -> Candidate | None:
    """What was tried, from the contents that were kept."""
    with parts().db.read() as connection:
        try:
            tried_parts = {
                name: studio.read_content(connection, digest) for name, digest in found.parts.items()
            }  # fmt: skip
        except EngineError:
            return None
    return Candidate(parts().db, tried_parts)


def asked_cases() -> CaseAsked:
    """The conditions in the address; what nobody knows finds nothing.

    Raises:
        NotFound: there is no such condition.
    """
    given = request.args
    verdict, money = given.get("verdict", ""), given.get("money", "")
    if (verdict and verdict not in set(Verdict)) or (money and money not in set(Money)):
        raise NotFound("there is no such kind of case", message_zh="没有这类工单。")
    ends = None
    if "before" in given and "to" in given:
        ends = (_end(given["before"]), _end(given["to"]))
    process_id = given.get("process", "")[:100]
    return CaseAsked(
        verdict=verdict, process_id=process_id, ends=ends, money=money, assumed=given.get("assumed") == "1"
    )


def _end(text: str) -> str | None:
    return None if text == _NO_END else text[:200]


def _link(n: int) -> Any:
    """Makes the addresses of a back-test's lists."""

    def link(endpoint: str = "backtest", asked: CaseAsked | None = None, **more: Any) -> str:
        given: dict[str, Any] = {}
        if asked is not None:
            given = {"verdict": asked.verdict, "process": asked.process_id, "money": asked.money}
            given["assumed"] = "1" if asked.assumed else ""
            if asked.ends is not None:
                given |= {"before": asked.ends[0] or _NO_END, "to": asked.ends[1] or _NO_END}
        given |= more
        return url_for(f"studio.{endpoint}", n=n, **{name: value for name, value in given.items() if value})

    return link


def visible_cases(connection: Any, case_ids: list[str]) -> frozenset[str]:
    """Those of the cases that this person may look at."""
    if not sees_cases(actor()):
        return frozenset()
    return frozenset(str(key) for key in visible_roots(connection, case_ids, actor()))
