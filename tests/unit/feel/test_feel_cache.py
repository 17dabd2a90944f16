"""What was compiled is kept, but never more than so many characters of source."""

from __future__ import annotations

from engine.feel import compile_expression, compile_unary_tests
from engine.feel.cache import CHARACTERS, Generations


def test_the_same_source_with_the_same_names_is_compiled_once():
    assert compile_expression("a + 1") is compile_expression("a + 1")
    assert compile_expression("a b", frozenset(["a b"])) is not compile_expression("a b", frozenset(["a b", "c"]))
    assert compile_unary_tests("> 3") is compile_unary_tests("> 3")


def test_what_is_used_again_outlives_what_is_not():
    cache: Generations[str, list] = Generations(limit=10)
    kept = cache.get("kept", 3, list)
    for number in range(100):
        cache.get(str(number), 3, list)
        assert cache.get("kept", 3, list) is kept
    assert len(cache) < 12


def test_many_long_sources_do_not_fill_the_memory():
    sources = [f'"{number}' + "x" * 4000 + '"' for number in range(200)]
    assert len(sources) * 4000 > 4 * CHARACTERS  # there are more than may be kept
    compiled = [compile_expression(source) for source in sources]
    assert all(one is compile_expression(source) for one, source in zip(compiled[-10:], sources[-10:], strict=True))
    assert compile_expression(sources[0]) is not compiled[0]
