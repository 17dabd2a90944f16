"""What happened, so that it can be proved: commitments, the chain of hashes, commands as recorded, re-execution."""

from engine.history.commands import Schedules, decode_command, encode_command
from engine.history.record import GENESIS, RecordedEvent, StepRecord, StreamHead, record_step, values_of
from engine.history.reexecute import Difference, RecordedStep, reexecute

__all__ = [
    "GENESIS",
    "Difference",
    "RecordedEvent",
    "RecordedStep",
    "Schedules",
    "StepRecord",
    "StreamHead",
    "decode_command",
    "encode_command",
    "record_step",
    "reexecute",
    "values_of",
]
