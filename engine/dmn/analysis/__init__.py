"""Analysis of decision tables for their owners: overlaps, gaps and rules that never hit, each with an example input."""

from engine.dmn.analysis.domains import Domain, domains_of
from engine.dmn.analysis.examine import examine
from engine.dmn.analysis.report import Example, Gap, Overlap, Report, Unreachable
from engine.dmn.analysis.sentences import describe

__all__ = ["Domain", "Example", "Gap", "Overlap", "Report", "Unreachable", "describe", "domains_of", "examine"]
