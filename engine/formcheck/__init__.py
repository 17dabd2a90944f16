"""The one place that says whether a form was filled in right, for pages, scenarios and programs alike."""

from __future__ import annotations

from engine.formcheck.check import Raw, Submission, Taken, check, check_values, defaults, prefill, visible
from engine.formcheck.lint import check_schema
from engine.formcheck.messages import WHOLE_FORM
from engine.formcheck.reading import to_entry
from engine.formcheck.schema import Field, Option, Schema, fields, load, option_labels

__all__ = [
    "WHOLE_FORM",
    "Field",
    "Option",
    "Raw",
    "Schema",
    "Submission",
    "Taken",
    "check",
    "check_schema",
    "check_values",
    "defaults",
    "fields",
    "load",
    "option_labels",
    "prefill",
    "to_entry",
    "visible",
]
