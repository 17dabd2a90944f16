"""The one place that says whether a form was filled in right, for pages, scenarios and programs alike."""

from __future__ import annotations

from engine.formcheck.check import Raw, Submission, Taken, check, check_values, defaults, prefill, to_entries, visible
from engine.formcheck.files import MAX_FILE_BYTES, MAX_FILES
from engine.formcheck.lint import check_schema
from engine.formcheck.messages import WHOLE_FORM
from engine.formcheck.progress import check_progress, known_progress
from engine.formcheck.reading import Files, no_files, to_entry
from engine.formcheck.schema import Field, Option, Schema, fields, is_person, load, option_labels, people_groups

__all__ = [
    "MAX_FILES",
    "MAX_FILE_BYTES",
    "WHOLE_FORM",
    "Field",
    "Files",
    "Option",
    "Raw",
    "Schema",
    "Submission",
    "Taken",
    "check",
    "check_progress",
    "check_schema",
    "check_values",
    "defaults",
    "fields",
    "is_person",
    "known_progress",
    "load",
    "no_files",
    "option_labels",
    "people_groups",
    "prefill",
    "to_entries",
    "to_entry",
    "visible",
]
