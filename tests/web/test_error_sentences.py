"""Errors read as well in English as in Chinese: whole sentences that say what is wrong and what to do."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import engine
from engine.errors import EngineError, InvalidValue, NotAllowed, TaskNotOpen
from engine.scripts import Script, checked
from web import errors

ROOT = Path(__file__).parents[2]
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
#: Their English is the second argument, behind the field's name.
OF_A_FIELD = frozenset({"CallProblem", "VisitProblem", "DocumentProblem"})
#: Classes whose texts say where in a file or process something is wrong; they are for its writer, not for a form.
OF_A_FILE = frozenset(
    {
        "ConfigurationError", "FeelError", "FeelLimitExceeded", "FeelAssertionFailed", "DecisionError",
        "DefinitionRefused", "DoctypeRefused", "ScenarioRefused", "NotYourTurn",
    }
)  # fmt: skip


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be, what is filled in being x; none where it is worked out elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def raised() -> list[tuple[str, str]]:
    """(Place, English) of every error that has a Chinese sentence of its own and words of its own in English."""
    found = []
    for source in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "web").rglob("*.py")]):
        text = source.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "message_zh" in text else ():
            if not isinstance(node, ast.Call) or not any(word.arg == "message_zh" for word in node.keywords):
                continue
            at = 1 if name_of(node) in OF_A_FIELD else 0
            said = texts(node.args[at]) if len(node.args) > at else ()
            found += [(f"{source.relative_to(ROOT)}:{node.lineno}", one) for one in said if one != "x: x"]
    return found


def test_every_error_has_an_english_sentence() -> None:
    known = raised()
    assert len(known) > 400
    short = {place: text for place, text in known if len(errors.in_english(text).split()) < 3}
    assert short == {}
    assert {place: text for place, text in known if CHINESE.search(text)} == {}
    ended = re.compile(r"[.!?][\"'”)]*$")
    assert [text for _, text in known if not ended.search(errors.in_english(text))] == []


def test_every_class_of_errors_says_in_english_what_it_says_in_chinese() -> None:
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        if "__main__" not in module.name and ".migrations" not in module.name:
            importlib.import_module(module.name)
    classes = [EngineError, *below(EngineError)]
    worded = [one for one in classes if "message_zh" in vars(one) and one.__name__ not in OF_A_FILE]
    assert len(worded) > 20
    missing = [one.__name__ for one in worded if not vars(one).get("message_en")]
    assert missing == []
    for one in worded:
        said = str(vars(one)["message_en"])
        assert said == errors.in_english(said)
        assert not CHINESE.search(said)
        assert len(said.split()) >= 3


def below(one: type[EngineError]) -> Iterator[type[EngineError]]:
    for child in one.__subclasses__():
        yield child
        yield from below(child)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("somebody else was faster", "Somebody else was faster."),
        ("The file is empty.", "The file is empty."),
        ("write it like “9:00.”", "Write it like “9:00.”"),
        ("p10_courier_query cannot go on", "p10_courier_query cannot go on."),
        ("amount: 'x' is no number", "amount: 'x' is no number."),
        ("Who?", "Who?"),
        ("", "."),
    ],
)
def test_a_text_becomes_a_sentence_and_names_stay_as_they_are(said: str, sentence: str) -> None:
    assert errors.in_english(said) == sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TaskNotOpen(), "This task is done already. Please reload the inbox."),
        (NotAllowed("wang may not use board.index"), "There is no such thing, or you do not have the permission."),
        (InvalidValue("a name is too long", message_zh="名称太长。"), "A name is too long."),
        (InvalidValue("an odd value", message_zh="没有有这个账号。"), "An odd value."),
        (InvalidValue("not a flag note", message_zh="日期不存在,请写成 月.日,如 8.28。"), None),
    ],
)
def test_the_sentence_is_in_the_language_of_the_page(app: Flask, error: EngineError, sentence: str | None) -> None:
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        said = errors.sentence(error)
    assert not CHINESE.search(said)
    assert said == sentence or (sentence is None and said != "Not a flag note.")
    with app.test_request_context():
        assert errors.sentence(error) == error.message_zh


def test_a_script_that_is_not_in_order_says_so_in_english() -> None:
    with pytest.raises(InvalidValue) as refused:
        checked(Script(code="X1", situation="x", text="x"), channels=())
    assert refused.value.sentence_en == "The code must be S and 2 to 4 digits, such as S47."
