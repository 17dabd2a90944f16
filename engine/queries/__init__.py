"""The read side: inbox, cases, histories, start page and boards, served from tables; nothing here writes."""

from engine.queries.case_views import (
    CasePage,
    CaseRow,
    CaseView,
    EventForm,
    EventToRegister,
    EventView,
    IncidentView,
    InstanceView,
    JobView,
    LinkedCase,
    OutboxView,
    RegisterView,
)
from engine.queries.desk import Queries
from engine.queries.process_views import ProcessView, ResourceView, StartForm, StartOption, VersionView
from engine.queries.repair_views import IncidentPage, IncidentRow, RepairView, TokenView
from engine.queries.task_views import Fact, InboxPage, InboxRow, TaskView
from engine.saved_filters import InboxScope

__all__ = [
    "CasePage",
    "CaseRow",
    "CaseView",
    "EventForm",
    "EventToRegister",
    "EventView",
    "Fact",
    "InboxPage",
    "InboxRow",
    "InboxScope",
    "IncidentPage",
    "IncidentRow",
    "IncidentView",
    "InstanceView",
    "JobView",
    "LinkedCase",
    "OutboxView",
    "ProcessView",
    "Queries",
    "RegisterView",
    "RepairView",
    "ResourceView",
    "StartForm",
    "StartOption",
    "TaskView",
    "TokenView",
    "VersionView",
]
