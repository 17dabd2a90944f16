"""Where the diagrams leave the tables of the flowcharts, by name: the corrections, and what money and FEEL ask for."""

from __future__ import annotations

#: Further catalogued elements that may come next.
MORE: dict[tuple[str, str], set[str]] = {
    # An amount that is not approved, or that the order does not allow any more, is planned or negotiated again.
    ("a01_repair_ticket", "gw_plan_route"): {"make_plan"},
    ("a01_repair_ticket", "call_compensation"): {"make_plan"},
    ("a04_expectation_mismatch", "call_compensation"): {"offer_free_return"},
    ("a05_negotiation_ladder", "call_compensation"): {"next_level"},
    ("a30_promise_followup", "gw_overdue"): {"handle_overdue", "end_cancelled"},
    ("a30_promise_followup", "call_compensation"): {"handle_overdue"},
    # 漏发 is sent by 07, which the chart has no call for.
    ("a03_aftersales_first_contact", "gw_route"): {"close_case"},
    # The third stage passes the check of words too (corrections, a05).
    ("a05_negotiation_ladder", "gw_wording"): {"propose_next"},
    ("a05_negotiation_ladder", "propose_next"): {"check_wording"},
    # A parcel that has moved meanwhile is waited for again: the ten days run from its last event.
    ("a07_return_exchange_followup", "tm_no_logistics_10d"): {"await_parcel"},
    # The practice of 0.01 元 is a switch, off (corrections 1.19).
    ("a09_refund_request", "gw_express"): {"end_withdrawn"},
    # A return that was agreed already is not admitted again.
    ("a12_received_return", "start_return_request"): {"fill_return_form"},
    # Nothing is paid where nothing is left to pay.
    ("a12_received_return", "decide_refund"): {"pgw_join"},
    # a02 asks the customer itself (at most one satisfaction question a case).
    ("a13_onsite_service", "gw_service_result"): {"end_done"},
    ("a13_onsite_service", "call_repair"): {"end_done"},
    ("a13_onsite_service", "call_exchange"): {"end_done"},
    # Nobody is told of a refund that was not made.
    ("a16_insale_logistics_inquiry", "call_refund"): {"call_callback"},
    # gift_rule decides whether there is a gift at all (corrections 1.11); who takes money is told its amount.
    ("a20_presale_inquiry", "answer_gift"): {"gw_gift"},
    ("a20_presale_inquiry", "decide_gift"): {"gw_gift"},
    # What is refunded, as no courier goes there, is no sale and needs no invoice.
    ("a21_purchase", "call_transfer"): {"end_no_deal"},
    # A text for each script, and for each answer of the supervisor.
    ("a23_bargaining", "pick_script"): {"record_reaction"},
    ("a23_bargaining", "pgw_ready"): {"record_final"},
    # The order's row is read before one waits and before it is closed: paid and cancelled ones are left alone.
    ("a22_payment", "calc_window"): {"end_paid", "log_lost", "close_order"},
    ("a22_payment", "tm_payment_window"): {"end_paid", "log_lost", "await_payment"},
    # What the shop's import told of, 07 has heard itself.
    ("a22_payment", "msg_thanks"): {"end_paid"},
    # A promise without a customer is kept without a message.
    ("a30_promise_followup", "gw_fulfilled"): {"end_fulfilled"},
    # A difference that was not refunded is not told as refunded; the product is changed all the same.
    ("a15_insale_order_change", "call_refund"): {"msg_product_changed"},
    # What has left meanwhile is not waited for.
    ("a15_insale_order_change", "notify_exception"): {"end_shipped"},
    # Nothing was changed, or the customer keeps the order: both negotiate again.
    ("a17_oversold", "call_change"): {"agree_solution"},
    ("a17_oversold", "call_refund_flow"): {"agree_solution"},
    ("a18_undeliverable_transfer", "call_refund_flow"): {"choose_other"},
    # A dispatch that is still open takes the other courier; one that the customer cancels ends in a refund.
    ("a18_undeliverable_transfer", "gw_other"): {"end_reshipped"},
    ("a18_undeliverable_transfer", "call_delivery"): {"end_refunded", "choose_other"},
}
#: Catalogued elements that come next only behind others.
LATER: dict[tuple[str, str], set[str]] = {("a05_negotiation_ladder", "propose_next"): {"check_authority"}}
#: Elements that the corrections add and that stand in paths.
ADDED = {("a03_aftersales_first_contact", "call_f07")}
#: Added branches of catalogued gateways.
BRANCHES: dict[tuple[str, str], list[str]] = {
    ("a03_aftersales_first_contact", "gw_route"): ['=target = "p07_delivery"'],
    ("a05_negotiation_ladder", "gw_wording"): ["=count(wording_hits) > 0 and next_level != null"],
    # What the manager does not release is told to the caller.
    ("a28_finance_refund", "gw_done"): ['=payout_result = "not_paid"'],
}
#: (process, gateway, target) → the condition as FEEL has it, with the names that the corrections give.
CONDITIONS: dict[tuple[str, str, str], str] = {
    ("r01_monthly_roster", "gw_violations", "draft_roster"): 'list contains(severities, "hard")',
    ("a04_expectation_mismatch", "gw_authority", "record_comp_answer"): 'approval_level = "none"',
    ("a04_expectation_mismatch", "gw_comp_approved", "record_comp_answer"): 'approval_result = "approved"',
    ("a05_negotiation_ladder", "gw_authority", "manager_approve"): 'approval_level = "manager"',
    ("a05_negotiation_ladder", "gw_counter_authority", "manager_approve"): 'approval_level = "manager"',
    ("a05_negotiation_ladder", "gw_manager", "record_answer"): 'approval_result = "approved"',
    (
        "a09_refund_request",
        "gw_evidence",
        "msg_request_photos",
    ): 'reason = "quality" and (evidence = null or count(evidence) = 0)',
    (
        "a09_refund_request",
        "gw_inspected",
        "close_refund",
    ): 'a07_result = "end_processed" and processed_kind = "return"',
    # Off as long as the shop has not switched it on.
    ("a09_refund_request", "gw_express", "refuse_and_one_cent"): "one_cent_refund",
    ("a11_shipped_refund", "gw_receipt", "call_refund"): 'a33_result = "end_qualified"',
    ("a12_received_return", "gw_receipt", "msg_refused_parcel"): 'a33_result = "end_refused"',
    ("a12_received_return", "gw_quality", "stock_in"): 'a33_result = "end_qualified"',
    ("a13_onsite_service", "gw_callback", "end_unsatisfied"): 'a29_result = "end_escalated"',
    ("a20_presale_inquiry", "gw_paid", "follow_promises"): 'a22_result = "end_paid"',
    ("a21_purchase", "gw_paid", "gw_deliverable"): 'a22_result = "end_paid"',
    # goods_state says where the customer's goods are (corrections 1.9).
    ("a14_overseas_repair", "gw_goods", "call_repair"): 'parcel_state = "received"',
    ("a14_overseas_repair", "gw_goods", "call_refund_lost"): 'parcel_state = "lost"',
}
#: Gateways whose default of the chart is a condition, and which have another default.
DEFAULTS: dict[tuple[str, str], str] = {("a09_refund_request", "gw_express"): "end_withdrawn"}
#: (process, element) → its name, where the chart's own would lie.
NAMES: dict[tuple[str, str], str] = {
    # 09 and 12 may end otherwise.
    ("a04_expectation_mismatch", "end_exchanged"): "已按换货处理",
    ("a04_expectation_mismatch", "end_returned"): "已按退货处理",
    # It warns before the three working days are over (corrections, a15).
    ("a15_insale_order_change", "tm_ship_3wd"): "发货期限将到",
}
#: (process, template) → the element that sends it, where the chart sends several texts at one.
SENT: dict[tuple[str, str], str] = {
    ("a23_bargaining", "M-A23-DISCOUNT"): "msg_says_discount",
    ("a23_bargaining", "M-A23-NONE"): "msg_says_none",
}
#: Processes that a chart starts and a message starts instead (corrections 1.7).
BY_MESSAGE: dict[str, set[str]] = {"a22_payment": {"p07_delivery"}}
_HANDLING = '=applied_at + duration("P" + string(handling_days) + "D")'
#: (process, timer) → its definition, where it is no plain duration of the table.
TIMERS: dict[tuple[str, str], str] = {
    # Half an hour after the shift begins: the duty comes half an hour before it (corrections, r18).
    ("r18_shift_start", "tm_absent_30m"): "PT60M",
    (
        "a03_aftersales_first_contact",
        "tm_owner_next_shift",
    ): '=if owner_back_at = null then now() + duration("PT12H") else owner_back_at',
    ("a07_return_exchange_followup", "tm_no_logistics_10d"): '=duration("P" + string(wait_days) + "D")',
    ("a08_platform_aftersale_task", "tm_seller_deadline"): _HANDLING,
    ("a09_refund_request", "tm_handling_deadline"): _HANDLING,
    ("a13_onsite_service", "tm_visit"): "=visit_time",
    ("a15_insale_order_change", "tm_ship_3wd"): "=warn_at",
    ("a19_cancel_and_rebuy", "tm_day_clear"): "=clear_due",
    ("a22_payment", "tm_remind_1"): "=placed_at + duration(remind_1)",
    ("a22_payment", "tm_remind_2"): "=placed_at + duration(remind_2)",
    ("a22_payment", "tm_payment_window"): "=placed_at + duration(payment_window)",
    ("a26_tile_custom_order", "tm_measure"): "=measure_time",
    ("a27_tile_doorstep_service", "tm_visit"): '=date and time(visit_date, time("09:00:00@Asia/Shanghai"))',
    ("a30_promise_followup", "tm_promise_remind"): '=due - duration("PT2H")',
    ("a30_promise_followup", "tm_promise_due"): "=due",
    # A product that is on sale already has no day before: thirty days from then.
    ("r11_new_product_training", "tm_before_listing"): (
        '=if listing_date > today() then date and time(listing_date - duration("P1D"), time("18:00:00@Asia/Shanghai"))'
        ' else now() + duration("P30D")'
    ),
    ("r13_leave_request", "tm_before_start"): "=from_time",
    (
        "r14_onboarding",
        "tm_probation",
    ): '=date and time(entry_date + duration("P" + string(probation_days) + "D"), time("09:00:00@Asia/Shanghai"))',
    ("r02_morning_aftersales", "tm_0930"): '=date and time(date(scheduled_at), time("09:30:00@Asia/Shanghai"))',
    ("r03_morning_orders", "tm_1200"): '=date and time(date(scheduled_at), time("12:00:00@Asia/Shanghai"))',
    ("r07_night_sweep", "tm_2200"): '=date and time(date(scheduled_at), time("22:00:00@Asia/Shanghai"))',
    # Behind a limit that is over already, half an hour (corrections, r08).
    ("r08_unshipped_notice", "tm_1730"): (
        '=if now() < date and time(date(scheduled_at), time("17:30:00@Asia/Shanghai")) '
        'then date and time(date(scheduled_at), time("17:30:00@Asia/Shanghai")) '
        'else now() + duration("PT30M")'
    ),
    # To the full hour (corrections, r05), not an hour after the hand-over.
    (
        "r05_afternoon_dispatch",
        "tm_next_hour",
    ): '=scheduled_at + duration("PT" + string(batch_hour - 13) + "H")',
}
#: Messages that belong to an order, whichever case waits for them; the others are correlated by the case.
OF_ORDERS = frozenset({"msg_order_dispatched", "msg_order_paid"})
#: Processes that are opened as linked cases where the chart calls them.
OPENED: dict[str, set[str]] = {
    "a18_undeliverable_transfer": {"p05_order_tracking"},
    # Who asked and did not buy is followed up (SLA-25).
    "a20_presale_inquiry": {"d06_inquiry_followup"},
    # A row of the list says which process it goes to (corrections 1.14).
    "r02_morning_aftersales": {
        "a07_return_exchange_followup",
        "a17_oversold",
        "p02_rush_shipping",
        "p03_wrong_shipment",
    },
}
#: (decision table, number of the rule, column) → the cell, where the printed one is no text for people or no FEEL.
CELLS: dict[tuple[str, int, str], str] = {
    # The row of a day says nothing of the month.
    ("dmn_roster_check", 2, "days_off_in_month"): "? != null and ? != 4",
    ("dmn_banned_phrases", 1, "wording_hints"): "亲,这款比较紧俏,为您推荐同类的商品",
    ("dmn_first_plan", 6, "hint"): "补偿,或转发错货流程",
    ("dmn_return_address", 3, "return_site"): "日创仓库",
    ("dmn_exchange_freight", 7, "freight_text"): "约定邮资,买家先付,不收到付,收货后返还(向快递索赔)",
    # Times of day are those of the shop.
    ("dmn_day_clear", 1, "clear_due"): 'date and time(today(), time("23:30:00@Asia/Shanghai"))',
    ("dmn_day_clear", 2, "clear_due"): 'date and time(today() + duration("P1D"), time("16:00:00@Asia/Shanghai"))',
    # The rates of a zone are a table of their own (shipping_rates), which comes first.
    ("dmn_shipping_fee", 3, "fee"): "base + ceiling(max(0, weight_kg - 1)) * step",
    # Between two whole numbers there is no gap.
    ("dmn_bargain_script", 3, "past_orders"): "< 1",
    # The parameters as numbers (catalogue §4.10).
    ("dmn_gift", 3, "order_amount"): ">= 1000",
    ("dmn_gift", 4, "order_amount"): "< 1000",
    ("dmn_gift", 4, "item_count"): ">= 3",
    ("dmn_gift", 5, "order_amount"): "[500..1000[",
    ("dmn_gift", 5, "item_count"): "< 3",
    ("dmn_gift", 6, "order_amount"): "< 500",
    ("dmn_gift", 6, "item_count"): "< 3",
    ("dmn_penalty", 1, "nth"): "[1..2[",
    ("dmn_penalty", 2, "nth"): "[2..3[",
    ("dmn_penalty", 4, "nth"): "[1..2[",
    # An unset answer is no.
    **{("dmn_aftersales_routing", rule, "overseas"): "not(true)" for rule in (1, 3, 11)},
}
#: 错发 goes to 03 and 漏发 to 07 (corrections, a03): a further input, which parts one rule in two.
PARTED = {
    "dmn_aftersales_routing": ("missing_only", 10, (("not(true)", "p03_wrong_shipment"), ("true", "p07_delivery")))
}
