"""Pictures as an agent gives them: chosen, pasted, removed, without scripts, and seen again on the case's page."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from engine import accounts
from engine.clock import SystemClock
from engine.model import SYSTEM
from engine.store.migrate import upgrade
from tests.browser.served import served
from tests.browser.steps import log_in_on
from tests.engine.evidence import PROCESS, files, picture
from tests.engine.support import UncheckedDefinitions
from web import create_app, parts_of

pytestmark = pytest.mark.browser
PASSWORD = "correct horse"
PASTE = """() => {
  const bytes = Uint8Array.from(atob('%s'), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
  document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the process of the tests."""
    url = f"sqlite:///{tmp_path_factory.mktemp('files') / 'kefuflow.db'}"
    upgrade(url)
    app = create_app(database_url=url)
    db = parts_of(app).db
    UncheckedDefinitions(db, SystemClock()).deploy(files(), SYSTEM)
    with db.begin() as tx:
        accounts.add(tx, "wang", "王立新", PASSWORD, ["aftersales"])
    with served(app) as url:
        yield url
    db.close()


@pytest.fixture
def page_of(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def log_in(*, javascript: bool = True, width: int = 1440, dark: bool = False) -> Page:
        context = chromium.new_context(
            base_url=address,
            locale="zh-CN",
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            has_touch=width < 500,
            is_mobile=width < 500,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = log_in_on(context, "wang", PASSWORD, complaints)
        page.goto(f"/start/{PROCESS}")
        discard = page.get_by_test_id("draft-discard")
        if discard.count():  # what an earlier test chose and never sent is still there
            discard.click()
            expect(discard).to_have_count(0)
        return page

    yield log_in
    for context in contexts:
        context.close()
    assert [line for line in complaints if line != "no diagram to display"] == []  # the process has none


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"收到的第{number}件.jpg" for number in range(1, 12)]
    for number, path in enumerate(paths):
        path.write_bytes(picture(size=(320 + number, 240)))
    return paths


def shoot(page: Page, name: str) -> None:
    """Pictures for people to look at, where somebody asks for them."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True, caret="initial")


def loaded(page: Page, count: int, within: str = "") -> None:
    """So many small pictures are really shown."""
    expect(page.locator(f"{within} .file-face img")).to_have_count(count, timeout=20_000)
    shown = "[...document.querySelectorAll('.file-face img')].every((i) => (i.loading = 'eager') && i.naturalWidth > 0)"
    for _ in range(200):
        if page.evaluate(shown):
            return
        page.wait_for_timeout(50)
    raise AssertionError("a small picture is not shown")


def test_chosen_pictures_appear_are_removed_sent_and_seen_on_the_case(
    page_of: Callable[..., Page], photos: list[Path]
) -> None:
    page = page_of()
    page.goto(f"/start/{PROCESS}")
    page.fill("#f-order_id", "SO-9")
    shoot(page, "files-empty-1440")
    page.set_input_files("#f-received_images", photos[:3])
    loaded(page, 3)
    expect(page.locator("#f-remark")).to_be_visible()  # two pictures ask for an explanation
    loaded(page, 3)
    page.get_by_role("button", name="移除收到的第2件.jpg").click()
    loaded(page, 2)
    page.fill("#f-remark", "颜色不对")
    shoot(page, "files-chosen-1440")
    page.get_by_test_id("start").click()
    page.wait_for_url(re.compile("/cases/"))
    loaded(page, 2)
    shoot(page, "files-case-1440")
    page.get_by_test_id("tab-files").click()
    loaded(page, 2, "[data-test=files]")
    with page.expect_popup() as popup:
        page.get_by_text("收到的第1件.jpg").last.click()
    popup.value.wait_for_load_state()
    assert popup.value.evaluate("document.images[0].naturalWidth") == 320


def test_a_form_sent_while_a_file_is_on_its_way_goes_when_it_has_come(
    page_of: Callable[..., Page], photos: list[Path]
) -> None:
    page = page_of()
    held: list[Route] = []
    page.route("**/files", lambda route: held.append(route))
    page.fill("#f-order_id", "SO-11")
    page.set_input_files("#f-received_images", photos[:1])
    expect(page.locator(".file-before")).to_have_count(1)
    page.get_by_test_id("start").click()
    expect(page.locator(".file-status").first).to_have_text("文件还在上传,传完自动提交。")
    assert "/start/" in page.url
    held.pop().continue_()
    page.wait_for_url(re.compile("/cases/"))
    loaded(page, 1)


def test_a_form_sent_while_a_file_is_on_its_way_stays_when_the_file_is_refused(
    page_of: Callable[..., Page], tmp_path: Path
) -> None:
    (tmp_path / "说明.jpg").write_bytes(b"<script>alert(1)</script>")
    page = page_of()
    held: list[Route] = []
    page.route("**/files", lambda route: held.append(route))
    page.fill("#f-order_id", "SO-12")
    page.set_input_files("#f-received_images", tmp_path / "说明.jpg")
    expect(page.locator(".file-line.is-sending")).to_have_count(1)
    page.get_by_test_id("start").click()
    expect(page.locator(".file-status").first).to_have_text("文件还在上传,传完自动提交。")
    held.pop().continue_()
    expect(page.locator(".file-line.is-failed")).to_have_count(1)
    assert "/start/" in page.url
    expect(page.get_by_test_id("form-errors")).to_have_count(0)


def test_a_wrong_file_is_said_and_the_others_go_on(
    page_of: Callable[..., Page], photos: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "说明.jpg").write_bytes(b"<script>alert(1)</script>")
    (tmp_path / "很大.jpg").write_bytes(bytes(10 * 1024 * 1024 + 1))
    page = page_of()
    page.goto(f"/start/{PROCESS}")
    page.set_input_files("#f-received_images", [tmp_path / "说明.jpg", photos[0], tmp_path / "很大.jpg"])
    loaded(page, 1)
    box = page.locator("[data-files=received_images]")
    expect(box.locator(".file-line.is-failed")).to_have_count(2)
    expect(box.get_by_text("只能上传 JPG、PNG、WebP 图片或 PDF 文件。").first).to_be_visible()
    expect(box.get_by_text("超过 10 MB,请压缩后再上传。").first).to_be_visible()
    page.set_input_files("#f-received_images", photos[1:11])
    expect(box.locator("[data-file]")).to_have_count(9)
    expect(box.locator(".file-status")).to_have_text("最多 9 个文件,其余的没有上传。")
    expect(box.locator(".file-drop")).to_be_hidden()
    expect(box.locator(".file-line.is-failed")).to_have_count(2)
    shoot(page, "files-failed-1440")


def test_a_screenshot_is_pasted_at_the_place_with_the_focus_or_at_the_first(page_of: Callable[..., Page]) -> None:
    page = page_of()
    page.goto(f"/start/{PROCESS}")
    script = PASTE % base64.b64encode(picture("PNG", (50, 50))).decode()
    page.evaluate(script)
    loaded(page, 1)  # nothing has the focus: it goes to the first place that takes pictures
    page.evaluate(script.replace("document.body", "document.querySelector('#f-received_images')"))
    loaded(page, 2)


def test_a_missing_picture_is_said_at_the_field_and_keyboard_gets_there(page_of: Callable[..., Page]) -> None:
    page = page_of()
    page.goto(f"/start/{PROCESS}")
    page.get_by_test_id("start").click()
    expect(page.locator("#f-received_images-error")).to_have_text("请上传实际收到物品图片")
    page.get_by_test_id("form-errors").get_by_role("link").click()
    expect(page.locator("#f-received_images")).to_be_focused()
    shoot(page, "files-error-1440")


def test_without_scripts_a_plain_input_does(page_of: Callable[..., Page], photos: list[Path]) -> None:
    page = page_of(javascript=False)
    page.goto(f"/start/{PROCESS}")
    page.set_input_files("#f-received_images", photos[:2])
    page.get_by_test_id("start").click()
    expect(page.locator("#f-remark-error")).to_be_visible()
    expect(page.locator("[data-file] input[type=checkbox]")).to_have_count(2)
    shoot(page, "files-plain-1440")
    page.fill("#f-remark", "两张")
    page.locator("[data-file] input[type=checkbox]").first.uncheck()
    page.get_by_test_id("start").click()
    page.wait_for_url(re.compile("/cases/"))
    assert page.locator(".file-face img").count() == 1


def test_files_chosen_before_anybody_listens_are_sent_all_the_same(
    page_of: Callable[..., Page], photos: list[Path]
) -> None:
    """The fields are drawn anew at times; between that and the script's turn people choose files, too."""
    page = page_of()
    page.goto(f"/start/{PROCESS}")
    page.evaluate(
        """() => {
            const box = document.querySelector('[data-files=received_images]');
            const fresh = box.cloneNode(true);
            fresh.classList.remove('is-ready');
            box.replaceWith(fresh);
        }"""
    )
    page.set_input_files("#f-received_images", photos[:2])
    expect(page.locator(".file-line")).to_have_count(0)
    page.evaluate("document.dispatchEvent(new Event('htmx:afterSettle'))")
    loaded(page, 2)


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_there_is_a_camera_and_nothing_sticks_out(
    page_of: Callable[..., Page], photos: list[Path], dark: bool
) -> None:
    page = page_of(width=390, dark=dark)
    page.goto(f"/start/{PROCESS}")
    camera = page.locator("[data-files=received_images] [data-camera]")
    expect(camera).to_be_visible()
    assert (camera.bounding_box() or {})["height"] >= 44
    page.locator("[data-files=received_images] [data-camera-input]").set_input_files(photos[0])
    loaded(page, 1)
    page.set_input_files("#f-received_images", photos[1:4])
    loaded(page, 4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill("#f-remark", "四张")
    shoot(page, f"files-phone{'-dark' if dark else ''}")
    page.get_by_test_id("start").click()
    page.wait_for_url(re.compile("/cases/"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(page, f"files-case-phone{'-dark' if dark else ''}")
