"""What keeps an installation going: backups while it runs, restoring them, and a look at whether all is well."""

from engine.upkeep.backup import Backup, key_files, take
from engine.upkeep.checking import Checked, check
from engine.upkeep.doctor import LATE, Report, examine
from engine.upkeep.files import BackupRefused, RestoreRefused
from engine.upkeep.findings import Finding
from engine.upkeep.manifest import Manifest
from engine.upkeep.restoring import Restored, restore
from engine.upkeep.snapshots import file_of

__all__ = [
    "LATE",
    "Backup",
    "BackupRefused",
    "Checked",
    "Finding",
    "Manifest",
    "Report",
    "RestoreRefused",
    "Restored",
    "check",
    "examine",
    "file_of",
    "key_files",
    "restore",
    "take",
]
