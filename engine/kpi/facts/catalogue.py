"""Every kind of rows, by the id under which indicators and addresses know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.kpi.facts import cases, contacts, costs, orders, quality, reminders, responses, tasks, work
from engine.kpi.facts.base import Facts

_ALL: Final = (
    Facts(id="solved", name="已结工单", query=cases.solved),
    Facts(id="effective", name="已结工单", query=cases.effective),
    Facts(id="first_contact", name="已结工单", query=cases.at_first_contact),
    Facts(id="response_time", name="工单", query=responses.first_responses, measure=responses.response_seconds),
    Facts(id="response_limit", name="工单", query=responses.first_responses, measure=responses.response_in_limit),
    Facts(id="complaints", name="投诉工单", query=cases.complaints),
    Facts(id="complaints_received", name="投诉工单", query=cases.received_complaints),
    Facts(id="returns", name="退换货工单", query=cases.returns, by_word=True),
    Facts(id="losses", name="退换货支出", query=costs.losses, by_word=True),
    Facts(id="issues", name="工单", query=cases.issues),
    Facts(id="refunds", name="退款", query=cases.refunds),
    Facts(id="promises", name="承诺", query=cases.promises),
    Facts(id="tasks_in_time", name="任务", query=tasks.in_time, together=(tasks.rows, tasks.was_in_time)),
    Facts(
        id="tasks_handled", name="任务", query=tasks.handled, measure=tasks.handling_seconds,
        together=(tasks.rows, tasks.handling_seconds),
    ),
    Facts(id="orders", name="订单", query=orders.paid, by_word=True),
    Facts(id="order_amounts", name="订单", query=orders.paid_amounts, measure=orders.amounts, by_word=True),
    Facts(id="orders_refunded", name="订单", query=orders.refunded, by_word=True),
    Facts(id="buyers", name="买家", query=orders.buyers_by_agent, by_word=True, whole=orders.buyers),
    Facts(id="customers", name="买家", query=orders.customers_by_agent, by_word=True, whole=orders.customers),
    Facts(id="receivables", name="未付订单", query=orders.unpaid_bulk, by_word=True),
    Facts(id="parcels", name="包裹", query=costs.parcels),
    Facts(id="costs", name="支出", query=costs.costs),
    Facts(id="rated", name="评分", query=contacts.rated),
    Facts(id="visited", name="回访", query=contacts.visited),
    Facts(id="bad_reviews", name="差评", query=contacts.bad_reviews),
    Facts(id="reminders_due", name="应催付", query=reminders.due),
    Facts(id="reminders_sent", name="催付", query=reminders.sent),
    Facts(id="calls", name="来电", query=contacts.calls),
    Facts(id="checks", name="质检", query=quality.checks),
    Facts(id="quotes", name="报价工单", query=contacts.quotes, measure=contacts.quoted_in_time),
    Facts(id="touched", name="任务", query=work.touched, measure=work.touch_seconds),
    Facts(
        id="held", name="认领过的任务", query=work.held, measure=work.held_seconds,
        together=(tasks.rows, work.held_seconds),
    ),
    Facts(
        id="late", name="超时完成的任务", query=work.late, measure=work.late_seconds,
        together=(tasks.rows, work.late_seconds),
    ),
    Facts(id="at_risk", name="有期限的未完任务", query=work.at_risk),
    Facts(id="at_first_go", name="已结工单", query=work.at_first_go),
    Facts(id="repeated", name="任务", query=work.repeated),
    Facts(id="reopened", name="已结工单", query=work.reopened),
    Facts(id="owner_changes", name="已结工单", query=work.owner_changes),
    Facts(id="paused", name="已结工单", query=work.paused),
    Facts(id="spans", name="已结工单", query=work.spans),
    Facts(id="automated", name="已结工单", query=work.automated, together=(work.step_counts, work.automated_of)),
    Facts(id="steps", name="已结工单", query=work.steps, together=(work.step_counts, work.steps_of)),
    Facts(id="backlog", name="未结工单", query=work.backlog),
    Facts(id="rostered", name="班次", query=work.rostered),
    Facts(id="forced", name="已结投诉", query=work.forced),
)  # fmt: skip
FACTS: Final[Mapping[str, Facts]] = {facts.id: facts for facts in _ALL}
