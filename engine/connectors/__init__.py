"""What the job types of service and send tasks do; each is a function of a job, inside the step's transaction."""

from collections.abc import Mapping
from typing import Final

from engine.connectors.attendance import add_absence, is_away
from engine.connectors.cases import record, start_process
from engine.connectors.context import BpmnError, Connector, JobContext
from engine.connectors.evidence import submit_evidence
from engine.connectors.lists import list_cases, list_orders, list_parcels, list_rows, list_shops
from engine.connectors.messages import notify_staff, remind_courier, send_message
from engine.connectors.numbers import next_number
from engine.connectors.order_changes import update_order
from engine.connectors.orders import read_order, shop_order_status, sync_waybill
from engine.connectors.owners import find_owner, open_cases, supervisors_on_duty, transfer_case
from engine.connectors.parcels import poll_logistics
from engine.connectors.payouts import order_payouts
from engine.connectors.people import disable_account
from engine.connectors.priority import raise_priority
from engine.connectors.register_rows import read_register
from engine.connectors.rosters import copy_roster, roster_facts
from engine.connectors.shop_rules import read_settings, workday_after
from engine.connectors.work import day_record, set_target

#: Job type → what does it.
CONNECTORS: Final[Mapping[str, Connector]] = {
    "add_absence": add_absence,
    "copy_roster": copy_roster,
    "day_record": day_record,
    "disable_account": disable_account,
    "find_owner": find_owner,
    "is_away": is_away,
    "list_cases": list_cases,
    "list_orders": list_orders,
    "list_parcels": list_parcels,
    "list_rows": list_rows,
    "list_shops": list_shops,
    "next_number": next_number,
    "notify_staff": notify_staff,
    "open_cases": open_cases,
    "order_payouts": order_payouts,
    "poll_logistics": poll_logistics,
    "raise_priority": raise_priority,
    "read_order": read_order,
    "read_register": read_register,
    "read_settings": read_settings,
    "record": record,
    "remind_courier": remind_courier,
    "roster_facts": roster_facts,
    "send_message": send_message,
    "set_target": set_target,
    "shop_order_status": shop_order_status,
    "start_process": start_process,
    "submit_evidence": submit_evidence,
    "supervisors_on_duty": supervisors_on_duty,
    "sync_waybill": sync_waybill,
    "transfer_case": transfer_case,
    "update_order": update_order,
    "workday_after": workday_after,
}

#: Job type → variables that it sets where its task maps no outputs; those of NAMED are their header's.
RESULTS: Final[Mapping[str, frozenset[str]]] = {
    "day_record": frozenset({"tasks_done", "cases_opened", "cases_ended", "cases_open", "worked"}),
    "find_owner": frozenset({"has_owner", "owner", "owner_name", "owner_is_me", "owner_online", "owner_back_at"}),
    "is_away": frozenset({"away"}),
    "list_cases": frozenset({"cases", "case_count"}),
    "list_orders": frozenset({"orders", "order_count"}),
    "list_parcels": frozenset({"parcels", "parcel_count"}),
    "list_rows": frozenset({"rows", "row_count"}),
    "list_shops": frozenset({"shops", "shop_count"}),
    "next_number": frozenset({"queue_no", "number"}),
    "open_cases": frozenset({"open_cases"}),
    "order_payouts": frozenset({"paid_out", "order_paid", "remaining"}),
    "poll_logistics": frozenset(
        {"tracking_stage", "hours_in_stage", "hours_since_update", "last_location", "last_update_at", "signed_at"}
    ),
    "read_register": frozenset({"row_count", "row"}),
    "copy_roster": frozenset({"copied_cells"}),
    "roster_facts": frozenset({"roster_rows", "roster_people", "unplanned"}),
    "shop_order_status": frozenset({"order_cancelled"}),
    "submit_evidence": frozenset({"evidence_submitted_at"}),
    "supervisors_on_duty": frozenset({"supervisor_1", "supervisor_2", "dufeng_present", "chenxiaoxue_present"}),
    "transfer_case": frozenset({"handed_cases", "buyers"}),
    "update_order": frozenset({"order_updated"}),
    "workday_after": frozenset({"workday_at"}),
}
#: Job types that set what their header ``names`` lists.
NAMED: Final = frozenset({"read_order", "read_settings"})

__all__ = ["CONNECTORS", "NAMED", "RESULTS", "BpmnError", "Connector", "JobContext"]
