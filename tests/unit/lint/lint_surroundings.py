"""What is wrong only beside other files: the sample in a world that knows who sets and sends what, spoilt."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.lint.lint_sample import WORLD

#: The world of the sample with all that is around it.
AROUND = replace(
    WORLD,
    variables=frozenset({"order_id", "waybill_no"}),
    sent=frozenset({"msg_logistics_updated"}),
    awaited=frozenset({"msg_customer_told"}),
    group_names={"aftersales": "售后客服", "supervisor": "客服主管", "warehouse": "仓库"},
)

#: Rule, where it points, what is replaced by what.
AROUND_CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    ("variable.never_set", "f_late", [('=kind = "late"', '=knid = "late"')]),
    ("variable.never_set", "record_it", [("=record_it_result.recorded_at", "=record_it_reslut.recorded_at")]),
    ("variable.never_set", "record_it", [('resultVariable="record_it_result"', 'resultVariable="recorded"')]),
    ("variable.never_set", "p99_sample", [("={order: order_id, kind: kind}", "={order: ordre_id, kind: kind}")]),
    ("variable.never_set", "message_updated", [('correlationKey="=waybill_no"', 'correlationKey="=waybill"')]),
    ("variable.never_set", "check_it", [("=opened_at + duration", "=opened + duration")]),
    ("variable.never_set", "pack_it", [("=[&#34;warehouse&#34;]", "=groups_of_order")]),
    ("variable.never_set", "act_tm_check", [('value="查询超时"', 'value="订单{ordre_id}查询超时"')]),
    ("variable.never_set", "end_told", [('source="=order_id"', 'source="=order_no"')]),
    ("message.no_sender", "message_updated", [('name="msg_logistics_updated"', 'name="msg_logistics_update"')]),
    ("message.no_receiver", "message_told", [('name="msg_customer_told"', 'name="msg_customer_tell"')]),
    ("lane.group", "check_it", [('candidateGroups="aftersales, supervisor"', 'candidateGroups="warehouse"')]),
    ("lane.group", "check_it", [("aftersales, supervisor", "=[&#34;warehouse&#34;, &#34;supervisor&#34;]")]),
    ("lane.group", "check_it", [('id="lane_agent" name="售后客服"', 'id="lane_agent" name="仓库"')]),
]
