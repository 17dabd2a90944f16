"""Audits: what cases went through, questions to all of them, random samples, and findings with their replies.

``due`` keeps the traits of cases up to date; the modules are for the pages and for who notes findings.
"""

from engine.inspection.indexing import due, is_whole, look, rebuild
from engine.inspection.looking import watch_findings

__all__ = ["due", "is_whole", "look", "rebuild", "watch_findings"]
