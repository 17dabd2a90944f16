"""A shop with two teams in which everything there is stands twice: once the first team's, once the second's."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final

from flask import Flask
from sqlalchemy import Table, select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from engine import accounts, canonical, inspection, roster, studio
from engine.attachments import sample
from engine.clock import to_microseconds
from engine.customers import archive, entering
from engine.model import SYSTEM
from engine.quality import form, weeks
from engine.store import tables
from tests.conftest import FRIDAY_9AM
from tests.web.browser import PASSWORD, STALLED, Browser
from web import parts_of

#: Beside tests.web.browser.PEOPLE: the second team's supervisor, another courier, a second process owner.
MORE: Final = {
    "luo": ("罗主管", "supervisor"),
    "zhong": ("快递小钟", "courier"),
    "hao": ("郝流程", "process_owner"),
}
FIRST, SECOND = ("lin", "wang", "chen"), ("sun", "luo")
LATER: Final = (FRIDAY_9AM + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
CHECKED: Final = {f"p_{name}": str(points) for name, points in form.SHIPPED.items()} | {"version": "0", "breach": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Whose things they are, and by which words addresses name them."""

    agent: str
    supervisor: str
    owner: str
    courier: str
    order: str
    customer: str
    mark: str = ""
    words: dict[str, str] = field(default_factory=dict)

    @property
    def bought(self) -> dict[str, str]:
        """What a form says of its buyer."""
        return {"order_id": self.order, "customer_id": self.customer, "courier": self.courier, "description": self.mark}


class Estate:
    """The shop; ``first`` and ``second`` hold what each team has, ``none`` names nothing that there is."""

    def __init__(self, app: Flask, mark: str = "机密") -> None:
        """Make everything there is.

        Args:
            app: serves the shop, on a database of its own.
            mark: stands in every text that somebody types.
        """
        self.app = app
        self.mark = mark
        self.db = parts_of(app).db
        self._admit()
        self._sell()
        entering.enter_customers_of_orders(self.db)
        self.shared = self._shared()
        self.first = self._furnish(
            Side(
                agent="wang",
                supervisor="chen",
                owner="zhou",
                courier="圆通",
                order="SO-1001",
                customer="C-8812",
                mark=mark,
            )
        )
        self.second = self._furnish(
            Side(
                agent="sun",
                supervisor="luo",
                owner="hao",
                courier="中通",
                order="SO-1002",
                customer="C-9001",
                mark=mark,
            )
        )
        self.none = Side(agent="nobody", supervisor="nobody", owner="nobody", courier="", order="", customer="")
        self.none.words.update({name: _nothing_like(word) for name, word in self.first.words.items()})

    def address(self, rule: Rule, own: Mapping[str, str]) -> str:
        """The route's address of a side's thing.

        Args:
            rule: the route.
            own: the side's words.

        Raises:
            KeyError: an argument for which nobody has said what stands there.
        """
        words = {**self.shared, **own}

        def word(argument: re.Match[str]) -> str:
            return words.get(f"{rule.endpoint}:{argument[1]}") or words[argument[1]]

        return re.sub(r"<(?:\w+:)?(\w+)>", word, rule.rule)

    def _admit(self) -> None:
        with self.db.begin() as tx:
            for user_id, (name, group) in MORE.items():
                accounts.add(tx, user_id, name if user_id == "luo" else f"{name[0]}{self.mark}"[:40], PASSWORD, [group])
                tx.connection.execute(tables.conduct_read.insert().values(user=user_id, version=0, at=0))
            accounts.set_couriers(tx, "kuai", ["圆通"])
            accounts.set_couriers(tx, "zhong", ["中通"])
            roster.save_team(tx, None, "一组", list(FIRST), SYSTEM, at=FRIDAY_9AM)
            roster.save_team(tx, None, "二组", list(SECOND), SYSTEM, at=FRIDAY_9AM)

    def _sell(self) -> None:
        """The second team's buyer: the first's is C-8812 with SO-1001."""
        order = {"order_id": "SO-1002", "customer_id": "C-9001", "channel": "marketplace", "shop": "旗舰店"}
        order |= {"order_stage": "shipped", "waybill_no": "ZT1", "courier": "中通", "updated_at": 0}
        facts = canonical.encode(
            {
                "order_amount": Decimal("99.00"),
                "receiver_phone": "13700137000",
                "receiver_name": self.mark,
                "receiver_address": self.mark,
                "items": [{"name": f"{self.mark}四件套", "colour": self.mark, "quantity": 1}],
            }
        )
        with self.db.begin() as tx:
            tx.connection.execute(tables.shop_order.insert().values(facts=facts, **order))

    def _shared(self) -> dict[str, str]:
        """What belongs to no team."""
        definition = str(parts_of(self.app).definitions.latest("p10_courier_query").key)
        return {
            "process_id": "p10_courier_query",
            "definition_key": definition,
            "studio.download:key": definition,
            "version": "1",
            "kind": "decision",
            "id": "logistics_status",
            "resource_id": "logistics_status",
            "code": "S20",
            "register": "shipment_register",
            "decision_id": "dmn_return_address",
            "indicator_id": "K20",
            "week": str(weeks.week_of(FRIDAY_9AM)),
            "filename": "manifest.json",
            # What nobody has: tested beside what makes it.
            "message_id": "1",
            "event_id": "1",
            "undo_id": "1",
            "upload_id": "nothing",
            "kpi_import.past:key": "1",
            "script_proposals.decide:key": "1",
            "digest": "0" * 64,
            "token": "0" * 32,
            "definition": "1",
            "verb": "pass",
            "n": "1",
            "m": "1",
            "place": "1",
            "number": "1",
        }

    def _furnish(self, side: Side) -> Side:
        agent, supervisor = Browser(self.app, side.agent), Browser(self.app, side.supervisor)
        case = agent.start_inquiry(**side.bought)
        task = self._open_task(case)
        asked = agent.start_inquiry(**side.bought)
        _done(agent.post(f"/tasks/{self._open_task(asked)}", STALLED | {"last_location": self.mark}))
        words = side.words
        words |= {
            "case_id": case,
            "task_id": str(task),
            "courier_task": str(self._open_task(asked)),
            "case_repairs.repair:key": case,
            "user_id": side.agent,
            "person": side.agent,
            "agent": side.agent,
            "order_id": side.order,
            "spare": agent.start_inquiry(**side.bought),
            "team_id": "1" if side.agent == "wang" else "2",
        }
        with self.db.read() as connection:
            customer = str(archive.find_key(connection, side.customer))
        words |= {f"customers.{view}:key": customer for view in ("show", "change", "arrange")}
        self._around_the_case(side, agent, case, task)
        self._of_the_desk(side, agent, asked, task)
        self._of_superiors(side, agent, supervisor)
        self._of_auditors(side, case)
        self._of_owners(side)
        return side

    def _around_the_case(self, side: Side, agent: Browser, case: str, task: int) -> None:
        words = side.words
        _done(
            agent.post(
                f"/cases/{case}/comments", {"text": f"{self.mark}评论 @{'罗主管' if side.agent == 'sun' else '陈静'}"}
            )
        )
        words["comment_id"] = self._newest(tables.comment)
        words["notification_id"] = self._newest(tables.notification)
        _done(agent.post(f"/cases/{case}/exceptions", {"text": f"{self.mark}异常"}))
        words["report_id"] = self._newest(tables.exception_report)
        question = {"to": f"person:{side.supervisor}", "question": f"{self.mark}问题", "promised_at": LATER}
        _done(agent.post(f"/cases/{case}/inquiries", question))
        words["inquiry_id"] = self._newest(tables.inquiry)
        _done(agent.post(f"/cases/{case}/feedback", {"department": "warehouse", "text": f"{self.mark}意见"}))
        words["item_id"] = self._newest(tables.department_feedback)
        _done(agent.post(f"/cases/{case}/transfer", {"to": f"user:{side.supervisor}", "reason": f"{self.mark}转交"}))
        words["offer_id"] = self._newest(tables.transfer)
        with self.db.begin() as tx:
            row = {"id": task, "instance": int(case), "case_id": case, "created_at": 0, "element": "check_logistics"}
            tx.connection.execute(
                tables.incident.insert().values(**row, kind="completion_refused", message=f"{self.mark}事故")
            )
        words["incident_id"] = str(task)

    def _of_the_desk(self, side: Side, agent: Browser, passed_on: str, task: int) -> None:
        words = side.words
        call = {
            "kind": "inquiry",
            "source": "phone",
            "contact_phone": "13900139000",
            "note": f"{self.mark}来电",
            "contact_name": self.mark,
        }
        _done(agent.post("/calls", call))
        words["call_id"] = self._newest(tables.call_entry)
        _done(agent.post(f"/customers/{words['customers.show:key']}/visits", {"due_at": LATER}))
        words["visit_id"] = self._newest(tables.visit)
        paper = {
            "title": f"{self.mark}文件",
            "category": "customer",
            "file": (io.BytesIO(sample("a.pdf")), f"{self.mark.replace(chr(34), '')}.pdf"),
        }
        _done(agent.post("/documents", paper, content_type="multipart/form-data"))
        words["document_id"] = self._newest(tables.document)
        picture = {"key": "images", "file": (io.BytesIO(sample("a.png")), f"{self.mark.replace(chr(34), '')}.png")}
        answer = agent.post("/files", picture, content_type="multipart/form-data")
        assert answer.status_code == 201, answer.text
        words["file_id"] = str(answer.json["id"])
        _done(agent.post(f"/tasks/{task}/draft", {"last_location": f"{self.mark}草稿"}))
        _done(agent.post("/inbox/filters", {"name": f"{self.mark[:18]}筛选"}))
        words["filter_id"] = self._newest(tables.saved_filter)
        _done(
            agent.post(
                "/hand-over",
                {"item": f"c{passed_on}", f"note.c{passed_on}": f"{self.mark}交接", "to": f"user:{side.supervisor}"},
            )
        )
        words["handover.show:key"] = self._newest(tables.hand_over)

    def _of_superiors(self, side: Side, agent: Browser, supervisor: Browser) -> None:
        words = side.words
        closed, words["closed"] = (agent.start_inquiry(**side.bought) for _ in range(2))
        with self.db.begin() as tx:
            over = {"status": "completed", "end_state": "end_informed", "ended_at": to_microseconds(FRIDAY_9AM)}
            table = tables.process_instance
            ended = table.c.case_id.in_([closed, words["closed"]])
            tx.connection.execute(update(table).where(ended).values(over))
        check = supervisor.post("/quality", {"case_id": closed})
        _done(check)
        words["check_id"] = str(check.location).rsplit("/", 1)[-1]
        _done(supervisor.post(f"/quality/{words['check_id']}/result", CHECKED))
        leave = {
            "user": side.agent,
            "from": "2026-02-05",
            "to": "2026-02-06",
            "kind": "leave",
            "reason": f"{self.mark}请假",
        }
        _done(supervisor.post("/roster/absences", leave))
        words["absence_id"] = self._newest(tables.absence)
        _done(supervisor.post("/registers/refund_register/request", {"format": "csv", "reason": f"{self.mark}导出"}))
        words["export_id"] = self._newest(tables.register_export)

    def _of_auditors(self, side: Side, case: str) -> None:
        words, auditor = side.words, Browser(self.app, "zheng")
        finding = {
            "case": case,
            "title": f"{self.mark}发现",
            "text": self.mark,
            "severity": "high",
            "to": f"u:{side.supervisor}",
        }
        _done(auditor.post("/audit/findings", finding | {"due_at": "2026-01-05T15:40"}))
        words["finding_id"] = self._newest(tables.audit_finding)
        _done(
            auditor.post("/audit/questions", {"name": f"{self.mark[:30]}{side.agent}", "query": f"person={side.agent}"})
        )
        words["question_id"] = self._newest(tables.audit_question)
        while inspection.due(self.db):
            pass
        sample_of = {"name": f"{self.mark[:30]}抽样", "size": "5", "query": f"person={side.agent}"}
        _done(auditor.post("/audit/samples", sample_of))
        words["sample_id"] = self._newest(tables.audit_sample)
        _done(auditor.post("/audit/retention/holds", {"kind": "case", "subject": case, "reason": f"{self.mark}冻结"}))
        words["hold_id"] = self._newest(tables.legal_hold)

    def _of_owners(self, side: Side) -> None:
        actor = accounts.get(self.db, side.owner).actor
        with self.db.begin() as tx:
            key = studio.open_change(tx, actor, title=f"{self.mark}修改", why=f"{self.mark}变慢", now=FRIDAY_9AM)
            studio.add_resource(tx, actor, key, "decision", "logistics_status", FRIDAY_9AM)
        side.words["key"] = str(key)

    def _open_task(self, case: str) -> int:
        tasks = parts_of(self.app).queries.case(case, SYSTEM).tasks
        (found,) = [task.id for task in tasks if task.status == "open"]
        return found

    def _newest(self, table: Table) -> str:
        (column,) = table.primary_key
        at = next((table.c[name] for name in ("requested_at", "created_at", "at") if name in table.c), column)
        with self.db.read() as connection:
            order = column if column.type.python_type is int else at
            found = connection.execute(select(column).order_by(order.desc()).limit(1)).scalar_one()
        return str(found)


def _nothing_like(word: str) -> str:
    return "999999999" if word.isdigit() else "nobody"


def _done(answer: TestResponse) -> None:
    assert answer.status_code < 400, (answer.request.path, answer.text.partition("<main")[2])
