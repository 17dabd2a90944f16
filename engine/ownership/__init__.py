"""Whose a case is, and how it passes on: first contact, transfers, hand-over, absences."""

from engine.holders import Holder, holder_of
from engine.ownership.by_process import hand_over
from engine.ownership.counts import transferred_cases, transfers_by_person, waiting_for
from engine.ownership.first_contact import (
    Advice,
    OwnerAction,
    StartedCase,
    advise,
    back_words,
    owner_action,
    start_case,
)
from engine.ownership.hand_overs import WorkItem, leaving_with, next_on, open_work, receivers, send
from engine.ownership.instructions import instruct
from engine.ownership.looking import look
from engine.ownership.offers import Offer, count_of, get_offer, offer_of, pending_of
from engine.ownership.owner import change_owner, reassign
from engine.ownership.transfers import accept, request, return_, withdraw
from engine.ownership.words import MAX_NOTE, MAX_REASON, MOST_ITEMS, RECEIVING, Instruction, Kind, Status

__all__ = [
    "MAX_NOTE",
    "MAX_REASON",
    "MOST_ITEMS",
    "RECEIVING",
    "Advice",
    "Holder",
    "Instruction",
    "Kind",
    "Offer",
    "OwnerAction",
    "StartedCase",
    "Status",
    "WorkItem",
    "accept",
    "advise",
    "back_words",
    "change_owner",
    "count_of",
    "get_offer",
    "hand_over",
    "holder_of",
    "instruct",
    "leaving_with",
    "look",
    "next_on",
    "offer_of",
    "open_work",
    "owner_action",
    "pending_of",
    "reassign",
    "receivers",
    "request",
    "return_",
    "send",
    "start_case",
    "transferred_cases",
    "transfers_by_person",
    "waiting_for",
    "withdraw",
]
