"""What operators do when cases are stuck: the list of all incidents, and the repairs of one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from engine.queries import IncidentRow
from engine.runtime import MAX_REPAIRS, Repair, RepairResult, repair_many
from web import errors, live, posted
from web.i18n import english, gettext, lazy_gettext
from web.identity import actor, needs, repairs_cases
from web.links import number
from web.wiring import parts

bp = Blueprint("repairs", __name__)
_FILTERS: Final = ("process", "kind", "element", "age", "after")
#: Hours → how old an incident is at least.
AGES: Final = {"1": lazy_gettext("1小时以上"), "24": lazy_gettext("1天以上"), "168": lazy_gettext("7天以上")}
#: Kind of an incident → what is wrong.
KINDS: Final = {
    "no_retries_left": lazy_gettext("系统步骤失败"),
    "condition_not_boolean": lazy_gettext("条件判断不了"),
    "expression": lazy_gettext("表达式出错"),
    "decision": lazy_gettext("决策表出错"),
    "timer": lazy_gettext("定时出错"),
    "correlation_key": lazy_gettext("消息对象不明"),
    "output": lazy_gettext("结果写不进去"),
    "multi_instance": lazy_gettext("多人多项出错"),
    "deadlocked": lazy_gettext("汇合等不齐"),
    "stalled": lazy_gettext("停住不动"),
    "completion_refused": lazy_gettext("提交未生效"),
    "delivery": lazy_gettext("消息送不出"),
    "job": lazy_gettext("系统步骤中断"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The result of one repair, as the page says it."""

    ok: bool
    where: str
    case_id: str | None
    text: str


# --- the list of all -----------------------------------------------------------------------------


@bp.get("/repairs")
@needs(repairs_cases)
def index() -> ResponseReturnValue:
    """Open incidents of all cases, the oldest first; filters stand in the address."""
    return _list()


@bp.post("/repairs")
@needs(repairs_cases)
def many() -> ResponseReturnValue:
    """One repair on all that are chosen: 200 with a result for each; 422 when nothing was chosen or no reason given."""
    try:
        what = Repair(request.form.get("what", ""))
    except ValueError as problem:
        raise NotFound("there is no such repair") from problem
    reason = posted.text("reason", 500)
    chosen = _everything() if request.form.get("everything") else _chosen()
    if not chosen:
        return _list(problem=gettext("请先勾选要处理的异常。"), reason=reason), 422
    if not reason and what not in (Repair.RETRY, Repair.RESUME):
        return _list(problem=gettext("请写明原因。"), reason=reason, checked=chosen), 422
    ids = [row.case_id for row in chosen.values() if row.case_id] if what.concerns_cases else list(chosen)
    results = repair_many(parts().runtime, what, ids, actor(), reason=reason)
    parts().worker.wake()
    return _list(told=[_told(result, chosen) for result in results])


def _query() -> dict[str, str]:
    given = {name: request.values.get(name, "").strip()[:64] for name in _FILTERS}
    if given["age"] not in AGES:
        given["age"] = ""
    if not given["process"]:
        given["element"] = ""
    return {name: text for name, text in given.items() if text}


def _filters(query: Mapping[str, str]) -> dict[str, Any]:
    return {
        "process_id": query.get("process"),
        "kind": query.get("kind"),
        "element": query.get("element"),
        "older_than": timedelta(hours=int(query["age"])) if "age" in query else None,
    }


def _list(
    *,
    problem: str | None = None,
    told: list[Told] | None = None,
    reason: str = "",
    checked: Mapping[int, IncidentRow] | None = None,
) -> str:
    query = _query()
    page = parts().queries.incidents(actor(), **_filters(query), after=query.get("after"))
    names = {deployed.process_id: deployed.name for deployed in parts().definitions.all_latest()}
    return render_template(
        "repairs/_panel.html" if live.wants_fragment() else "repairs/index.html",
        page=page,
        query=query,
        total=sum(count for name, count in page.counts.items() if name.startswith("kind:")),
        kinds=_counted(page.counts, "kind:", KINDS),
        processes=_counted(page.counts, "process:", names),
        ages=AGES,
        kind_names=KINDS,
        problem=problem,
        told=told,
        reason=reason,
        checked=checked or {},
        most=MAX_REPAIRS,
    )


def _counted(counts: Mapping[str, int], prefix: str, names: Mapping[str, object]) -> list[tuple[str, object, int]]:
    """Id, name and number of incidents, for a filter."""
    found = {name.removeprefix(prefix): count for name, count in counts.items() if name.startswith(prefix)}
    return [(name, names.get(name, name), count) for name, count in found.items()]


def _chosen() -> dict[int, IncidentRow]:
    """The ticked incidents; those that are over by now are told by their number only."""
    try:
        ids = [number(text) for text in request.form.getlist("incident")]
    except ValueError as problem:
        raise NotFound("there is no such incident") from problem
    known = parts().queries.incidents_named(ids, actor())
    return {one: known.get(one, _over(one)) for one in ids}


def _over(incident_id: int) -> IncidentRow:
    nothing: dict[str, Any] = dict.fromkeys(IncidentRow.__slots__)
    return IncidentRow(**nothing | {"id": incident_id, "kind": "", "message": "", "created_at": parts().clock.now()})


def _everything() -> dict[int, IncidentRow]:
    """All that the filters choose, the oldest first, as many as may be repaired at once."""
    found: dict[int, IncidentRow] = {}
    after = None
    while len(found) < MAX_REPAIRS:
        page = parts().queries.incidents(actor(), **_filters(_query()), after=after, limit=200)
        found |= {row.id: row for row in page.rows}
        after = page.next_after
        if after is None:
            break
    return found


def _told(result: RepairResult, chosen: Mapping[int, IncidentRow]) -> Told:
    text = errors.in_english(result.sentence) if english() else result.sentence_zh
    row = next((row for row in chosen.values() if result.id in (str(row.id), row.case_id)), None)
    if row is None or row.case_id is None:
        return Told(ok=result.ok, where=result.id, case_id=None, text=text)
    of_case = result.id == row.case_id
    where = row.process_name if of_case else f"{row.process_name} · {row.element_name}"
    return Told(ok=result.ok, where=where or "", case_id=row.case_id, text=text)
