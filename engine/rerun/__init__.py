"""Recorded commands run on a definition that is not the recorded one; pure, nothing is read and nothing written."""

from engine.rerun.comparing import Comparison, Place, Verdict, compare
from engine.rerun.live import Live, Sort, Wait
from engine.rerun.memory import Memory, remember
from engine.rerun.recorded import RecordedCase, RecordedCommand, RecordedInstance, Rules, RulesByHash, RulesFor, RulesOf
from engine.rerun.run import Played, play
from engine.rerun.stopping import Assumed, Broken, Lack, Missing

__all__ = [
    "Assumed",
    "Broken",
    "Comparison",
    "Lack",
    "Live",
    "Memory",
    "Missing",
    "Place",
    "Played",
    "RecordedCase",
    "RecordedCommand",
    "RecordedInstance",
    "Rules",
    "RulesByHash",
    "RulesFor",
    "RulesOf",
    "Sort",
    "Verdict",
    "Wait",
    "compare",
    "play",
    "remember",
]
