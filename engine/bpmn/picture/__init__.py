"""Pictures of diagrams without a browser: SVG from the diagram interchange, for papers, mails and reports."""

from engine.bpmn.picture.compared import Compared
from engine.bpmn.picture.marks import Marks
from engine.bpmn.picture.sheet import Sheet, sheets, svg

__all__ = ["Compared", "Marks", "Sheet", "sheets", "svg"]
