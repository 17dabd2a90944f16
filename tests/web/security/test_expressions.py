"""No regular expression of ours is kept busy by a text that somebody types."""

from __future__ import annotations

import re

import pytest

from engine import masking
from engine.inspection.policy.pseudonyms import _account_in
from engine.queries import beside
from engine.telephones import telephones_within
from tests.web.security.estate import LATER, Estate
from tests.web.security.matrix import Asker, lines
from tests.web.security.patterns import LENGTH, TooSlow, expressions, texts, within
from web import terms

#: Some ask every route in everybody's name; a busy machine needs its time.
pytestmark = pytest.mark.timeout(600)

#: So long a text, none may need more than a moment: what grows with the third power or worse does at this length.
SHORT = 600
#: Runs of what fields are made of, with an end that fits nothing.
RUNS = [
    run * (LENGTH // len(run)) + "\x00"
    for run in ("a", "1", " ", "\n", "(", "中", "*1", "0571-", "a@", "{{", "L1", "省", "1 ")
]


@pytest.mark.parametrize("place", sorted({*expressions().values()}))
def test_no_expression_explodes(place: str) -> None:
    for (pattern, flags), where in expressions().items():
        if where != place:
            continue
        expression = re.compile(pattern, flags)
        for text in texts(pattern, SHORT):
            with within(0.5):
                expression.search(text)
                expression.fullmatch(text)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*x$", r"(\w+\s*)+:"])
def test_the_check_sees_an_expression_that_explodes(pattern: str) -> None:
    def search_all() -> None:
        for text in texts(pattern, SHORT):
            with within(0.5):
                re.search(pattern, text)

    with pytest.raises(TooSlow):
        search_all()


@pytest.mark.parametrize("run", RUNS, ids=lambda run: repr(run[:5]))
@pytest.mark.parametrize(
    "reads",
    [
        _account_in,
        telephones_within,
        masking.mask_within,
        lambda text: masking.mask("receiver_address", text),
        lambda text: masking.mask("receiver_phone", text),
        lambda text: masking.mask("email", text),
        beside._one,
        terms.term,
    ],
    ids=["account", "telephones", "within", "address", "phone", "email", "goods", "term"],
)
def test_what_reads_the_words_of_people_reads_long_ones_soon(reads: object, run: str) -> None:
    with within(1.0):
        reads(run)  # type: ignore[operator]


@pytest.mark.parametrize("run", [RUNS[0], RUNS[2], RUNS[6], RUNS[7]], ids=lambda run: repr(run[:5]))
def test_a_form_with_long_runs_is_answered_soon(estate: Estate, asker: Asker, run: str) -> None:
    fields = ("text", "reason", "note", "question", "answer", "description", "items", "goods", "title", "name")
    for line in lines(estate.app):
        if line.name in ("POST /cases/<case_id>/comments", "POST /cases/<case_id>/flag-note/check", "POST /start",
                         "POST /start/<process_id>", "POST /calls", "POST /customers/search", "POST /hand-over",
                         "POST /tasks/<int:task_id>/fields", "POST /cases/<case_id>/inquiries"):  # fmt: skip
            path, form = asker.asked(line, estate.first)
            sent = {**form, "to": "group:warehouse", "promised_at": LATER, **dict.fromkeys(fields, run[:-1])}
            with within(3.0):
                answer, _ = asker.send("wang", line, path, sent)
            assert answer.status_code < 500, line.name
