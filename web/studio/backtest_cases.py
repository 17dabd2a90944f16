"""The cases of a back-test: as a table, and one by one with both of its ways beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from engine.backtest import paths
from engine.backtest.cases import CaseLine, CaseResult, every_case, read_case
from engine.backtest.results import read_backtest
from engine.exports.files import Sheet, write_csv
from engine.rerun import Verdict
from web.format import exact
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.studio import backtest_words
from web.studio.backtest import asked_cases, candidate_of, visible_cases
from web.studio.blueprint import bp
from web.wiring import parts


@bp.get("/studio/backtests/<int:n>/cases.csv")
@needs(sees_studio)
def backtest_csv(n: int) -> Response:
    """The cases as a table, those that are asked for."""
    with parts().db.read() as connection:
        found = read_backtest(connection, n)
        names = backtest_words.Names(connection, candidate_of(found))
        sheet = Sheet(
            title=gettext("回测 %(n)s", n=n),
            mark=gettext("回测 %(n)s · %(who)s · %(at)s · 不含个人信息", n=n, who=actor().name,
                         at=exact(parts().clock.now())),
            author=actor().name,
            header=[
                gettext("序号"), gettext("工单"), gettext("流程"), gettext("结果"), gettext("原来的结局"),
                gettext("改后的结局"), gettext("原付(元)"), gettext("改后付(元)"), gettext("差额(元)"),
                gettext("建立在假设上"), gettext("说明"),
            ],
            rows=list(_cells(every_case(connection, n, asked_cases()), names)),
        )  # fmt: skip
    return send_file(
        write_csv(sheet), mimetype="text/csv", as_attachment=True, download_name=gettext("回测%(n)s.csv", n=n)
    )


@bp.get("/studio/backtests/<int:n>/cases/<int:m>")
@needs(sees_studio)
def backtest_case(n: int, m: int) -> ResponseReturnValue:
    """One case: both ways beside each other, where they part, what is missing and what was taken for granted."""
    with parts().db.read() as connection:
        found, result = read_backtest(connection, n), read_case(connection, n, m)
        candidate = candidate_of(found)
        names = backtest_words.Names(connection, candidate)
        until = found.ended_at or parts().clock.now()
        pairs = () if candidate is None else paths.read_paths(connection, candidate, result.line.case_id, until)
        versions = {pair.process_id: _version(pair.version) for pair in pairs}
        shown = _shown_pair(pairs, result)
        return render_template(
            "studio/backtest_case.html",
            found=found,
            result=result,
            line=result.line,
            pairs=pairs,
            shown=shown,
            states=_states(shown, result),
            versions=versions,
            places=names,
            words=backtest_words,
            reason=backtest_words.reason_words(result, names),
            assumed=backtest_words.assumed_views(result, names),
            more=backtest_words.steps_words(result.detail.get("more", ()), names, after=True),
            less=backtest_words.steps_words(result.detail.get("less", ()), names, after=False),
            may_see=result.line.case_id in visible_cases(connection, [result.line.case_id]),
        )


def _cells(found: Iterator[CaseResult], names: backtest_words.Names) -> Iterator[list[Any]]:
    for result in found:
        line = result.line
        verdict = backtest_words.VERDICTS[line.verdict][1] if line.verdict else gettext("还没有运行")
        yield [
            line.n, line.case_id, names.process(line.process_id), str(verdict), *_ends(line, names),
            _yuan(line.paid_before), _yuan(line.paid_after), _yuan(line.difference),
            gettext("是") if line.assumed else gettext("否"), backtest_words.reason_words(result, names),
        ]  # fmt: skip


def _ends(line: CaseLine, names: backtest_words.Names) -> list[str]:
    stopped = line.verdict in (None, Verdict.INPUT, Verdict.CANNOT)
    before = names.end(line.process_id, line.end_before, after=False)
    return [before, "" if stopped else names.end(line.process_id, line.end_after, after=True)]


def _yuan(fen: int | None) -> Any:
    return None if fen is None else backtest_words.in_yuan(fen)


def _version(key: int | None) -> int | None:
    return None if key is None else parts().definitions.get(key).version


def _shown_pair(pairs: tuple[paths.Pair, ...], result: CaseResult) -> paths.Pair | None:
    """The process that is drawn: the one asked for, else where the ways part, else the root's."""
    place = result.detail.get("parts") or result.detail.get("missing") or result.detail.get("broken") or {}
    wanted = request.args.get("process") or place.get("process")
    return next((pair for pair in pairs if pair.process_id == wanted), pairs[0] if pairs else None)


def _states(pair: paths.Pair | None, result: CaseResult) -> dict[str, Mapping[str, Any]]:
    """What the two diagrams mark."""
    if pair is None:
        return {}
    place = result.detail.get("parts") or {}
    here = place.get("process") == pair.process_id
    stopped = result.detail.get("missing") or result.detail.get("broken") or {}
    stuck = [stopped["element"]] if stopped.get("process") == pair.process_id and stopped.get("element") else []
    found: dict[str, Mapping[str, Any]] = {}
    for name, side in (("before", pair.before), ("after", pair.after)):
        if side is not None:
            found[name] = {
                "done": side.entered,
                "flows": side.flows,
                "tokens": {element: n for element, n in side.waiting.items() if element not in stuck},
                "incidents": stuck if name == "after" else [],
                "parts": place.get(name) if here else None,
            }
    return found
