"""Small diagrams for sandboxes."""

from __future__ import annotations

import json
import re

from tests.unit.bpmn.drawing import Drawing


def files_of(*drawings: Drawing) -> dict[str, bytes]:
    """The files of drawings with an empty form for each that they name."""
    files = {f"{drawing.process_id}.bpmn": drawing.xml() for drawing in drawings}
    for drawing in drawings:
        for form in re.findall(r'formId="([^"]*)"', "".join(drawing.lines)):
            files[f"{form}.form"] = json.dumps({"id": form, "components": []}).encode()
    return files
