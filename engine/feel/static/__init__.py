"""What is known of an expression before it runs: for the lint, and for an editor that completes half-written text."""

from engine.feel.static.catalogue import CATALOGUE, CATEGORIES
from engine.feel.static.completion import complete
from engine.feel.static.description import Description, describe
from engine.feel.static.offers import Completion
from engine.feel.static.problems import SENTENCES, StaticFinding
from engine.feel.static.scope import NameUse

__all__ = [
    "CATALOGUE",
    "CATEGORIES",
    "SENTENCES",
    "Completion",
    "Description",
    "NameUse",
    "StaticFinding",
    "complete",
    "describe",
]
