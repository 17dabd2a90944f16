"""The replay of a case in the browser: tokens run on the drawn lines, keys and links find moments, long films flow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from engine import accounts
from engine.clock import VirtualClock
from engine.store.database import Database
from tests.browser.served import served
from tests.browser.steps import log_in_on
from tests.conftest import FRIDAY_9AM
from tests.engine.support import Engine
from tests.unit.bpmn.drawing import Drawing
from web import create_app

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"
STEP, TRAVEL = 150, 700
SIZES = {"Event": (36, 36), "Gateway": (50, 50)}
TASK = (100, 80)

#: Plays to the end and notes, frame by frame, where the tokens are and what the state is.
SAMPLE = """(speed) => new Promise((done) => {
  const { player, film, stage } = window.kefuflowReplay, samples = [];
  const look = () => {
    const registry = stage.scene.registry;
    const tokens = [...stage.scene.container.querySelectorAll('.replay-token')].map((circle) => ({
      flow: circle.dataset.flow, x: +circle.getAttribute('cx'), y: +circle.getAttribute('cy'),
      line: registry.get(circle.dataset.flow).waypoints.map(({ x, y }) => [x, y]),
    }));
    const { scene } = stage, box = scene.container.getBoundingClientRect();
    samples.push({ instance: stage.instance, position: player.position, count: player.count, tokens,
      state: STATE(film.stateAfter(player.count)), wide: box.width });
    if (player.playing) requestAnimationFrame(look); else done(samples);
  };
  player.speed = speed; player.play(); requestAnimationFrame(look);
})"""
#: A state as text: counts by instance and kind, in the order of their names.
STATE = "((sum) => JSON.stringify(sum.of.map((kinds) => kinds.map((map) => [...map].sort()))))"
#: The same, added up frame by frame without the film's own sums.
ADDED = """((film, count) => {
  const of = film.instances.map(() => [new Map(), new Map(), new Map(), new Map()]);
  const effects = { enter: [[0, 1]], leave: [[0, -1], [1, 1]], pass: [[1, 1]], cancel: [[0, -1]], flow: [[2, 1]],
    trouble: [[3, 1]], mended: [[3, -1]], note: [] };
  film.frames.slice(0, count).forEach(([instance, , what, id]) => effects[what].forEach(([kind, more]) => {
    const map = of[instance][kind], now = (map.get(id) || 0) + more;
    if (now) map.set(id, now); else map.delete(id);
  }));
  return STATE({ of });
})"""


def script(text: str) -> str:
    return text.replace("ADDED", ADDED).replace("STATE", STATE)


class Drawn(Drawing):
    """A drawing with places: elements in a grid, flows from edge to edge."""

    def __init__(self, process_id: str, places: dict[str, tuple[int, int]]) -> None:
        super().__init__(process_id)
        self.places = places

    def box(self, id_: str) -> tuple[float, float, float, float]:
        (tag,) = [line[6:].split(" ")[0] for line in self.lines if f' id="{id_}"' in line.split(">")[0]]
        width, height = next((size for end, size in SIZES.items() if tag.endswith(end)), TASK)
        column, row = self.places[id_]
        return 100 + column * STEP - width / 2, 100 + row * STEP - height / 2, width, height

    def xml(self) -> bytes:
        shapes = "".join(self._shape(id_) for id_ in self.places)
        edges = "".join(self._edge(line) for line in self.lines if line.startswith("<bpmn:sequenceFlow"))
        plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="{self.process_id}">{shapes}{edges}</bpmndi:BPMNPlane>'
        spaces = (
            'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
            'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
        )
        diagram = f'<bpmndi:BPMNDiagram {spaces} id="diagram">{plane}</bpmndi:BPMNDiagram></bpmn:definitions>'
        return super().xml().replace(b"</bpmn:definitions>", diagram.encode())

    def _shape(self, id_: str) -> str:
        x, y, width, height = self.box(id_)
        bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
        return f'<bpmndi:BPMNShape id="{id_}_di" bpmnElement="{id_}">{bounds}</bpmndi:BPMNShape>'

    def _edge(self, line: str) -> str:
        id_, source, target = (line.split(f'{name}="')[1].split('"')[0] for name in (" id", "sourceRef", "targetRef"))
        points = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in self._way(source, target))
        return f'<bpmndi:BPMNEdge id="{id_}_di" bpmnElement="{id_}">{points}</bpmndi:BPMNEdge>'

    def _way(self, source: str, target: str) -> list[tuple[float, float]]:
        (sx, sy, sw, sh), (tx, ty, tw, th) = self.box(source), self.box(target)
        right, left = (sx + sw, sy + sh / 2), (tx, ty + th / 2)
        if tx < sx:  # back: below everything between
            down = max(sy + sh, ty + th) + 60
            return [(sx + sw / 2, sy + sh), (sx + sw / 2, down), (tx + tw / 2, down), (tx + tw / 2, ty + th)]
        if right[1] == left[1]:
            return [right, left]
        middle = (right[0] + left[0]) / 2
        return [right, (middle, right[1]), (middle, left[1]), left]


def drawings() -> tuple[Drawn, Drawn]:
    """A loop, then two branches side by side, one of which calls a process."""
    places = {"start": (0, 1), "m": (1, 1), "ask": (2, 1), "g": (3, 1), "fork": (4, 1), "a": (5, 0), "sub": (5, 2)}
    d = Drawn("p", places | {"join": (6, 1), "end": (7, 1)})
    d.start().gateway("m").user("ask").gateway("g", default="g_fork").gateway("fork", "parallel")
    d.user("a").call("sub", "c").gateway("join", "parallel").end()
    d.flow("start", "m", "ask", "g", "fork", "a", "join", "end").flow("fork", "sub", "join")
    d.flow("g", "m", when="=more")
    child = Drawn("c", {"start": (0, 0), "inner": (1, 0), "end": (2, 0)})
    child.start().user("inner").end().flow("start", "inner", "end")
    return d, child


@dataclass
class Replayed:
    """A served case that was played in full."""

    url: str
    case_id: str
    app: Flask

    @property
    def path(self) -> str:
        return f"/audit/{self.case_id}/replay"


@pytest.fixture(scope="module")
def replayed(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    path = tmp_path_factory.mktemp("replayed") / "k.db"
    shutil.copy(empty_database, path)
    db, clock = Database.open(f"sqlite:///{path}"), VirtualClock(FRIDAY_9AM)
    engine = Engine(db, clock)
    engine.deploy(*drawings())
    engine.start(order_id="SO-1001", receiver_phone="13800138000")
    for more in (True, True, False):
        clock.advance(timedelta(days=2, hours=3))
        engine.complete("ask", more=more)
    clock.advance(timedelta(hours=5))
    engine.complete("inner", checked=True)
    clock.advance(timedelta(minutes=20))
    engine.complete("a")
    (case_id,) = engine.column("SELECT DISTINCT case_id FROM process_instance")
    with db.begin() as tx:
        accounts.add(tx, "zheng", "郑审计", PASSWORD, ["auditor"])
    db.close()
    app = create_app(database_url=f"sqlite:///{path}", clock=clock, RATELIMIT_ENABLED=False)
    with served(app) as url:
        yield Replayed(url=url, case_id=str(case_id), app=app)


@pytest.fixture
def auditor(chromium: Browser, replayed: Replayed) -> Iterator[Callable[..., Page]]:
    """Gives the page of the auditor; complaints of the browser fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def log_in(*, width: int = 1440, **more: Any) -> Page:
        context = chromium.new_context(
            base_url=replayed.url, locale="zh-CN", timezone_id="Asia/Tokyo", viewport={"width": width, "height": 900},
            **more,
        )  # fmt: skip
        contexts.append(context)
        return log_in_on(context, "zheng", PASSWORD, complaints)

    yield log_in
    for context in contexts:
        context.close()
    assert complaints == []


def open_replay(page: Page, path: str) -> Page:
    page.goto(path)
    expect(page.locator("[data-replay]")).to_have_attribute("data-ready", "yes")
    return page


def count(page: Page) -> int:
    return int(page.evaluate("window.kefuflowReplay.player.count"))


def length(page: Page) -> int:
    return int(page.evaluate("window.kefuflowReplay.film.length"))


def distance(x: float, y: float, line: list[list[float]]) -> float:
    """From a point to a line through waypoints."""

    def to_piece(start: list[float], end: list[float]) -> float:
        (ax, ay), (bx, by) = start, end
        whole = (bx - ax) ** 2 + (by - ay) ** 2
        share = 0.0 if whole == 0 else max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / whole))
        return float(((ax + share * (bx - ax) - x) ** 2 + (ay + share * (by - ay) - y) ** 2) ** 0.5)

    return min(to_piece(start, end) for start, end in pairwise(line))


def test_tokens_run_along_the_flows_that_are_taken(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    film = page.request.get(f"{replayed.path}/film.json").json()
    samples = page.evaluate(script(SAMPLE), 2)
    assert samples[-1]["count"] == len(film["frames"])
    seen: set[str] = set()
    for sample in samples:
        taken = {f[3] for f in film["frames"][: sample["count"]] if f[2] == "flow" and f[0] == sample["instance"]}
        for token in sample["tokens"]:
            assert token["flow"] in taken
            assert distance(token["x"], token["y"], token["line"]) < 2, token
            seen.add(f"{sample['instance']} {token['flow']}")
    assert seen == {f"{f[0]} {f[3]}" for f in film["frames"] if f[2] == "flow"}
    assert {token["flow"] for s in samples for token in s["tokens"] if s["instance"] == 1} == {
        "start_inner",
        "inner_end",
    }
    assert any({"fork_a", "fork_sub"} <= {token["flow"] for token in s["tokens"]} for s in samples)
    moved = [token["x"] for s in samples for token in s["tokens"] if token["flow"] == "start_m"]
    assert moved == sorted(moved)
    assert len(set(moved)) > 3


def test_what_was_played_is_what_is_sought(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    samples = page.evaluate(script(SAMPLE), 8)
    for sample in samples[:: max(1, len(samples) // 12)][::-1]:
        again, added = page.evaluate(
            script("""(position) => { const { player, film } = window.kefuflowReplay;
              player.seek(0); player.seek(position);
              return [STATE(film.stateAfter(player.count)), ADDED(film, player.count)]; }"""),
            sample["position"],
        )
        assert again == sample["state"] == added


def test_the_film_ends_as_the_live_diagram_is(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    page.keyboard.press("End")
    page.evaluate("window.kefuflowReplay.player.turn(0)")
    shown = """(root) => ['kf-done', 'kf-active', 'kf-taken'].map((name) =>
      [...document.querySelectorAll(`${root} .${name}`)].map((e) => e.dataset.elementId).sort())"""
    replay = page.evaluate(shown, ".replay-scene:not([hidden])")
    page.goto(f"/cases/{replayed.case_id}")
    expect(page.locator("[data-diagram]")).to_have_attribute("data-ready", "yes")
    assert page.evaluate(shown, "[data-diagram]") == replay
    assert replay[0]


def test_the_called_process_opens_inside_and_its_caller_comes_back(
    auditor: Callable[..., Page], replayed: Replayed
) -> None:
    page = open_replay(auditor(), replayed.path)
    crumbs = page.get_by_test_id("crumbs").locator("button")
    expect(crumbs).to_have_count(1)
    first = page.evaluate("window.kefuflowReplay.spans[1][0]")
    page.evaluate("(n) => window.kefuflowReplay.player.seekTo(n + 1)", first)
    expect(crumbs).to_have_count(2)
    expect(crumbs.nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".replay-scene:not([hidden]) [data-element-id=inner]")).to_be_visible()
    crumbs.first.click()
    expect(page.locator(".replay-scene:not([hidden]) [data-element-id=sub]")).to_have_class(
        "djs-element djs-shape kf-active"
    )
    expect(page.locator("[data-follow]")).not_to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".replay-scene:not([hidden]) [data-element-id=sub]")).to_be_visible()
    page.locator("[data-follow]").check()
    page.keyboard.press("End")
    expect(crumbs).to_have_count(1)


def test_keys_lead_through_the_case(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    page.keyboard.press("End")
    assert count(page) == length(page)
    page.keyboard.press("ArrowLeft")
    assert count(page) == length(page) - 1
    page.keyboard.press("Home")
    assert count(page) == 0
    page.keyboard.press("ArrowRight")
    assert count(page) == 1
    expect(page.get_by_test_id("heard")).to_contain_text("流程开始")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_test_id("clock-shown")).to_have_text("2026-01-04 12:00:00")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_test_id("clock-shown")).to_have_text("2026-01-02 09:00:00")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "暂停")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "播放")
    page.get_by_test_id("seek").focus()
    page.keyboard.press("End")
    assert count(page) == length(page)
    page.locator("[data-test=moments] button[aria-current]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert count(page) == length(page) - 1


def test_the_same_person_and_the_same_step_are_found_again(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    kinds = "(n) => window.kefuflowReplay.film.frames[n - 1].slice(2, 4)"
    page.locator(".replay-scene [data-element-id=ask] .djs-hit").first.click()
    expect(page.locator("[data-picked]")).to_have_text("步骤:ask!")
    for what in ("enter", "leave", "enter", "leave"):
        page.keyboard.press("Shift+ArrowRight")
        assert page.evaluate(kinds, count(page)) == [what, "ask"]
    page.get_by_test_id("by").select_option("person")
    page.get_by_test_id("person").select_option(label="系统")
    page.locator("body").click(position={"x": 2, "y": 400})
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    assert count(page) == 1


def test_the_address_names_the_moment_and_leads_back(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    at = page.evaluate("(({ film, player }) => film.frames[player.count - 1])(window.kefuflowReplay)")
    moment = f"{replayed.case_id}.{at[5]}"
    expect(page).to_have_url(f"{replayed.url}{replayed.path}?at={moment}")
    other = open_replay(auditor(), f"{replayed.path}?at={moment}")
    assert count(other) == 7
    expect(other.locator("[data-test=moments] button[aria-current=step]")).to_have_attribute("data-index", "6")
    other.goto(f"/audit/{replayed.case_id}")
    other.locator(f"[data-test=history] a[href$='at={moment}']").click()
    expect(other.locator("[data-replay]")).to_have_attribute("data-ready", "yes")
    assert count(other) == 7


def test_a_moment_of_another_case_is_said_to_be_unknown(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), f"{replayed.path}?at=999.1")
    expect(page.get_by_test_id("said")).to_contain_text("不在这个工单的历史里")
    assert count(page) == 0


def test_long_waits_are_shortened_and_say_so(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    page.evaluate("""() => { const { film, player } = window.kefuflowReplay, [wait] = [...film.waits.values()];
      player.seek((wait.from + wait.to) / 2); }""")
    expect(page.get_by_test_id("wait")).to_have_text("等待 2天3小时,已压缩")
    assert page.evaluate("window.kefuflowReplay.film.duration") < 60_000


def test_the_details_tell_values_and_the_list_can_be_narrowed(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(), replayed.path)
    moments = page.get_by_test_id("moments").locator("li")
    all_of_them = length(page)
    expect(moments).to_have_count(all_of_them)
    expect(moments.first).to_have_attribute("aria-setsize", str(all_of_them))
    page.get_by_test_id("kind").select_option("important")
    page.get_by_test_id("element").select_option(label="inner!")
    expect(moments).to_have_count(2)
    moments.nth(1).locator("button").click()
    expect(page.get_by_test_id("details")).to_contain_text("完成任务 inner!")
    expect(page.get_by_test_id("details").locator("ins")).to_have_text("是")


def test_who_wants_no_motion_sees_jumps_only(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(reduced_motion="reduce"), replayed.path)
    samples = page.evaluate(script(SAMPLE), 8)
    assert [sample for sample in samples if sample["tokens"]] == []
    assert samples[-1]["count"] == length(page)


def test_without_scripts_the_page_leads_to_the_history(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = auditor(java_script_enabled=False)
    page.goto(replayed.path)
    page.locator(".note a").click()
    expect(page.get_by_test_id("history")).to_be_visible()


def test_nothing_is_wider_than_a_phone(auditor: Callable[..., Page], replayed: Replayed) -> None:
    page = open_replay(auditor(width=390), replayed.path)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


# --- a film of ten thousand events ------------------------------------------------------------------

ROUND = ["enter ask", "leave ask", "flow ask_g", "pass g", "flow g_m", "pass m", "flow m_ask"]
FRAMES = """(milliseconds) => new Promise((done) => {
  const { player } = window.kefuflowReplay, spans = []; let before = null;
  const look = (now) => { if (before !== null) spans.push(now - before); before = now;
    if (now - first < milliseconds && player.playing) requestAnimationFrame(look);
    else { player.pause(); done({ spans: spans.sort((a, b) => a - b), count: player.count }); } };
  const first = performance.now(); player.speed = 8; player.play(); requestAnimationFrame(look);
})"""
SEEKS = """() => { const { player, film } = window.kefuflowReplay, spans = [];
  for (let n = 0; n < 30; n += 1) {
    const to = film.duration * ((n * 0.381966) % 1), from = performance.now();
    player.seek(to); document.body.getBoundingClientRect();
    spans.push(performance.now() - from);
    if (STATE(film.stateAfter(player.count)) !== ADDED(film, player.count)) throw new Error(`differs at ${to}`);
  }
  return spans.sort((a, b) => a - b);
}"""


def long_film(film: dict[str, Any], events: int) -> dict[str, Any]:
    """The same case, had it gone round for long."""
    at, frames = film["frames"][0][1], []
    for n in range(events):
        what, element = ROUND[n % len(ROUND)].split(" ")
        at += 3_600_000 if what == "leave" else 0
        frames.append([0, at, what, element, 1, n + 1])
    line = [
        0,
        0,
        0,
        "plain",
        0,
        {"notes": ["客户说还没有收到货"], "changes": [["描述", "description", "空", "又问了一次"]]},
    ]
    return {**film, "frames": frames, "lines": [line] * events, "texts": ["通过"]}


@pytest.fixture
def long_one(auditor: Callable[..., Page], replayed: Replayed) -> Page:
    page = auditor()
    film = page.request.get(f"{replayed.path}/film.json").json()
    text = json.dumps(long_film(film, 10_000))
    page.route("**/film.json", lambda route: route.fulfill(body=text, content_type="application/json"))
    return open_replay(page, replayed.path)


def quickest(measure: Callable[[], list[float]], limit: float) -> list[float]:
    """The spans, in milliseconds and sorted, of the best of three measurements: other tests take the processor too."""
    found: list[list[float]] = []
    while not found or (len(found) < 3 and near_longest(found[-1]) >= limit):
        found.append(measure())
    return min(found, key=near_longest)


def near_longest(spans: list[float]) -> float:
    return spans[int(len(spans) * 0.95)]


def test_ten_thousand_events_stay_fluid(long_one: Page) -> None:
    assert long_one.locator("[data-test=moments] li").count() == 100
    seeks = quickest(lambda: long_one.evaluate(script(SEEKS)), 100)
    assert near_longest(seeks) < 100, seeks

    def frames() -> list[float]:
        long_one.evaluate("window.kefuflowReplay.player.seek(window.kefuflowReplay.film.duration / 3)")
        spans: list[float] = long_one.evaluate(FRAMES, 3000)["spans"]
        return spans

    spans = quickest(frames, 50)
    assert near_longest(spans) < 50, spans[-20:]
    assert len(spans) > 40


def test_the_list_of_ten_thousand_is_walked_page_by_page(long_one: Page) -> None:
    moments = long_one.get_by_test_id("moments").locator("li")
    expect(moments.first).to_have_attribute("aria-setsize", "10000")
    long_one.keyboard.press("End")
    expect(moments.last).to_have_attribute("aria-posinset", "10000")
    expect(moments.last.locator("button")).to_have_attribute("aria-current", "step")
    long_one.locator("[data-page='-1']").click()
    expect(moments.first).to_have_attribute("aria-posinset", "9801")
    moments.first.locator("button").focus()
    long_one.keyboard.press("ArrowUp")
    expect(long_one.locator("[data-test=moments] button:focus")).to_have_attribute("data-index", "9799")
