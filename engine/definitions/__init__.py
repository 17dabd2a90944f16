"""Deployment and versions: what a process consists of, which version is in force, and its compiled form."""

from engine.definitions.deployed import Deployed, DeployedVersion, Deployment
from engine.definitions.kept import last_number
from engine.definitions.loading import bytes_of, load_deployed
from engine.definitions.registry import Definitions
from engine.definitions.schedules import Schedules, schedule_of_record
from engine.definitions.timer_starts import zone_name

__all__ = [
    "Definitions",
    "Deployed",
    "DeployedVersion",
    "Deployment",
    "Schedules",
    "bytes_of",
    "last_number",
    "load_deployed",
    "schedule_of_record",
    "zone_name",
]
