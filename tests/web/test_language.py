"""Chinese first, English on request; both complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from engine import roster
from engine.scripts import filling, flag_notes
from tests.sample import some
from tests.web.browser import INQUIRY, PEOPLE, Browser
from tests.web.test_permissions import READ, routes
from web import format as words
from web import parts_of, terms

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
CATALOG = WEB / "translations/en/LC_MESSAGES/messages"
TERMS = CATALOG.with_name("terms")
NOW = datetime(2026, 11, 21, 7, 40, tzinfo=UTC)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACES = re.compile(r"%\((\w+)\)[sd]")
#: What is looked up; ``pgettext`` has a context before the text.
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
KEYWORDS |= dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2))


def used_texts() -> set[tuple[str | None, str]]:
    methods = [("templates/**.html", "jinja2"), ("assets/**", "ignore"), ("**.py", "python")]
    found = extract_from_dir(WEB, method_map=methods, keywords=KEYWORDS)
    return {(context, text if isinstance(text, str) else text[0]) for _, _, text, _, context in found}


def catalog_of(path: Path) -> Catalog:
    with path.with_suffix(".po").open("rb") as po:
        return read_po(po, locale="en")


def test_every_text_of_the_pages_has_its_english_and_nothing_else_has() -> None:
    catalog, used = catalog_of(CATALOG), used_texts()
    english = {(m.context, m.id if isinstance(m.id, str) else m.id[0]): m.string for m in catalog if m.id}
    assert used - english.keys() == set()
    assert english.keys() - used == set()
    assert [text for text, said in english.items() if not said or not all(said)] == []


@pytest.mark.parametrize("path", [CATALOG, TERMS])
def test_english_fills_in_what_chinese_fills_in(path: Path) -> None:
    for message in catalog_of(path):
        for said in several(message.string) if message.id else ():
            assert set(PLACES.findall(said)) == set(PLACES.findall(several(message.id)[0])), message.id


def test_every_word_of_the_engine_has_its_english() -> None:
    english = {str(message.id): message.string for message in catalog_of(TERMS) if message.id}
    assert english.keys() == terms.fixed() | set(terms.SHAPES)
    assert [text for text, said in english.items() if not said] == []


@pytest.mark.parametrize("path", [CATALOG, TERMS])
def test_the_compiled_catalog_is_the_one_that_is_read(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as mo:
        compiled = read_mo(BytesIO(mo.read()))
    assert texts(catalog_of(path)) == texts(compiled)


def several(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def texts(catalog: Catalog) -> dict[tuple[str, tuple[str, ...]], tuple[str, ...]]:
    def context(of: str | bytes | None) -> str:  # a compiled catalogue has bytes
        return of.decode() if isinstance(of, bytes) else of or ""

    return {(context(one.context), several(one.id)): several(one.string) for one in catalog if one.id}


# --- nothing is said past the catalogue ----------------------------------------------------------

#: Of the language itself, or written into files and data that are Chinese.
CHINESE_ON_PURPOSE = {
    ("i18n.py", "中文"),
    *(("format.py", text) for text in ("年", "月", "日", "是", "否")),
    *(("roster.py", f"周{day}") for day in "一二三四五六日"),  # marked as texts in the calendar
    *(("roster.py", text) for text in ("排班 ", " 至 ")),  # name of a file
    ("kpi_import.py", "-模板."),  # name of a file
    *((name, "全店") for name in ("kpi.py", "kpi_rows.py")),  # compared with
    ("lookups.py", "来源:"),  # where a table's own text says where it comes from
    ("next_words.py", "等"),  # compared with
    ("message_templates.py", "停用"),  # line of a version's text
    *(("roster_absences.py", text) for text in ("开始时间", "结束时间")),  # in an error's sentence
    ("script_changes.py", "售前"),  # a tag
    ("script_forms.py", "待填"),  # what a blank is called until somebody names it
}


def is_a_pair(node: ast.AST) -> bool:
    """A sentence kept for the error below it, or the Chinese and the English given together."""
    if isinstance(node, ast.Assign):
        return [getattr(one, "id", "") for one in node.targets] == ["said"]
    return isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)


def bare_texts(source: Path) -> set[tuple[str, str]]:
    """Chinese of a module that is neither looked up nor an error's sentence, of which there is an English one."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    said: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            looked_up = node.args if name in {*KEYWORDS, "compile"} else []
            sentences = [word.value for word in node.keywords if word.arg == "message_zh"]
            said.update(inner for part in [*looked_up, *sentences] for inner in ast.walk(part))
        elif is_a_pair(node):
            said.update(ast.walk(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said.add(node.value)
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in said]
    return {(source.name, str(node.value)) for node in constants if CHINESE.search(str(node.value))}


def test_modules_say_nothing_past_the_catalogue() -> None:
    found = set().union(*(bare_texts(source) for source in WEB.glob("*.py") if source.name != "terms.py"))
    assert found - CHINESE_ON_PURPOSE == set()


def test_templates_say_nothing_past_the_catalogue() -> None:
    looked_up = re.compile(
        r"""\{#.*?#\}|\b(?:_|n?p?gettext)\((?:\s*(?:"[^"]*"|'[^']*'),?)+|== '[^']*'|!= '[^']*'""", re.DOTALL
    )
    left = {
        str(page.relative_to(WEB)): line
        for page in sorted((WEB / "templates").rglob("*.html"))
        for line in looked_up.sub("", page.read_text(encoding="utf-8")).splitlines()
        if CHINESE.search(line)
    }
    assert left == {}


def test_scripts_say_nothing_themselves() -> None:
    sources = [*(WEB / "assets/js").glob("*.js")]
    assert sources
    assert [source.name for source in sources if CHINESE.search(source.read_text(encoding="utf-8"))] == []


# --- pages in English ----------------------------------------------------------------------------

RUN = re.compile(r"[\u4e00-\u9fff]+")
#: What people wrote, and the product's first settings, which are the shop's from then on.
WRITTEN = f"""
{PEOPLE} {INQUIRY} {[shift.name for shift in roster.DEFAULT]} {list(flag_notes.ACTIONS)} 中文 初始日历 初始话术
{list(filling.SOURCES.values())} 四件套 无差价 催四件套 静 张 浙江省杭州市 杭州 亲 您好 暂无 白班 休 今天 售前 售后
"""
#: What the English itself quotes.
QUOTED = re.compile("“[^”]*”|「[^」]*」")


@pytest.fixture(scope="module")
def shops_own() -> frozenset[str]:
    """Runs of Chinese that come from the shop's files: names, labels, scripts, lists of words."""
    files = [path for folder in ("processes", "forms") for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [*(ROOT / "engine/wording").rglob("*.json"), *(ROOT / "engine/wording").rglob("*.py")]
    files += [*(ROOT / "engine/labels").glob("*.py"), ROOT / "engine/collaboration/letters.py"]
    files += [path for folder in ("registers", "shop") for path in (ROOT / "engine" / folder).glob("*.py")]
    read = [path.read_text(encoding="utf-8", errors="ignore") for path in files]
    texts = [*read, *(QUOTED.sub("", text) for text in read), WRITTEN]
    return frozenset(run for text in texts for run in RUN.findall(text))


class Shown(HTMLParser):
    """Texts and attributes of a page that somebody reads or hears; what is marked as data is not the page's own."""

    HIDDEN = frozenset({"href", "action", "hx-get", "hx-post", "data-name", "data-say", "name", "id", "for"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._data = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        hidden = self.HIDDEN | ({"value"} if ("type", "hidden") in attrs or tag in {"button", "option"} else set())
        self.found += [value for name, value in attrs if value and name not in hidden]
        if ("translate", "no") in attrs:
            self._data = tag  # nothing of the same kind stands in it

    def handle_endtag(self, tag: str) -> None:
        if tag == self._data:
            self._data = ""

    def handle_data(self, data: str) -> None:
        if not self._data:
            self.found.append(data)


#: Who reads a page for the test: the first who may.
READERS = ("chen", "zhao", "admin", "zhou", "wang", "qian", "zheng", "cang", "lin", "kuai")


def read_by(app: Flask, person: str) -> list[str]:
    """Addresses that this reader is the first to see; those of no table are tried by two."""
    mine = [path for path, people in READ.items() if person == next((one for one in READERS if one in people), "")]
    plain = {path for path in routes(app) if "<" not in path} - READ.keys() - {"/logout", "/login"}
    return mine + (sorted(plain) if person in {"zhao", "admin"} else [])


def strangers(page: str, shops_own: frozenset[str]) -> list[str]:
    """Texts of a page with Chinese that is not the shop's own."""
    shown = Shown(page).found
    return [text for text in shown if any(run not in shops_own for run in RUN.findall(QUOTED.sub("", text)))]


@pytest.mark.parametrize("person", READERS)
def test_no_page_says_chinese_of_its_own_in_english(
    app: Flask, browse: Callable[[str], Browser], shops_own: frozenset[str], person: str
) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    definition = parts_of(app).definitions.latest("p10_courier_query").key
    places = {"case": case, "task": str(wang.open_task(case)), "definition": str(definition)}
    reader = browse(person)
    reader.client.set_cookie("lang", "en")
    found: dict[str, str] = {}
    for path in some(read_by(app, person), 12):
        answer = reader.get(path.format(**places))
        if answer.status_code == 200 and answer.content_type.startswith("text/html"):
            found |= {text.strip()[:80]: path for text in strangers(answer.text, shops_own)}
    assert found == {}


def test_english_is_switched_on_and_stays(browse: Callable[[str], Browser], shops_own: frozenset[str]) -> None:
    wang = browse("wang")
    assert wang.post("/preferences", {"lang": "en", "next": "/inbox"}).location == "/inbox"
    page = wang.get("/inbox").text
    assert '<html lang="en"' in page
    assert "My groups" in page
    assert strangers(page, shops_own) == []
    wang.post("/preferences", {"lang": "zh"})
    chinese = wang.get("/inbox").text
    assert "我的岗位" in chinese
    assert strangers(chinese, shops_own) != []


@pytest.mark.parametrize("path", ["/login", "/no-such-page"])
def test_pages_without_data_are_wholly_english(app: Flask, path: str) -> None:
    client = app.test_client()
    client.set_cookie("lang", "en")
    text = client.get(path, follow_redirects=True).text
    assert not CHINESE.search(text.replace("中文", ""))


def test_errors_of_the_engine_are_english_too(browse: Callable[[str], Browser]) -> None:
    wang, sun = browse("wang"), browse("sun")
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    sun.post("/preferences", {"lang": "en"})
    answer = sun.post(f"/tasks/{task}/claim")
    assert answer.status_code == 409
    assert "claimed" in answer.text


def test_an_unknown_choice_changes_nothing(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    wang.post("/preferences", {"lang": "klingon", "theme": "pink"})
    assert '<html lang="zh-CN">' in wang.get("/inbox").text
    wang.post("/preferences", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in wang.get("/inbox").text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(0), "今天 15:40"),
        (timedelta(hours=15, minutes=40), "今天 00:00"),
        (timedelta(hours=15, minutes=41), "昨天 23:59"),
        (timedelta(days=-1), "明天 15:40"),
        (timedelta(days=2), "11月19日 15:40"),
        (timedelta(days=365), "2025年11月21日 15:40"),
    ],
)
def test_moments_read_as_people_say_them(app: Flask, ago: timedelta, text: str) -> None:
    with app.test_request_context():
        assert words.moment(NOW - ago, NOW) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "不到1分"),
        (timedelta(hours=3, minutes=20), "3小时20分"),
        (timedelta(days=2, hours=4, minutes=59), "2天4小时"),
        (timedelta(hours=2), "2小时"),
        (timedelta(minutes=-5), "5分"),
    ],
)
def test_durations_have_their_two_greatest_units(app: Flask, span: timedelta, text: str) -> None:
    with app.test_request_context():
        assert words.duration(span) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "空"),
        (True, "是"),
        (Decimal("1.50"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (["a", Decimal(2)], "a、2"),
        ({"a": None}, "a: 空"),
        ([{"name": "四件套", "quantity": Decimal(2)}], "四件套 ×2"),
        (datetime(2026, 1, 2, 1, 0, tzinfo=UTC), "2026-01-02 09:00"),
    ],
)
def test_values_read_as_people_write_them(app: Flask, value: object, text: str) -> None:
    with app.test_request_context():
        assert words.value(value) == text


def test_money_has_its_sign_and_groups(app: Flask) -> None:
    assert words.money(Decimal("1234.5")) == "¥1,234.50"


# --- what is put together at run time ------------------------------------------------------------


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("转化率", "Conversion rate"),
        ("2026年1月", "Jan 2026"),
        ("2026年1月5日", "5 Jan 2026"),
        ("2025年第52周(12月22日–12月28日)", "week 52 of 2025 (22 Dec – 28 Dec)"),
        ("缺少:2025年12月的销售目标", "missing: sales target of Dec 2025"),
        ("K12 打字速度:没有目标", "K12 Typing speed: no target"),
        (
            "缺少:店铺数据 2026年1月(付款订单数);缺少:2026年1月的订单(带客服)",
            "missing: shop data of Jan 2026 (Number of paid orders); missing: orders of Jan 2026 with their agent",
        ),
        ("王立新", "王立新"),
        ("查询物流状态", "查询物流状态"),
        ("", ""),
    ],
)
def test_the_engines_words_read_in_english_and_names_stay(app: Flask, chinese: str, english: str) -> None:
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert terms.term(chinese) == english
    with app.test_request_context():
        assert terms.term(chinese) == chinese


@pytest.mark.parametrize("longest", ["%(first)s;%(rest)s", "缺少:", ";" * 5000, "本期没有" * 2000, "K1 " * 3000])
def test_strange_texts_of_any_length_stay_as_they_are(app: Flask, longest: str) -> None:
    text = longest.replace("%(first)s", "甲").replace("%(rest)s", "乙")
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        said = terms.term(text)
    assert said.replace("; ", ";") == text or said.startswith("none in this period")


def test_what_a_case_waits_for_names_its_groups_in_english(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert terms.waiting("核实(售后客服、客服主管)") == "核实 (aftersales, supervisor)"
        assert terms.waiting("补全信息(重要)") == "补全信息(重要)"


@pytest.mark.parametrize(("lang", "said"), [("en", "甲, 乙"), ("zh", "甲、乙")])
def test_lists_have_the_separator_of_the_language(app: Flask, lang: str, said: str) -> None:
    with app.test_request_context(headers={"Cookie": f"lang={lang}"}):
        assert app.jinja_env.from_string("{{ ['甲', '乙'] | join('、') }}").render() == said
        assert words.value(["甲", "乙"]) == said


def test_one_chinese_word_is_two_in_english(app: Flask) -> None:
    page = app.jinja_env.from_string("{{ _('退回') }}/{{ pgettext('offer', '退回') }}")
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert page.render() == "Release/Give back"
    with app.test_request_context():
        assert page.render() == "退回/退回"


def test_what_is_wrong_is_a_sentence_in_english(browse: Callable[[str], Browser]) -> None:
    admin = browse("admin")
    form = {"year": "2026", "based_on": "1", "shifts": "day 白班 09:00-17:30", "hours_mon": "nine"}
    chinese = admin.post("/calendar", form).text
    admin.post("/preferences", {"lang": "en"})
    english = admin.post("/calendar", form).text
    assert "营业时间“nine”应写成" in chinese
    assert "Write the opening hours “nine” like 09:00-23:30. Change it and save again." in english
