"""Running cases moved to another version of their process: plan, dry run, batch, one result each."""

from engine.migration.asking import go, plan, stop
from engine.migration.checking import Kind, Reason, check
from engine.migration.results import CaseResult, MigrationView, list_cases, list_migrations, read_migration
from engine.migration.running import Runner
from engine.migration.suggesting import Suggestion, read_waiting, suggest, with_flows
from engine.migration.words import CaseStatus, Status

__all__ = [
    "CaseResult",
    "CaseStatus",
    "Kind",
    "MigrationView",
    "Reason",
    "Runner",
    "Status",
    "Suggestion",
    "check",
    "go",
    "list_cases",
    "list_migrations",
    "plan",
    "read_migration",
    "read_waiting",
    "stop",
    "suggest",
    "with_flows",
]
