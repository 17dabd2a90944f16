"""A case told in plain sentences from its events, without a language model."""

from engine.narrative.of_case import MOST_EVENTS, events_of, tell_case
from engine.narrative.telling import tell
from engine.narrative.told import Facts, Narrative, Paragraph, Sentence

__all__ = ["MOST_EVENTS", "Facts", "Narrative", "Paragraph", "Sentence", "events_of", "tell", "tell_case"]
