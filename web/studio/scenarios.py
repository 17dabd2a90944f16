"""The scenarios of a process: a list with what they gave, their text, and what of the diagram they take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Final

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.definitions.bundle import BPMN, MAX_BYTES, SCENARIO
from engine.errors import DefinitionRefused, NotFound
from engine.model import Finding
from engine.sandbox import Bench, scenarios_of
from engine.scenarios import ActionKind, Gaps, Result, Scenario, ScenarioRefused, Step
from engine.scenarios.parsing import scenario_lines
from engine.studio import Draft, file_name
from web import errors
from web.i18n import english, gettext
from web.identity import actor, needs, sees_studio
from web.posted import sent_object
from web.studio.blueprint import bp
from web.studio.drafts import draft_of, told
from web.studio.editor_frame import frame_of
from web.studio.sandbox import as_diagram, files_of, sandboxes, trial_of
from web.studio.sandbox_views import words_of_duration

_PLACE: Final = "/studio/changes/<int:key>/scenarios/<path:process_id>"
#: Seconds after which an answer is given, whatever is left: the page asks again.
_SLICE: Final = 1.5


def page(draft: Draft) -> ResponseReturnValue:
    """Diagram, list, text and results of the scenarios of a process."""
    files = {**files_of(draft.change), file_name(SCENARIO, draft.id): draft.content}
    has_diagram = file_name(BPMN, draft.id) in files
    key, process_id = draft.change, draft.id
    frame = frame_of(draft)
    frame["editor"] |= {
        "runUrl": url_for("studio.run_scenarios", key=key, process_id=process_id),
        "sandboxUrl": url_for("studio.start_sandbox", key=draft.change) if draft.editable else None,
        "diagramUrl": url_for("studio.scenario_diagram", key=key, process_id=process_id) if has_diagram else None,
        "show": request.args.get("show", "")[:60],
        "words": _texts(),
    }
    return render_template(
        "studio/scenarios.html", has_diagram=has_diagram, may_run=access.may_deploy(actor()), **frame
    )


@bp.post(f"{_PLACE}/run")
@needs(sees_studio)
def run_scenarios(key: int, process_id: str) -> ResponseReturnValue:
    """What the scenarios of ``content`` gave, those of ``run`` run now as far as a moment allows (``left``: the rest).

    422 with the message, and the line, where the text cannot be read; with findings where the files are in no order.
    """
    sent = sent_object()
    content, wanted = sent.get("content"), sent.get("run")
    draft = draft_of(key, SCENARIO, process_id)
    text = content.encode(errors="replace") if isinstance(content, str) else draft.content
    if len(text) > MAX_BYTES:
        return {"message": gettext("内容超过 2 MB。")}, 422
    name = file_name(SCENARIO, process_id)
    around, passed = trial_of(key)
    files = {**around, name: text}
    try:
        scenarios = [one for one in scenarios_of(files, name) if one.process == process_id]
    except ScenarioRefused as problem:
        return {"message": errors.sentence(problem), "line": problem.line}, 422
    bench = Bench(sandboxes(), files, passed)
    asked = {str(no) for no in wanted} if isinstance(wanted, list) and access.may_deploy(actor()) else set()
    try:
        left = _run(bench, scenarios, asked)
        return _state(bench, scenarios, text, process_id, left)
    except DefinitionRefused as refused:
        findings = [told(one) for one in refused.findings if isinstance(one, Finding)]
        return {"message": gettext("流程文件有错误,场景不能运行。请先改正。"), "findings": findings}, 422


@bp.get(f"{_PLACE}/diagram.bpmn")
@needs(sees_studio)
def scenario_diagram(key: int, process_id: str) -> Response:
    """The diagram that the scenarios test, as the change has it."""
    content = files_of(key).get(file_name(BPMN, process_id))
    if content is None:
        raise NotFound(f"there is no diagram of {process_id[:60]!r}", message_zh="没有这个流程图。")
    return as_diagram(content, file_name(BPMN, process_id))


# --- inside --------------------------------------------------------------------------------------


def _run(bench: Bench, scenarios: Iterable[Scenario], asked: set[str]) -> list[str]:
    """Run the ones asked for until the moment is over; gives the numbers of the rest."""
    end = monotonic() + _SLICE
    left = []
    for scenario in scenarios:
        if scenario.no not in asked:
            continue
        if monotonic() > end:
            left.append(scenario.no)
        else:
            bench.run(scenario)
    return left


def _state(bench: Bench, scenarios: list[Scenario], text: bytes, process_id: str, left: list[str]) -> dict[str, Any]:
    results = {scenario.no: bench.find(scenario) for scenario in scenarios}
    known = [result for result in results.values() if result is not None]
    gaps, lines = bench.gaps([process_id], known), scenario_lines(text)
    return {
        "scenarios": [_told(one, results[one.no], lines.get(one.no), process_id) for one in scenarios],
        "coverage": _coverage(gaps[0], len(known)) if gaps else None,
        "left": left,
    }


def _told(scenario: Scenario, result: Result | None, line: int | None, process_id: str) -> dict[str, Any]:
    said: dict[str, Any] = {"no": scenario.no, "title": scenario.title, "line": line, "status": "none"}
    if result is None:
        return said
    return said | {
        "status": "ok" if result.ok else "bad",
        "problem": result.problem if english() else result.problem_zh,
        "taken": sorted(name for process, name in result.taken if process == process_id),
        "steps": [_step(step) for step in result.steps],
    }


def _step(step: Step) -> dict[str, str]:
    """A step in words, and the element at which it is made."""
    action = step.action
    words = {
        ActionKind.START: gettext("发起「%(name)s」", name=step.name),
        ActionKind.COMPLETE: gettext("完成「%(name)s」", name=step.name),
        ActionKind.OCCUR: gettext("「%(name)s」发生", name=step.name),
        ActionKind.PASS: gettext("时间前进 %(time)s", time=words_of_duration(action.duration.total_seconds())),
    }
    return {"said": words[action.kind], "element": step.of.element if not step.of.calls else step.of.calls[0]}


def _coverage(gaps: Gaps, scenarios: int) -> dict[str, Any]:
    """What is taken and what is not, for the diagram and the list beside it."""
    flows: Mapping[str, tuple[str, str, str]] = gaps.flows
    return {
        "scenarios": scenarios,
        "total": gaps.total,
        "taken": gaps.total - gaps.missing,
        "elements": sorted(gaps.taken),
        "flows": [
            {"id": flow, "source": source, "target": target, "name": name}
            for flow, (source, target, name) in flows.items()
        ],
        "events": [{"id": event, "name": name} for event, name in gaps.events.items()],
        "rules": [{"decision": decision, "rule": rule, "note": note} for decision, rule, note in gaps.rules],
    }


def _texts() -> dict[str, str]:
    """What the page's script says."""
    return {
        "none": gettext("没有运行"),
        "ok": gettext("通过"),
        "bad": gettext("不符"),
        "run": gettext("运行"),
        "running": gettext("正在运行 {done}/{all}"),
        "ran": gettext("{all} 个场景:{ok} 个通过,{bad} 个不符,{none} 个没有运行"),
        "covered": gettext("走到 {taken}/{total}(流向、边界事件和决策表规则)"),
        "nothing": gettext("还没有运行场景,不知道哪些走到了。"),
        "flow": gettext("流向:{source} → {target}"),
        "event": gettext("边界事件:{name}"),
        "rule": gettext("决策表 {decision} 第 {rule} 行"),
        "record": gettext("从这里录一个"),
        "open": gettext("在沙箱里打开"),
        "toLine": gettext("看文字"),
        "steps": gettext("步骤"),
        "line": gettext("第 {line} 行:{message}"),
        "failed": gettext("没有连上服务器,请稍后再试。"),
        "allTaken": gettext("全部走到了。"),
        "empty": gettext("还没有场景。点“录一个”,在沙箱里点一遍流程。"),
        "pathOf": gettext("{no} 走的路"),
    }
