"""What people say to each other on a case, what they promise the customer, and what their superiors have to hear."""

from engine.collaboration.at_case import root_of
from engine.collaboration.comments import (
    MAX_COMMENT,
    WITHDRAWABLE,
    Comment,
    comment,
    comments_of,
    read_comments,
    whom_to_mention,
    withdraw_comment,
)
from engine.collaboration.couriers import courier_of
from engine.collaboration.exception_views import (
    ExceptionPage,
    ExceptionReport,
    exceptions_of,
    read_exception,
    read_exceptions,
)
from engine.collaboration.exceptions import acknowledge_exception, report_exception, watch_exceptions
from engine.collaboration.follow_ups import FollowUps
from engine.collaboration.inquiries import answer, ask, watch_inquiries, withdraw_inquiry
from engine.collaboration.inquiry_views import (
    ASKABLE,
    BY_ME,
    TO_ME,
    Inquiry,
    InquiryPage,
    inquiries_of,
    read_inquiries,
    read_inquiry,
    whom_to_ask,
)
from engine.collaboration.letters import (
    LetterKind,
    UnconfirmedPromise,
    last_told,
    preview_progress,
    send_progress,
)
from engine.collaboration.people import sees_talk
from engine.collaboration.progress import SilentCases, is_silent
from engine.collaboration.promise_looks import DefaultPromises, watch_promises
from engine.collaboration.promises import (
    Promise,
    check_promise,
    make_promise,
    preview_promise,
    promises_of,
)

__all__ = [
    "ASKABLE",
    "BY_ME",
    "MAX_COMMENT",
    "TO_ME",
    "WITHDRAWABLE",
    "Comment",
    "DefaultPromises",
    "ExceptionPage",
    "ExceptionReport",
    "FollowUps",
    "Inquiry",
    "InquiryPage",
    "LetterKind",
    "Promise",
    "SilentCases",
    "UnconfirmedPromise",
    "acknowledge_exception",
    "answer",
    "ask",
    "check_promise",
    "comment",
    "comments_of",
    "courier_of",
    "exceptions_of",
    "inquiries_of",
    "is_silent",
    "last_told",
    "make_promise",
    "preview_progress",
    "preview_promise",
    "promises_of",
    "read_comments",
    "read_exception",
    "read_exceptions",
    "read_inquiries",
    "read_inquiry",
    "report_exception",
    "root_of",
    "sees_talk",
    "send_progress",
    "watch_exceptions",
    "watch_inquiries",
    "watch_promises",
    "whom_to_ask",
    "whom_to_mention",
    "withdraw_comment",
    "withdraw_inquiry",
]
