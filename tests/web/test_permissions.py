"""Who gets through which door: every route for every role, own and foreign objects. This table is the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.sample import some
from tests.web.browser import PEOPLE, Browser
from web import parts_of

OPEN, GONE, AWAY = 200, 404, 303
AGENTS = {"lin", "wang", "sun", "chen", "zhao"}
#: Groups beyond the catalogue's table: their lane's tasks and the cases of these.
BEYOND = {"he", "yun"}
LANES = {"cang", "qian", "kuai", *BEYOND}
STUDIO = {"zhao", "zhou", "zheng"}
AUDIT = {"chen", "zhao", "zheng"}
EVERYBODY = set(PEOPLE)

#: Address → who may see it. ``{case}`` and ``{task}`` belong to wang: started by him, in the lane of after-sales.
READ = {
    "/inbox": AGENTS | LANES,
    "/inbox/list": AGENTS | LANES,
    "/inbox/filters": AGENTS | LANES,
    "/tasks/{task}": {"wang", "sun", "chen", "zhao"},
    # Couriers see their tasks, and of cases nothing else.
    "/cases": AGENTS | BEYOND | {"cang", "qian", "zheng"},
    "/cases/{case}": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/live": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/diagrams/{definition}.bpmn": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/events/999": set(),
    "/cases/{case}/print": {"wang", "sun", "chen", "zhao", "zheng"},
    "/drafts": AGENTS | LANES,
    "/board": {"chen", "zhao"},
    "/board/live": {"chen", "zhao"},
    "/repairs": {"chen", "zhao"},
    "/search": AGENTS | BEYOND | {"cang", "qian", "zheng"},
    "/search/suggestions": AGENTS | BEYOND | {"cang", "qian", "zheng"},
    "/start": AGENTS | {"cang"},
    "/start/p10_courier_query": AGENTS,
    "/start/p07_delivery": {"lin", "wang", "sun", "chen", "cang"},
    "/start/s02_payout": set(),
    "/studio": STUDIO,
    "/studio/definitions/{definition}.bpmn": STUDIO,
    "/studio/resources/decision/logistics_status": STUDIO,
    "/studio/processes/p10_courier_query/heat": STUDIO | {"chen"},
    "/studio/processes/p10_courier_query/heat.csv": STUDIO | {"chen"},
    "/studio/processes/p10_courier_query/heat/v1.bpmn": STUDIO | {"chen"},
    # Process owners see figures, and of the cases behind them none.
    "/studio/processes/p10_courier_query/heat/cases?place=check_logistics&figure=visits": {"chen", "zhao", "zheng"},
    "/studio/processes/p10_courier_query/heat/cases": set(),
    "/studio/processes/p10_courier_query/view": STUDIO,
    # A migration with its buttons: tests/web/studio/test_migration.py.
    "/studio/processes/p10_courier_query/migrate": STUDIO,
    "/studio/processes/p10_courier_query/migrate/plan": set(),
    "/studio/migrations/999": set(),
    "/studio/map": STUDIO,
    "/studio/find": STUDIO,
    "/studio/deploy": {"zhou"},
    # A change with all its pages and buttons: tests/web/studio/test_changes.py.
    "/studio/changes": STUDIO,
    "/studio/changes/settings": STUDIO,
    "/studio/changes/999": set(),
    "/studio/changes/999/tests": set(),
    "/studio/changes/999/review": set(),
    "/studio/changes/999/archive": set(),
    "/studio/changes/999/surroundings": set(),
    "/studio/changes/999/preview/p01_compensation.start": set(),
    "/studio/changes/999/edit/decision/logistics_status": set(),
    "/studio/content/0000": set(),
    "/studio/history/bpmn/p10_courier_query": STUDIO,
    "/studio/history/form/p10_courier_query.start": STUDIO,
    "/studio/history/form/nothing": set(),
    "/studio/deployments": STUDIO,
    "/studio/compare": set(),
    "/studio/compare/side": set(),
    "/studio/compare/picture": set(),
    "/studio/compare?left=none&right=current:form:p10_courier_query.start": STUDIO,
    "/studio/compare?left=0000&right=0000": set(),
    "/studio/compare/side?side=current:bpmn:p10_courier_query": STUDIO,
    "/studio/compare/picture?left=none&right=current:bpmn:p10_courier_query": STUDIO,
    "/studio/changes/999/differences": set(),
    "/studio/processes/p10_courier_query/archive": STUDIO,
    # A back-test with its buttons: tests/web/studio/test_backtest.py.
    "/studio/changes/999/backtest": set(),
    "/studio/backtests/999": set(),
    "/studio/backtests/999/cases.csv": set(),
    "/studio/backtests/999/cases/1": set(),
    "/studio/changes/999/sandbox": set(),
    "/studio/changes/999/sandbox/0123456789abcdef0123456789abcdef": set(),
    "/studio/changes/999/sandbox/0123456789abcdef0123456789abcdef/diagrams/1.bpmn": set(),
    "/studio/changes/999/scenarios/p10_courier_query/diagram.bpmn": set(),
    "/audit": AUDIT,
    "/audit/exports": {"zhao", "zheng"},
    "/audit/{case}": AUDIT,
    "/audit/{case}/story": AUDIT,
    "/audit/{case}/replay": AUDIT,
    "/audit/{case}/case-file": {"zhao", "zheng"},
    # Administrators read what was done to people and rules, and prove the record.
    "/audit/system": {"zhao", "zheng", "admin"},
    "/audit/proofs": {"zhao", "zheng", "admin"},
    "/audit/proofs/progress": {"zhao", "zheng", "admin"},
    "/audit/proofs/heads.txt": {"zhao", "zheng", "admin"},
    "/audit/questions": AUDIT,
    "/audit/questions/999": set(),
    "/audit/samples": AUDIT,
    "/audit/samples/999": set(),
    # Whoever may be asked for a reply; each sees what is put to him.
    "/audit/findings": EVERYBODY,
    "/audit/findings/new": AUDIT,
    "/audit/findings/999": set(),
    "/audit/{case}/replay/film.json": AUDIT,
    "/audit/policy": AUDIT,
    "/audit/retention": {"zhao", "zheng", "admin"},
    "/registers": AGENTS | {"cang", "he", "qian", "zheng"},
    "/registers/refund_register": AGENTS | {"qian", "zheng"},
    "/registers/shipment_register": AGENTS | {"cang", "zheng"},
    "/registers/complaint_register": AGENTS | {"zheng"},
    "/registers/nothing": set(),
    "/exports": {"chen", "zhao"},
    "/messages": AGENTS | BEYOND | {"cang", "qian", "zheng"},
    "/scripts": AGENTS | {"zhou", "zheng"},
    "/scripts/T10A": AGENTS | {"zhou", "zheng"},
    "/scripts/T99": set(),
    "/scripts/S20": AGENTS | {"zhou", "zheng"},
    "/scripts/new": {"chen", "zhou"},
    "/scripts/S20/edit": {"chen", "zhou"},
    "/scripts/T10A/edit": {"chen", "zhou"},
    "/scripts/proposals": {"chen", "zhao"},
    "/scripts/words": {"chen", "zhao", "zhou", "zheng"},
    "/tasks/{task}/scripts": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/scripts": {"wang", "sun", "chen", "zhao", "zheng"},
    "/tasks/{task}/flag-note": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/flag-note": {"wang", "sun", "chen", "zhao", "zheng"},
    "/flag-notes": AGENTS | {"cang", "he", "qian", "zheng"},
    "/kpi/trends": {"chen", "zhao", "zheng"},
    "/kpi/K20": AGENTS | {"cang", "qian", "zheng"},
    "/kpi/K20/trend": AGENTS | {"cang", "qian", "zheng"},
    "/kpi/K99": set(),
    "/kpi/K34/rows": set(),
    "/kpi/scores": AGENTS | {"cang", "qian", "zheng"},
    "/kpi/scores/wang": set(),
    "/kpi/month": {"chen", "zhao", "zheng"},
    "/kpi/entries": {"chen", "zhao"},
    "/kpi/import": {"chen", "zhao"},
    "/kpi/import/template": {"chen", "zhao"},
    "/kpi/import/nothing": set(),
    "/kpi/imports/1": set(),
    "/kpi/targets": {"chen", "zhao", "zheng", "zhou"},
    "/notifications": EVERYBODY,
    "/notifications/bell": EVERYBODY,
    "/notifications/settings": EVERYBODY,
    "/notifications/mail": {"admin"},
    "/notifications/999": set(),
    "/inquiries": EVERYBODY - {"zheng", "admin"},
    "/inquiries/999": set(),
    "/exceptions": AGENTS | LANES,
    "/exceptions/999": set(),
    "/cases/{case}/comments": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/people": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/promise": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/progress-message": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/inquiries": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/exceptions": {"wang", "sun", "chen", "zhao"},
    "/customers": AGENTS | {"zheng"},
    "/customers/999": set(),
    "/calls": AGENTS | {"zheng"},
    "/calls/waiting": AGENTS | {"zheng"},
    "/calls/log": AGENTS | {"zheng"},
    "/calls/new": AGENTS,
    "/calls/999": set(),
    "/calls/999/case": set(),
    "/calls/999/file": set(),
    "/visits": AGENTS | {"zheng"},
    "/visits/999": set(),
    "/cases/{case}/result": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/999/result": set(),
    "/documents": AGENTS | {"zheng", "qian"},
    "/documents/new": AGENTS | {"qian"},
    "/documents/999": set(),
    "/documents/999/versions/1": set(),
    "/calendar": EVERYBODY,
    "/settings": {"admin"},
    "/transfers": AGENTS,
    "/transfers?box=team": AGENTS,
    "/cases/{case}/transfer": {"wang", "sun", "chen", "zhao"},
    "/cases/999/transfer": set(),
    "/hand-over": AGENTS,
    "/hand-over/999": set(),
    "/quality/mine": {"lin", "wang", "sun", "chen"},
    "/quality/week": {"chen", "zhao", "zheng"},
    "/quality/form": {"chen", "zhao", "zheng"},
    "/quality/999": set(),
    "/reports/causes": {"chen", "zhao", "zheng"},
    "/reports/causes/rows?register=complaint_register": {"chen", "zhao", "zheng"},
    "/reports/issues": AGENTS | {"zheng"},
    "/reports/issues/2026-W01/wang": set(),
    "/feedback": EVERYBODY - {"admin"},
    "/feedback/999": set(),
    "/cases/{case}/feedback": {"wang", "sun", "chen", "zhao"},
    "/appraisals/wang": {"wang", "chen", "zhao", "zheng"},
    "/survey": AGENTS | {"zheng"},
    "/roster": AGENTS | {"zheng"},
    "/roster/file": {"chen", "zhao"},
    "/roster/absences": AGENTS | {"zheng"},
    "/duties": AGENTS | {"zheng"},
    "/conduct": AGENTS | LANES,
    "/lookups": AGENTS | {"cang", "qian", "he", "yun"},
    "/lookups/dmn_return_address": AGENTS | {"cang", "qian", "he", "yun"},
    "/lookups/audit_payment": set(),
    "/roster/shifts": {"chen", "zhao"},
    "/admin/teams": {"admin"},
    "/admin/teams/999": set(),
    "/admin": {"admin"},
    "/admin/users/lin": {"admin"},
    "/account": EVERYBODY,
    "/welcome": EVERYBODY,
    "/cases/999": set(),
    "/tasks/999": set(),
    "/audit/999": set(),
    "/admin/users/nobody": set(),
}
#: The same for unsafe verbs; what is let through answers with anything but 404.
WRITE = {
    "/studio/backtests/999/stop": set(),
    "/studio/changes/999/backtest": set(),
    "/studio/migrations/999/go": set(),
    "/studio/migrations/999/stop": set(),
    # Before anybody claims: whose task it is, whose case it is.
    "/cases/{case}/reveal": {"wang", "chen", "zhao"},
    "/tasks/{task}": {"wang", "sun"},
    "/tasks/{task}/claim": {"wang", "sun"},
    # What comes of it for each task is tested apart: test_inbox.
    "/inbox/deeds": AGENTS | LANES,
    "/inbox/undo/999": set(),
    "/inbox/filters": AGENTS | LANES,
    "/inbox/filters/999": set(),
    "/tasks/{task}/progress": set(),
    "/tasks/{task}/fields": {"wang", "sun", "chen", "zhao"},
    "/tasks/{task}/next": {"wang", "sun"},
    "/tasks/{task}/draft": {"wang", "sun", "chen", "zhao"},
    "/tasks/{task}/draft/discard": {"wang", "sun", "chen", "zhao"},
    "/start/p10_courier_query/draft": AGENTS,
    "/start/p10_courier_query/draft/discard": AGENTS,
    "/start/s02_payout/draft": set(),
    "/cases/{case}/print": {"wang", "sun", "chen", "zhao", "zheng"},
    "/start/p10_courier_query": AGENTS,
    "/start/p10_courier_query/fields": AGENTS,
    "/start/p10_courier_query/sentence": AGENTS,
    "/start/s02_payout/sentence": set(),
    "/start": AGENTS | {"cang"},
    "/start/s02_payout": set(),
    "/studio/check": {"zhou"},
    # Of a draft that is there: tests/web/studio/test_dmn_editor.py.
    "/studio/changes/999/preview/p01_compensation.start": set(),
    "/studio/changes/999/analyse/freeship_rule": set(),
    "/studio/changes/999/evaluate/freeship_rule": set(),
    "/studio/changes/999/table-tests/freeship_rule": set(),
    "/studio/deploy": {"zhou"},
    "/studio/changes": {"zhou"},
    "/studio/changes/settings": {"zhou"},
    **{
        f"/studio/changes/999/{verb}": set()
        for verb in ("edit", "withdraw", "submit", "review", "deploy", "tests", "add", "discard", "keep")
    },
    "/studio/changes/999/sandbox": set(),
    "/studio/changes/999/sandbox/0123456789abcdef0123456789abcdef/fields": set(),
    "/studio/changes/999/sandbox/0123456789abcdef0123456789abcdef/pass": set(),
    "/studio/changes/999/scenarios/p10_courier_query/run": set(),
    "/studio/changes/999/edit/decision/logistics_status": {"zhou"},
    "/studio/changes/999/lint/decision/logistics_status": set(),
    "/studio/changes/999/import": {"zhou"},
    "/studio/edit": set(),
    "/studio/import": {"zhou"},
    "/studio/rollback": set(),
    "/audit/exports": {"zhao", "zheng"},
    "/audit/{case}/re-execution": AUDIT,
    "/audit/{case}/case-file": {"zhao", "zheng"},
    "/audit/proofs/head": {"zhao", "zheng", "admin"},
    "/audit/proofs/check": {"zhao", "zheng", "admin"},
    "/audit/questions": AUDIT,
    "/audit/questions/999": set(),
    "/audit/samples": AUDIT,
    "/audit/samples/999/cases/1": set(),
    "/audit/findings": AUDIT,
    "/audit/findings/999/reply": set(),
    "/audit/findings/999/put": set(),
    "/audit/findings/999/end": set(),
    "/audit/retention/rules": {"zhao", "admin"},
    "/audit/retention/holds": {"zhao", "zheng"},
    "/audit/retention/holds/999/lift": set(),
    "/cases/{case}/incidents/1": set(),
    "/cases/{case}/events/999": set(),
    "/cases/{case}/events/999/fields": set(),
    "/cases/{case}/events/999/draft": set(),
    "/cases/{case}/events/999/draft/discard": {"wang", "sun", "chen", "zhao"},
    "/repairs": {"chen", "zhao"},
    "/board": {"chen", "zhao"},
    "/cases/{case}/instances/{case}": {"chen", "zhao"},
    "/cases/{case}/instances/999": set(),
    "/cases/{case}/suspension": {"chen", "zhao"},
    "/cases/{case}/resumption": {"chen", "zhao"},
    "/cases/999/suspension": set(),
    "/registers/refund_register/file": {"zhao", "qian", "zheng"},
    "/registers/shipment_register/file": {"zhao", "zheng"},
    "/registers/refund_register/request": {"chen"},
    "/exports/0000/answer": {"zhao"},
    "/exports/0000/file": set(),
    "/messages/1/retry": set(),
    "/scripts/S20/use": AGENTS | {"zhou", "zheng"},
    "/scripts/S28/use": set(),
    "/scripts/S20/favourite": AGENTS | {"zhou", "zheng"},
    "/scripts/new": {"chen", "zhou"},
    "/scripts/S20/edit": {"chen", "zhou"},
    "/scripts/S20/restore": set(),
    "/scripts/proposals/999": set(),
    "/scripts/words": {"chen", "zhou"},
    "/cases/{case}/flag-note": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/flag-note/check": {"wang", "sun", "chen", "zhao"},
    "/kpi/scores/wang/confirmation": set(),
    "/kpi/scores/wang/withdrawal": set(),
    "/kpi/entries": {"chen", "zhao"},
    "/kpi/file": {"zhao", "zheng"},
    "/kpi/import": {"chen", "zhao"},
    "/kpi/import/nothing": set(),
    "/kpi/targets": {"zhao", "zhou"},
    "/kpi/types": {"zhao", "zhou"},
    "/notifications/read": EVERYBODY,
    "/notifications/settings": EVERYBODY,
    "/inquiries/999/answer": set(),
    "/inquiries/999/withdrawal": set(),
    "/exceptions/999/acknowledgement": set(),
    "/cases/{case}/comments": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/comments/999/withdrawal": set(),
    "/cases/{case}/promise": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/progress-message": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/inquiries": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/exceptions": {"wang", "sun", "chen", "zhao"},
    "/customers/search": AGENTS,
    "/customers/999": set(),
    "/customers/999/visits": set(),
    "/calls": AGENTS,
    "/calls/999/contact": set(),
    "/calls/999/take": set(),
    "/calls/999/attempt": set(),
    "/calls/999/answer": set(),
    "/calls/999/case": set(),
    "/visits/999": set(),
    "/visits/999/later": set(),
    "/visits/999/end": set(),
    "/cases/{case}/result": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/satisfaction": set(),
    "/documents": AGENTS | {"qian"},
    "/documents/999/versions": set(),
    "/documents/999/withdrawal": set(),
    "/calendar": {"admin"},
    "/settings": {"admin"},
    "/transfers/999/accept": set(),
    "/transfers/999/return": set(),
    "/transfers/999/withdrawal": set(),
    "/transfers/999/instruction": set(),
    "/cases/{case}/transfer": {"wang", "sun", "chen", "zhao"},
    "/cases/{case}/reassignment": {"chen", "zhao"},
    "/cases/999/reassignment": set(),
    "/hand-over": AGENTS,
    "/quality": {"chen", "zhao"},
    "/quality/form": {"zhao"},
    "/quality/999/result": set(),
    "/quality/999/objection": set(),
    "/quality/999/decision": set(),
    "/quality/999/result/draft": set(),
    "/quality/999/result/draft/discard": set(),
    "/quality/999/objection/draft": set(),
    "/quality/999/objection/draft/discard": set(),
    "/quality/999/decision/draft": set(),
    "/quality/999/decision/draft/discard": set(),
    "/reports/issues/2026-W01/wang/confirmation": set(),
    "/feedback/999/answer": set(),
    "/cases/{case}/feedback": {"wang", "sun", "chen", "zhao"},
    "/appraisals/wang": {"chen", "zhao"},
    "/appraisals/wang/signature": set(),
    "/appraisals/wang/draft": {"chen", "zhao"},
    "/appraisals/wang/draft/discard": {"chen", "zhao"},
    "/appraisals/wang/signature/draft": set(),
    "/appraisals/wang/signature/draft/discard": set(),
    "/survey": {"lin", "wang", "sun", "chen"},
    "/survey/evaluation": {"chen", "zhao"},
    "/survey/evaluation/draft": {"chen", "zhao"},
    "/survey/evaluation/draft/discard": {"chen", "zhao"},
    "/roster": {"chen", "zhao"},
    "/roster/copy": {"chen", "zhao"},
    "/roster/file": {"chen", "zhao"},
    "/conduct": {"zhao"},
    "/conduct/agreement": {"lin", "wang", "sun", "chen"},
    "/roster/absences": {"chen", "zhao"},
    "/roster/absences/999/cancellation": set(),
    "/roster/shifts": {"chen", "zhao"},
    "/admin/teams": {"admin"},
    "/admin/teams/999": set(),
    "/admin/teams/999/deletion": set(),
    "/admin/users/lin/couriers": {"admin"},
    "/admin/users": {"admin"},
    "/admin/users/lin/groups": {"admin"},
    "/admin/users/lin/active": {"admin"},
    "/admin/users/lin/password": {"admin"},
    "/admin/users/lin/customers": {"admin"},
    "/admin/users/lin/factor": {"admin"},
    **{f"/account/{path}": EVERYBODY for path in ("password", "factor", "factor/confirmation")},
    # Ends a log-in of the own: test_account.
    "/account/sessions": set(),
    **{f"/account/factor/{path}": EVERYBODY for path in ("codes", "removal")},
    "/preferences": EVERYBODY,
}
#: What the forms of repairs need to be more than nothing.
FORM = {"what": "skip", "field": "receiver_phone"}
FORMS = {"/inbox/deeds": {"what": "claim"}, "/inbox/filters/999": {"what": "delete"}}
#: Behind log-in for everybody, or tested apart.
ELSEWHERE = {
    "/quality",
    "/appraisals",
    "/reports/causes/rows",
    "/",
    "/login",
    "/login/again",
    # Behind the password: test_second_factor.
    "/login/code",
    "/logout",
    "/clock",
    # Without log-in, for machines: test_probes, test_metrics.
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/{file}",
    # Leads on to the process of which most is open: studio/test_heat_map.
    "/studio/heat",
    # Leads on to the customer: test_customer_pages.
    "/customers/of-case/{case}",
    # Leads the process owner to the targets: test_kpi_pages.
    "/kpi",
    "/cases/{case}/cancellation",
    "/tasks/{task}/unclaim",
    # Files go with their cases: test_files.
    "/files",
    "/files/{file}",
    "/files/{file}/thumb",
    "/files/{file}/reveal",
}


@pytest.fixture
def places(browse: Callable[[str], Browser], app: Flask) -> dict[str, str]:
    wang = browse("wang")
    case = wang.start_inquiry()
    definition = parts_of(app).definitions.latest("p10_courier_query").key
    return {"case": case, "task": str(wang.open_task(case)), "definition": str(definition)}


@pytest.mark.parametrize("person", some(list(PEOPLE), 3))
def test_pages(browse: Callable[[str], Browser], places: dict[str, str], person: str) -> None:
    browser = browse(person)
    seen = {path: browser.get(path.format(**places)).status_code for path in READ}
    assert seen == {path: OPEN if person in people else GONE for path, people in READ.items()}


@pytest.mark.parametrize("person", some(list(PEOPLE), 3))
def test_forms(browse: Callable[[str], Browser], places: dict[str, str], person: str) -> None:
    browser = browse(person)
    let_through = {
        path for path in WRITE if browser.post(path.format(**places), FORMS.get(path, FORM)).status_code != GONE
    }
    assert let_through == {path for path, people in WRITE.items() if person in people}


def test_a_case_is_cancelled_by_supervisors_and_managers_only(
    browse: Callable[[str], Browser], places: dict[str, str]
) -> None:
    path = "/cases/{case}/cancellation".format(**places)
    for person in ("wang", "lin", "cang", "zheng", "zhou", "admin"):
        assert browse(person).post(path, {"reason": "重复"}).status_code == GONE, person
    assert browse("chen").post(path, {"reason": "重复"}).status_code == AWAY
    assert "已取消" in browse("chen").get("/cases/{case}".format(**places)).text


def test_nobody_gets_in_without_log_in(app: Flask, places: dict[str, str]) -> None:
    client = app.test_client()
    for path in READ:
        answer = client.get(path.format(**places))
        assert answer.status_code == AWAY, path
        assert answer.location.startswith("/login"), path


def test_the_table_names_every_route(app: Flask) -> None:
    known = {shape(path) for path in [*READ, *WRITE, *ELSEWHERE]}
    assert {shape(path) for path in routes(app)} <= known


def routes(app: Flask) -> Iterator[str]:
    yield from (rule.rule for rule in app.url_map.iter_rules())


#: Parts of addresses that stand for themselves; all others are arguments.
FIXED = {
    *("analyse", "evaluate", "preview", "table-tests"),
    *("drafts", "draft", "discard", "next", "print", "again"),
    *("inbox", "list", "tasks", "claim", "unclaim", "fields", "cases", "live", "diagrams", "incidents", "cancellation"),
    *("start", "studio", "deploy", "check", "definitions", "resources", "audit", "re-execution", "admin", "users"),
    *("changes", "edit", "surroundings", "content", "tests", "review", "submit", "withdraw", "add", "keep", "lint"),
    *("processes", "archive", "rollback", "settings", "import"),
    *("sandbox", "scenarios", "run", "diagram.bpmn"),
    *("history", "deployments", "compare", "side", "picture", "differences"),
    *("heat", "heat.csv", "map", "find", "view"),
    *("migrate", "migrations", "plan", "go", "stop"),
    *("backtest", "backtests", "cases.csv"),
    *("questions", "samples", "findings", "put", "reply"),
    *("replay", "film.json", "story", "retention", "rules", "holds", "lift", "policy"),
    *("repairs", "instances", "suspension", "resumption", "calendar", "settings", "progress"),
    *("registers", "file", "request", "exports", "answer", "messages", "retry", "scripts"),
    *("files", "thumb", "reveal"),
    *("deeds", "undo", "filters"),
    *("transfers", "accept", "return", "withdrawal", "instruction", "transfer", "reassignment", "hand-over"),
    *("roster", "copy", "absences", "shifts", "teams", "deletion", "couriers"),
    *("search", "suggestions"),
    *("customers", "of-case", "calls", "waiting", "log", "new", "contact", "take", "attempt", "case", "visits"),
    *("later", "end", "result", "satisfaction", "documents", "versions", "withdrawal"),
    *(
        "kpi",
        "trend",
        "trends",
        "rows",
        "scores",
        "month",
        "entries",
        "import",
        "imports",
        "template",
        "targets",
        "types",
    ),
    *("confirmation", "withdrawal"),
    *("quality", "mine", "week", "form", "objection", "reports", "causes", "issues"),
    *("feedback", "appraisals", "signature", "survey", "evaluation"),
    *("notifications", "bell", "read", "mail", "inquiries", "exceptions", "acknowledgement", "comments", "people"),
    *("withdrawal", "promise", "progress-message"),
    *(
        "account",
        "sessions",
        "factor",
        "confirmation",
        "codes",
        "removal",
        "code",
        "groups",
        "active",
        "password",
        "welcome",
        "preferences",
        "login",
        "logout",
        "clock",
        "static",
    ),
}


def shape(path: str) -> tuple[str, ...]:
    """The path with what changes left out."""
    return tuple(part if part in FIXED else "*" for part in path.split("/") if part)
