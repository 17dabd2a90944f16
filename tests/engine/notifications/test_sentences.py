"""What people are told has a sentence in each language, made of the same facts."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from engine.access import GROUPS
from engine.customers import words as customers
from engine.notifications import Said, said_group, said_list, said_reason, said_time, say
from engine.notifications.sentences import GROUP_NAMES
from engine.notifications.texts import SENTENCES
from engine.ownership import away, looking
from engine.ownership.words import Kind
from engine.quality import feedback, weeks
from engine.quality import words as quality
from engine.roster import KINDS as ABSENCES

ROOT = Path(__file__).parents[3]
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
AFTERNOON = datetime(2026, 11, 21, 7, 40, tzinfo=UTC)


@cache
def parsed() -> dict[Path, list[ast.Constant | ast.Call]]:
    """The texts and calls in every file of the program."""
    sources = [source for folder in ("engine", "web") for source in (ROOT / folder).rglob("*.py")]
    return {
        source: [node for node in ast.walk(ast.parse(source.read_bytes())) if isinstance(node, ast.Constant | ast.Call)]
        for source in sources
    }


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("kind", SENTENCES)
def test_each_kind_is_english_but_for_its_facts(kind: str) -> None:
    zh, _en = SENTENCES[kind]
    assert CHINESE.search(zh)
    said = say(kind, **{name: Said("某", "X") for name in places(zh)})
    assert not CHINESE.search(said.en)
    assert len(said.en.split()) >= 5
    assert said.en[0].isupper()
    assert said.en.endswith((".", "?", "X"))


@pytest.mark.parametrize("kind", SENTENCES)
def test_both_languages_say_the_same_facts(kind: str) -> None:
    zh, en = SENTENCES[kind]
    assert places(zh) == places(en)


def test_every_kind_is_told_somewhere_and_no_other() -> None:
    texts: set[str] = set()
    asked: set[str] = set()
    for source, nodes in parsed().items():
        if source.name == "texts.py" and source.parent.name == "notifications":
            continue
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.Call) and "say" in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                asked |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    assert SENTENCES.keys() - texts == set()
    assert asked - SENTENCES.keys() == set()
    assert len(asked) > 40


def test_no_notice_is_worded_in_one_language() -> None:
    """Only the connector passes a text on that a process words."""
    worded = {
        str(source.relative_to(ROOT))
        for source, nodes in parsed().items()
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Notice"
        for word in node.keywords
        if word.arg == "text" and isinstance(word.value, ast.JoinedStr | ast.Constant)
    }
    assert worded == set()


def test_a_missing_fact_or_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("mentioned", who="王立新")
    with pytest.raises(KeyError):
        say("no_such_kind")


def test_facts_stand_as_they_were_written() -> None:
    said = say("reassigned", who="王立新", case="12", why="{why} %s 客户着急")
    assert said == Said(
        "王立新把工单 12 改派给您:{why} %s 客户着急", "王立新 has reassigned case 12 to you: {why} %s 客户着急"
    )


@pytest.mark.parametrize(("reason", "en"), [("", "."), ("病了", ": 病了")])
def test_a_reason_stands_behind_the_sentence_where_there_is_one(reason: str, en: str) -> None:
    said = say("assigned", who="Li", task="核实", why=said_reason(reason))
    assert said.en == f"Li has assigned the task “核实” to you{en}"


def test_times_groups_and_lists_have_their_words_in_each_language() -> None:
    assert said_time(AFTERNOON) == Said("11-21 15:40", "21 Nov 15:40")
    assert said_list([said_group("finance"), said_group("warehouse")]) == Said("财务、仓库", "finance, the warehouse")
    assert said_group("elsewhere") == Said("elsewhere", "elsewhere")
    assert weeks.said_week("2026-W47").en == "week 47 of 2026 (16 Nov – 22 Nov)"


def test_every_word_of_a_fact_has_its_english() -> None:
    english = [said_group(group).en for group in GROUPS]
    english += [quality.said_breach(one).en for one in quality.BREACHES]
    english += [feedback.said_feedback(kind).en for kind in feedback.KINDS]
    english += [customers.said_call(kind).en for kind in customers.CALL_KINDS]
    english += [customers.said_source(source).en for source in customers.SOURCES]
    english += [customers.said_cause(cause).en for cause in customers.VISIT_CAUSES]
    english += [away._ABSENCES[kind] for kind in ABSENCES]
    english += [looking._REASONS[kind] for kind in Kind if kind is not Kind.TRANSFER]
    assert GROUP_NAMES.keys() == GROUPS.keys()
    assert [one for one in english if not one or CHINESE.search(one)] == []
