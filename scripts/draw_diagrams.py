"""Draws every shipped process as docs/diagrams/<process id>.png, with the viewer that the pages use."""

import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
VIEWER: Final = ROOT / "web" / "assets" / "node_modules" / "bpmn-js" / "dist"
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
MARGIN: Final = 24
OPEN: Final = """async ([xml, margin]) => {
  const viewer = new BpmnJS({ container: '#canvas' });
  const { warnings } = await viewer.importXML(xml);
  const { inner } = viewer.get('canvas').viewbox();
  const [width, height] = [inner.width + 2 * margin, inner.height + 2 * margin];
  const box = { x: inner.x - margin, y: inner.y - margin, width, height };
  const canvas = document.querySelector('#canvas');
  canvas.style.width = `${box.width}px`;
  canvas.style.height = `${box.height}px`;
  viewer.get('canvas').resized();
  viewer.get('canvas').viewbox(box);
  return { warnings: warnings.map(String), width: Math.ceil(box.width), height: Math.ceil(box.height) };
}"""


def draw(page: Page, diagram: Path, target: Path) -> list[str]:
    """Draw one diagram; gives the viewer's warnings."""
    page.set_content('<body style="margin:0;background:#fff"><div id="canvas" style="width:800px;height:600px"></div>')
    page.add_style_tag(path=VIEWER / "assets" / "diagram-js.css")
    page.add_style_tag(path=VIEWER / "assets" / "bpmn-js.css")
    page.add_script_tag(path=VIEWER / "bpmn-viewer.production.min.js")
    drawn = page.evaluate(OPEN, [diagram.read_text(encoding="utf-8"), MARGIN])
    page.set_viewport_size({"width": drawn["width"], "height": drawn["height"]})
    page.locator("#canvas").screenshot(path=target)
    return [f"{diagram}: {warning}" for warning in drawn["warnings"]]


def main() -> int:
    """Draw all; 1 when the viewer warns of anything."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("drawing needs Chromium: install Debian's chromium", file=sys.stderr)
        return 2
    folder = ROOT / "docs" / "diagrams"
    folder.mkdir(parents=True, exist_ok=True)
    warnings = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        for diagram in sorted((ROOT / "processes").rglob("*.bpmn")):
            warnings += draw(page, diagram, folder / f"{diagram.stem}.png")
        browser.close()
    print("\n".join(warnings) or f"drawn into {folder.relative_to(ROOT)}")
    return 1 if warnings else 0


if __name__ == "__main__":
    sys.exit(main())
