"""Who gets through which door: every route for every role, own and foreign objects. This table is the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.web.browser import PEOPLE, Browser
from web import parts_of

OPEN, GONE, AWAY = 200, 404, 303
AGENTS = {"lin", "wang", "sun", "chen", "zhao"}
LANES = {"cang", "qian", "kuai"}
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
    "/cases": AGENTS | {"cang", "qian", "zheng"},
    "/cases/{case}": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/live": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/diagrams/{definition}.bpmn": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/events/999": set(),
    "/cases/{case}/print": {"wang", "sun", "chen", "zhao", "zheng"},
    "/drafts": AGENTS | LANES,
    "/board": {"chen", "zhao"},
    "/board/live": {"chen", "zhao"},
    "/repairs": {"chen", "zhao"},
    "/search": AGENTS | {"cang", "qian", "zheng"},
    "/search/suggestions": AGENTS | {"cang", "qian", "zheng"},
    "/start": AGENTS | {"cang"},
    "/start/p10_courier_query": AGENTS,
    "/start/p07_delivery": {"lin", "wang", "sun", "chen", "cang"},
    "/start/s02_payout": set(),
    "/studio": STUDIO,
    "/studio/definitions/{definition}.bpmn": STUDIO,
    "/studio/resources/decision/logistics_status": STUDIO,
    "/studio/deploy": {"zhou"},
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
    "/registers": AGENTS | {"cang", "qian", "zheng"},
    "/registers/refund_register": AGENTS | {"qian", "zheng"},
    "/registers/shipment_register": AGENTS | {"cang", "zheng"},
    "/registers/complaint_register": AGENTS | {"zheng"},
    "/registers/nothing": set(),
    "/exports": {"chen", "zhao"},
    "/messages": AGENTS | {"cang", "qian", "zheng"},
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
    "/flag-notes": AGENTS | {"cang", "qian", "zheng"},
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
    "/roster/shifts": {"chen", "zhao"},
    "/admin/teams": {"admin"},
    "/admin/teams/999": set(),
    "/admin": {"admin"},
    "/admin/users/lin": {"admin"},
    "/welcome": EVERYBODY,
    "/cases/999": set(),
    "/tasks/999": set(),
    "/audit/999": set(),
    "/admin/users/nobody": set(),
}
#: The same for unsafe verbs; what is let through answers with anything but 404.
WRITE = {
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
    "/start/s02_payout": set(),
    "/studio/check": {"zhou"},
    "/studio/deploy": {"zhou"},
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
    "/logout",
    "/clock",
    "/static/{file}",
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


@pytest.mark.parametrize("person", PEOPLE)
def test_pages(browse: Callable[[str], Browser], places: dict[str, str], person: str) -> None:
    browser = browse(person)
    seen = {path: browser.get(path.format(**places)).status_code for path in READ}
    assert seen == {path: OPEN if person in people else GONE for path, people in READ.items()}


@pytest.mark.parametrize("person", PEOPLE)
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
    *("drafts", "draft", "discard", "next", "print", "again"),
    *("inbox", "list", "tasks", "claim", "unclaim", "fields", "cases", "live", "diagrams", "incidents", "cancellation"),
    *("start", "studio", "deploy", "check", "definitions", "resources", "audit", "re-execution", "admin", "users"),
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
    *("groups", "active", "password", "welcome", "preferences", "login", "logout", "clock", "static"),
}


def shape(path: str) -> tuple[str, ...]:
    """The path with what changes left out."""
    return tuple(part if part in FIXED else "*" for part in path.split("/") if part)
