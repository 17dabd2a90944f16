"""How texts are cut into what finds them: laws that hold for any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.search import asking, grams
from engine.search.document import Document, Line, LineKind, unpacked
from engine.search.snippets import pieces
from tests.each import each

TEXTS = st.text(
    st.one_of(
        st.characters(categories=["L", "N", "P", "Z", "S"]), st.sampled_from("退货申请快递单号SO-1001YT88AbＡｂ,。 ƒª")
    ),
    max_size=60,
)


def words_of(text: str, kind: LineKind = LineKind.TEXT) -> set[str]:
    return set(Document(lines=(Line(kind, "x", text),)).words().split())


@given(TEXTS)
def test_whatever_stands_in_a_text_finds_it(text: str) -> None:
    document = Document(lines=(Line(LineKind.TEXT, "x", text),))
    question = asking.read(f'"{text.replace(chr(34), " ")}"' if len(text) < 60 else text)
    there = set(document.words().split())
    for word in question.words:
        if document.has(asking.Question(text="", words=(word,)), personal=False):
            assert set(word.grams) <= there, (word, there)


@given(TEXTS, st.integers(0, 59), st.integers(1, 12))
def test_a_piece_of_chinese_finds_its_text(text: str, start: int, length: int) -> None:
    piece = text[start : start + length]
    if len(piece) < 2 or not all("\u4e00" <= character <= "\u9fff" for character in piece):
        return
    assert set(grams.sought(piece)) <= words_of(text)


@given(TEXTS)
def test_words_of_the_index_hold_nothing_that_its_language_knows(text: str) -> None:
    for word in words_of(text) | set(grams.sought(grams.fold(text))):
        assert word
        assert not set(word) & set("\"'*^:()-+ \t\n")
        assert all(ord(character) > 127 or character.isalnum() for character in word)


@given(TEXTS)
def test_no_text_looks_like_a_fact_or_like_personal_data(text: str) -> None:
    for word in words_of(text) | set(grams.sought(grams.fold(text))):
        assert not word.startswith((grams.MARK, grams.PERSONAL))
    for word in words_of(text, LineKind.PERSONAL):
        assert word.startswith(grams.PERSONAL)


@given(TEXTS)
def test_a_document_has_the_same_words_when_it_is_read_again(text: str) -> None:
    document = Document(lines=(Line(LineKind.TEXT, "x", text), Line(LineKind.WHOLE, "y", text)), marks=("ƒo",))
    assert unpacked(document.packed()) == document
    assert unpacked(document.packed()).words() == document.words()


@given(TEXTS, st.lists(st.text("退货so10a", min_size=1, max_size=4), max_size=3))
def test_pieces_are_the_text_with_its_cuts(text: str, words: list[str]) -> None:
    found = pieces(text, words)
    shown = "".join(piece.text for piece in found).strip("…")
    assert shown in text or "…" in text
    for piece in found:
        if piece.found:
            assert any(word in grams.squeezed(grams.fold(piece.text)) for word in words)


@each(
    ("text", "sought", "fits"),
    [
        ("SO-202611290001234", "SO-2026112900012", True),
        ("SO-202611290001234", "so202611290001234", True),
        ("SO-202611290001234", "0001", False),
        ("SO-202611290001234", "1234", True),
        ("退货", "退 货", True),
        ("ＳＯ１０", "so10", True),
        ("ﬁn", "fin", True),
        ("A4 纸", "a4", True),
        ("浴巾2条", "浴巾2", True),
        ("𠮷野家", "𠮷野", True),
        ("x" * 60, "x" * 55, True),
        ("x" * 30, "x" * 31, False),
    ],
)
def test_examples(text: str, sought: str, fits: bool) -> None:
    document = Document(lines=(Line(LineKind.TEXT, "x", text),))
    question = asking.read(sought)
    there = set(document.words().split())
    in_index = all(set(word.grams) <= there for word in question.words)
    assert (bool(question.words) and in_index and document.has(question, personal=False)) is fits


def test_a_question_has_a_bounded_number_of_words() -> None:
    assert len(asking.read(" ".join(f"词{n}" for n in range(50))).words) <= 8
    assert asking.read("").words == ()
