"""What dmn-js wrote anew differs from the file before only where something was edited."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dmn.markup import read
from engine.dmn.minimal import keep_unchanged, same
from tests.each import each

DECISIONS = Path("processes/decisions")
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- 运营 2026-11 -->
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
             xmlns:unused="urn:unused" id="m" name="表" namespace="urn:m">
  <decision name='档次' id="d">
    <!-- 由李娜维护 -->
    <decisionTable hitPolicy="UNIQUE" id="t">
      <input id="i" label="金额"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="o" name="rate" typeRef="number"/>
      <rule id="r1">
        <inputEntry id="r1i"><text><![CDATA[< 100]]></text></inputEntry>
        <outputEntry id="r1o"><text>0.1</text></outputEntry>
      </rule>

      <rule id="r2">
        <inputEntry id="r2i"><text>&gt;= 100</text></inputEntry>
        <outputEntry id="r2o"><text>0.2</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
<!-- 完 -->
"""


def as_editor(text: str) -> str:
    """As dmn-js writes it: no comments, no unused declarations, no defaults, spaces of its own."""
    text = re.sub(r"<!--.*?-->", "", text).replace(' xmlns:unused="urn:unused"', "").replace(' hitPolicy="UNIQUE"', "")
    text = text.replace("<![CDATA[< 100]]>", "&lt; 100").replace("name='档次' id=\"d\"", 'id="d" name="档次"')
    return re.sub(r">\s+<", "><", text).replace("/>", " />").strip()


def kept(old: str, new: str) -> str:
    return keep_unchanged(old.encode(), new.encode()).decode()


def changed(old: str, new: str) -> list[str]:
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line for line in lines if line.startswith(("+ ", "- "))]


def test_a_file_that_was_only_written_anew_is_the_old_one_letter_for_letter():
    assert kept(FILE, as_editor(FILE)) == FILE


@each("file", sorted(DECISIONS.glob("*.dmn")), ids=lambda file: file.stem)
def test_of_every_shipped_table_one_edited_cell_is_one_line(file):
    old = file.read_text()
    cell = re.search(r"<outputEntry[^>]*>\s*<text>([^<]+)</text>", old)
    assert cell is not None
    start, end = cell.span(1)
    new = re.sub(r">\s+<", "><", old[:start] + "&quot;改 &amp; 好&quot;" + old[end:])
    merged = kept(old, new)
    assert len(changed(old, merged)) == 2
    assert '"改 &amp; 好"' in merged


def test_a_cell_keeps_its_neighbours_and_what_xml_reserves_is_escaped():
    new = as_editor(FILE).replace("&gt;= 100", "]100..200[ &amp; &lt; ?")
    line = '        <inputEntry id="r2i"><text>{}</text></inputEntry>'
    assert changed(FILE, kept(FILE, new)) == [
        f"- {line.format('&gt;= 100')}",
        f"+ {line.format(']100..200[ &amp; &lt; ?')}",
    ]


def test_a_new_row_stands_in_its_place_indented_like_its_neighbours():
    row = (
        '<rule id="r3"><inputEntry id="r3i"><text>-</text></inputEntry>'
        '<outputEntry id="r3o"><text></text></outputEntry></rule>'
    )
    merged = kept(FILE, as_editor(FILE).replace('<rule id="r2">', row + '<rule id="r2">'))
    assert changed(FILE, merged) == [
        '+       <rule id="r3">',
        '+         <inputEntry id="r3i">',
        "+           <text>-</text>",
        "+         </inputEntry>",
        '+         <outputEntry id="r3o">',
        "+           <text></text>",
        "+         </outputEntry>",
        "+       </rule>",
    ]


def test_a_row_that_is_taken_out_takes_no_other_line_with_it():
    merged = kept(FILE, re.sub(r'<rule id="r1">.*?</rule>', "", as_editor(FILE)))
    assert len(changed(FILE, merged)) == 4
    assert "由李娜维护" in merged


def test_rows_that_change_places_keep_their_text():
    rows = re.findall(r"<rule .*?</rule>", as_editor(FILE))
    merged = kept(FILE, as_editor(FILE).replace("".join(rows), "".join(reversed(rows))))
    assert merged.index('id="r2"') < merged.index('id="r1"')
    assert "<![CDATA[< 100]]>" in merged


def test_a_hit_policy_is_taken_over_and_going_back_to_the_default_takes_it_out():
    first = as_editor(FILE).replace('<decisionTable id="t">', '<decisionTable id="t" hitPolicy="FIRST">')
    merged = kept(FILE, first)
    assert changed(FILE, merged)[1] == '+     <decisionTable hitPolicy="FIRST" id="t">'
    assert "hitPolicy" not in kept(merged, as_editor(FILE))


def test_tests_come_with_their_namespace_and_the_rest_stays():
    extension = (
        '<extensionElements><k:tests><k:test id="test_1"><k:input name="amount">5</k:input>'
        '<k:output name="rate">0.1</k:output></k:test></k:tests></extensionElements>'
    )
    new = as_editor(FILE).replace('id="m"', 'xmlns:k="urn:kefuflow:table-tests" id="m"', 1)
    merged = kept(FILE, new.replace('<decisionTable id="t">', extension + '<decisionTable id="t">'))
    assert 'namespace="urn:m" xmlns:k="urn:kefuflow:table-tests">' in merged
    assert '        <k:test id="test_1">\n          <k:input name="amount">5</k:input>' in merged
    assert sum(line.startswith("- ") for line in changed(FILE, merged)) == 1  # the root


def test_elements_without_ids_are_known_by_their_place():
    old = FILE.replace(' id="ie"', "").replace(' id="r1i"', "").replace(' id="r2i"', "")
    merged = kept(old, as_editor(old).replace("&gt;= 100", "&gt; 100"))
    assert len(changed(old, merged)) == 2


def test_ids_that_an_editor_adds_are_added():
    old = FILE.replace(' id="r2i"', "")
    merged = kept(old, as_editor(FILE))
    assert changed(old, merged)[1].endswith('<inputEntry id="r2i"><text>&gt;= 100</text></inputEntry>')


@pytest.mark.parametrize(
    "new",
    ["", "no xml", "<a/>", "<!DOCTYPE a><definitions/>", "<definitions xmlns='urn:other'/>", "<definitions>"],
)
def test_what_is_no_decision_model_is_kept_as_it_was_sent(new):
    assert kept(FILE, new) == new
    assert kept(new, FILE) == FILE


def test_a_prefix_that_means_something_else_is_not_mixed_up():
    old = FILE.replace("urn:unused", "urn:one").replace('id="d">', 'id="d" unused:x="1">')
    new = as_editor(FILE).replace('id="m"', 'xmlns:unused="urn:two" id="m"', 1).replace('id="d"', 'id="d" unused:x="1"')
    assert kept(old, new) == new


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@given(
    st.lists(st.tuples(st.integers(0, 6), TEXTS), max_size=6), st.lists(st.tuples(st.integers(0, 6), TEXTS), max_size=6)
)
def test_whatever_is_edited_the_result_says_what_was_saved(before, after):
    old, new = written(before), written(after)
    merged = kept(old, new)
    assert same(read(merged).root, read(new).root)
    assert kept(merged, new) == merged


def written(rows) -> str:
    """A table of rows that are known by a few ids, so that they come, go, move and change."""
    cells = "\n".join(
        f'  <rule id="r{number}"><text>{escape(text)}</text></rule>' for number, text in dict(rows).items()
    )
    return f'<definitions xmlns="urn:d">\n{cells}\n</definitions>'
