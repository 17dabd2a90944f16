"""The page on which a decision table is written, tested and analysed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import render_template
from flask.typing import ResponseReturnValue

from engine import studio
from engine.clock import SHANGHAI
from engine.definitions.bundle import MAX_BYTES
from engine.dmn import Decision, Model, load, xml
from engine.dmn.analysis import Domain, domains_of
from engine.dmn.examples import read_tests
from engine.dmn.explanation import explain
from engine.dmn.minimal import keep_unchanged
from engine.errors import DecisionError, DefinitionRefused, FeelError, InvalidValue
from engine.studio import Draft
from engine.studio.table_analysis import Remark, remarks_on
from engine.studio.table_inputs import (
    BadInput,
    Field,
    column_keys,
    fields_of,
    output_fields,
    reads_clock,
    variables_of,
    written,
)
from engine.studio.table_uses import uses_of
from engine.studio.tables import (
    Proposal,
    TestOutcome,
    moment_of,
    outputs_by_name,
    propose_tests,
    run_tests,
)
from web import errors
from web.i18n import english, gettext, lazy_gettext
from web.identity import needs, sees_studio
from web.posted import sent_object
from web.security import lets_editors_style
from web.studio.blueprint import bp
from web.studio.drafts import draft_of
from web.studio.editor_frame import frame_of
from web.wiring import parts

#: Decisions that the platform itself asks, and for what.
_PLATFORM_USES: Final = {
    "task_sla": lazy_gettext("平台用它算任务的截止时间"),
    "start_offer": lazy_gettext("平台用它排“发起”里流程的先后"),
    "first_sentence": lazy_gettext("平台用它从买家第一句话推荐流程"),
    "dmn_aftersales_routing": lazy_gettext("平台用它从买家第一句话推荐流程"),
    "audit_payment": lazy_gettext("平台用它监控付款"),
    "audit_agent_month": lazy_gettext("平台用它监控客服每月的付款"),
    "audit_step": lazy_gettext("平台用它监控办理步骤"),
    "audit_windows": lazy_gettext("平台用它定付款监控的统计口径"),
}


def page(draft: Draft) -> ResponseReturnValue:
    """The editor, with the processes that ask the decision."""
    with parts().db.read() as connection:
        files = studio.files_around(connection, draft.change)
    try:
        decisions = frozenset(load(draft.content).decisions) | {draft.id}
    except DefinitionRefused:
        decisions = frozenset({draft.id})
    shown = render_template(
        "studio/dmn_editor.html",
        uses=uses_of(decisions, files),
        platform_uses=[_PLATFORM_USES[each] for each in sorted(decisions) if each in _PLATFORM_USES],
        **frame_of(draft),
    )
    return lets_editors_style(shown)


def in_old_words(content: bytes, draft: bytes, in_force: bytes | None) -> bytes:
    """What an editor sent, written so that it differs from what was there only where it was edited.

    Args:
        content: as dmn-js writes it: the whole file anew.
        draft: what was saved before.
        in_force: what the draft was begun from, for what was edited and put back.
    """
    kept = keep_unchanged(draft, content)
    return kept if in_force in (None, draft) else keep_unchanged(in_force, kept)


@bp.post("/studio/changes/<int:key>/analyse/<path:id>")
@needs(sees_studio)
def analyse_table(key: int, id: str) -> ResponseReturnValue:  # noqa: A002  # the word of the address
    """What an unsaved decision asks for and gives, and what the analysis says of its table; 422 with the reason."""
    draft_of(key, "decision", id)
    try:
        asked = _Asked()
    except (InvalidValue, DefinitionRefused) as problem:
        return {"message": errors.sentence(problem)}, 422
    decision = asked.decision
    columns = decision.table.inputs if decision.table is not None else ()
    return {
        "decision": decision.id,
        "fields": [{"key": each.key, **_field(each)} for each in fields_of(decision)],
        "columns": [
            {"label": clause.label, "key": found} for clause, found in zip(columns, column_keys(decision), strict=True)
        ],
        "outputs": [{"name": each.key, **_field(each)} for each in output_fields(decision)],
        "clock": reads_clock(decision),
        "problem": _sentence(_problem_of(decision)) if decision.problem is not None else None,
        "findings": [_remark(each) for each in remarks_on(decision, asked.domains)],
    }


@bp.post("/studio/changes/<int:key>/evaluate/<path:id>")
@needs(sees_studio)
def evaluate_table(key: int, id: str) -> ResponseReturnValue:  # noqa: A002
    """What an unsaved decision says of inputs, and why; 422 where the inputs or the file cannot be read."""
    draft_of(key, "decision", id)
    try:
        asked = _Asked()
        moment = moment_of(asked.text("at")) if asked.text("at") else parts().clock.now()
        variables = variables_of(asked.inputs, moment)
    except BadInput as bad:
        return {"fields": {name: _sentence(told) for name, told in bad.problems.items()}}, 422
    except (InvalidValue, DefinitionRefused) as problem:
        return {"message": errors.sentence(problem)}, 422
    return {
        "at": moment.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        **_evaluated(asked.decision, variables, moment),
    }


@bp.post("/studio/changes/<int:key>/table-tests/<path:id>")
@needs(sees_studio)
def run_table_tests(key: int, id: str) -> ResponseReturnValue:  # noqa: A002
    """The outcomes of the tests in an unsaved file, and on request tests that its table suggests; 422 as above."""
    draft_of(key, "decision", id)
    try:
        asked = _Asked()
        outcomes = run_tests(asked.content)
    except (InvalidValue, DefinitionRefused) as problem:
        return {"message": errors.sentence(problem)}, 422
    decision = asked.decision
    own = [each for each in outcomes if each.decision == decision.id]
    tried = {rule for each in own for rule in each.rules}
    answer: dict[str, Any] = {
        "outcomes": [_outcome(each) for each in outcomes],
        "untried": [number for number in range(1, len(decision.rules) + 1) if number not in tried],
    }
    if asked.sent.get("propose") is True:
        known = [each.inputs for each in read_tests(asked.content).get(decision.id, ())]
        proposed = propose_tests(decision, asked.domains, parts().clock.now(), known)
        answer["proposals"] = [_proposal(each) for each in proposed]
        answer["calculated"] = None in column_keys(decision)
    return answer


class _Asked:
    """What a script sends: the file as it is being written, and which of its decisions is meant.

    Raises:
        InvalidValue: there is no text, or no decision.
        DefinitionRefused: the file cannot be read.
    """

    def __init__(self) -> None:
        self.sent = sent_object()
        text = self.sent.get("content")
        if not isinstance(text, str) or len(text) > MAX_BYTES:
            raise InvalidValue("the request has no text", message_zh="请求里没有内容。")
        self.content = text.encode(errors="replace")
        self.decision = _chosen(load(self.content), self.text("decision"))
        table = self.decision.table
        self.domains: tuple[Domain, ...] = () if table is None else domains_of(xml.read(self.content), table)

    def text(self, name: str) -> str:
        """A text of the request; empty where there is none."""
        value = self.sent.get(name)
        return value if isinstance(value, str) else ""

    @property
    def inputs(self) -> dict[str, str]:
        """FEEL by the key of the input."""
        inputs = self.sent.get("inputs")
        pairs = inputs.items() if isinstance(inputs, dict) else ()
        return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}


def _chosen(model: Model, decision_id: str) -> Decision:
    found = model.decisions.get(decision_id) or next(iter(model.decisions.values()), None)
    if found is None:
        raise InvalidValue("the file has no decision", message_zh="文件中没有决策。")
    return found


def _evaluated(decision: Decision, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    explained = explain(decision, variables.get, now)
    why: dict[str, Any] = {
        "values": [written(value) for value in explained.values] if explained is not None else [],
        "cells": explained.cells if explained is not None else [],
    }
    try:
        result = decision.evaluate(variables.get, now)
    except DecisionError as error:
        told = _sentence((error.message_zh, errors.in_english(str(error))))
        return {**why, "problem": {"message": told, "rule": error.rule, "column": error.column}}
    except FeelError as error:
        return {**why, "problem": {"message": errors.sentence(error), "rule": None, "column": None}}
    others = [each for each in result.tables if each.element != decision.id]
    return {
        **why,
        "output": written(result.output),
        "outputs": outputs_by_name(decision, result.output),
        "rules": result.rules,
        "tables": [
            {
                "element": each.element,
                "rules": each.rules,
                "inputs": {label: written(value) for label, value in each.inputs.items()},
                "output": written(each.output),
            }
            for each in others
        ],
    }


def _field(field: Field) -> dict[str, Any]:
    return {"label": field.label or gettext("结果"), "type": field.type, "choices": field.choices}


def _sentence(told: tuple[str, str]) -> str:
    """A sentence (Chinese, English) in the person's language."""
    return told[1] if english() else told[0]


def _problem_of(decision: Decision) -> tuple[str, str]:
    problem = decision.problem
    return ("", "") if problem is None else (problem.message_zh, errors.in_english(str(problem)))


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "kind": remark.kind,
        "message": _sentence(remark.sentence),
        "rules": remark.rules,
        "columns": remark.columns,
        "cells": remark.cells,
        "row": {str(column): text for column, text in remark.row.items()},
        "example": remark.example,
    }


def _outcome(outcome: TestOutcome) -> dict[str, Any]:
    return {
        "decision": outcome.decision,
        "id": outcome.test.id,
        "passed": outcome.passed,
        "actual": outcome.actual,
        "different": outcome.different,
        "rules": outcome.rules,
        "problem": None if outcome.problem is None else _sentence(outcome.problem),
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "inputs": proposal.inputs,
        "outputs": proposal.outputs,
        "rules": proposal.rules,
        "rule": proposal.rule,
        "column": proposal.column,
    }
