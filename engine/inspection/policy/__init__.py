"""The policy monitor: watches payments, agents' months and steps out of hours by rules in decision tables.

``look`` is the worker's turn; ``try_rules`` says what changed rules would find in the past.
"""

from engine.inspection.policy.looking import bring, look
from engine.inspection.policy.trial import Trial, note_past, try_rules

__all__ = ["Trial", "bring", "look", "note_past", "try_rules"]
