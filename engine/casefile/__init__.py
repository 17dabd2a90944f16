"""The case file (案卷): one signed archive of a case that a stranger can read and check without our software."""

from engine.casefile.making import MAX_REASON, CaseFile, make, may_make

__all__ = ["MAX_REASON", "CaseFile", "make", "may_make"]
