"""Chinese words of variables and of their values: from the forms of a version, and of what no form asks for."""

from engine.labels.choices import DERIVED_OPTIONS
from engine.labels.reading import NO, YES, Compiled, Labels, Version, labels_for, labels_of, row_words, with_outcomes
from engine.labels.variables import ACCOUNTS, DERIVED

__all__ = [
    "ACCOUNTS",
    "DERIVED",
    "DERIVED_OPTIONS",
    "NO",
    "YES",
    "Compiled",
    "Labels",
    "Version",
    "labels_for",
    "labels_of",
    "row_words",
    "with_outcomes",
]
