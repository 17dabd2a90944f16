"""What an auditor asks of the record: is it whole, and does it follow from the rules that were in force?"""

from engine.audit.reexecution import CaseReport, Damage, StreamReport, case_keys, re_execute

__all__ = ["CaseReport", "Damage", "StreamReport", "case_keys", "re_execute"]
