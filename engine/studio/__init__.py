"""Changes (变更): what owners work on until it is in force: drafts, checks, review, deployment, the way back."""

from engine.definitions.bundle import kind_of
from engine.studio.archives import MAX_FILES, MAX_TOTAL, files_of_process, import_files, pack, unpack
from engine.studio.around import draft_files, files_around, files_in_force
from engine.studio.changes import edit_change, list_changes, open_change, read_change, withdraw
from engine.studio.checking import check_change, check_draft, check_files, in_order
from engine.studio.deploying import (
    Candidate,
    DeploymentRefused,
    Obstacle,
    deploy_change,
    obstacles,
    read_candidate,
)
from engine.studio.drafts import add_resource, discard_draft, keep_mine, put_draft, read_draft, save_draft
from engine.studio.kinds import KINDS, file_name
from engine.studio.restoring import back_to_deployment, back_to_version
from engine.studio.review import approve, give_back, may_review, submit
from engine.studio.settings import StudioSettings, read_settings, save_settings
from engine.studio.surroundings import surroundings
from engine.studio.testing import ScenarioRun, ScenarioRuns, changed_processes
from engine.studio.values import (
    ALIVE,
    Change,
    ChangeClosed,
    ChangeLine,
    ChangeMoved,
    Draft,
    DraftConflict,
    DraftHead,
    Entry,
    Standing,
    Status,
)
from engine.studio.versions import list_deployments, read_content, table_names

__all__ = [
    "ALIVE",
    "KINDS",
    "MAX_FILES",
    "MAX_TOTAL",
    "Candidate",
    "Change",
    "ChangeClosed",
    "ChangeLine",
    "ChangeMoved",
    "DeploymentRefused",
    "Draft",
    "DraftConflict",
    "DraftHead",
    "Entry",
    "Obstacle",
    "ScenarioRun",
    "ScenarioRuns",
    "Standing",
    "Status",
    "StudioSettings",
    "add_resource",
    "approve",
    "back_to_deployment",
    "back_to_version",
    "changed_processes",
    "check_change",
    "check_draft",
    "check_files",
    "deploy_change",
    "discard_draft",
    "draft_files",
    "edit_change",
    "file_name",
    "files_around",
    "files_in_force",
    "files_of_process",
    "give_back",
    "import_files",
    "in_order",
    "keep_mine",
    "kind_of",
    "list_changes",
    "list_deployments",
    "may_review",
    "obstacles",
    "open_change",
    "pack",
    "put_draft",
    "read_candidate",
    "read_change",
    "read_content",
    "read_draft",
    "read_settings",
    "save_draft",
    "save_settings",
    "submit",
    "surroundings",
    "table_names",
    "unpack",
    "withdraw",
]
