"""Rules of conduct: what people who talk to customers have read and agreed to."""

from engine.conduct.agreeing import Reader, agree, binds, list_readers, owes
from engine.conduct.rules import ID, KIND, Rule, Rules, may_edit, parse, read_rules, rules_of, save, shipped

__all__ = [
    "ID",
    "KIND",
    "Reader",
    "Rule",
    "Rules",
    "agree",
    "binds",
    "list_readers",
    "may_edit",
    "owes",
    "parse",
    "read_rules",
    "rules_of",
    "save",
    "shipped",
]
