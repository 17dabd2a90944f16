"""What is asked of SQLite's index: words that must be there, within what the person may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine import access
from engine.access import Reach
from engine.model import Actor
from engine.search import document, grams
from engine.search.asking import Question, Word
from engine.search.document import Document
from engine.telephones import is_mobile, telephones_within

_ALL: Final = (Reach.TEAM, Reach.YES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose cases a person may see, and in which of them personal data may be looked for, as marks of the index.

    None: of all; empty: of none. What the index says may be seconds old: what is shown is checked once more.
    """

    visible: frozenset[str] | None
    personal: frozenset[str] | None
    #: Those of ``visible`` that may stand in many cases which the person may not see, until the index has read again
    #: the cases of who joined or left a team.
    wide: frozenset[str] = frozenset()

    @property
    def narrow(self) -> Sight:
        """The same without what may be much too wide."""
        return self if self.visible is None else replace(self, visible=self.visible - self.wide, wide=frozenset())

    def looks_for_personal(self, found: Document) -> bool:
        """Whether personal data may be looked for in this document."""
        return self.personal is None or not self.personal.isdisjoint(found.marks)


def sight_of(actor: Actor) -> Sight:
    """What the actor may find: P05 and P12."""
    me = document.person(actor.id)
    lanes = frozenset(document.group(group) for group in access.acting_groups(actor.groups))
    granted, unmasked = access.reach(actor, "P05"), access.reach(actor, "P12")
    team = frozenset(map(document.person, actor.team or ())) | {document.NO_TEAM}
    tasks = lanes if access.ANY_COURIER in actor.couriers else frozenset(map(document.courier, actor.couriers))
    reached = {Reach.OWN: lanes | {me}, Reach.LANE: lanes, Reach.TASKS: tasks, Reach.TEAM: team}
    visible = reached.get(granted, frozenset())
    personal = {Reach.OWN: frozenset({me}), Reach.LANE: lanes}.get(unmasked, frozenset())
    return Sight(
        visible=None if access.sees_all_cases(actor) else visible,
        personal=None if unmasked in _ALL else personal,
        wide=frozenset({document.NO_TEAM}) if granted is Reach.TEAM else frozenset(),
    )


#: Whoever asks without being somebody: finds everything but by personal data.
EVERYBODY: Final = Sight(visible=None, personal=frozenset())


def expression(question: Question, sight: Sight, *, numbers: bool = True, marks: Iterable[str] = ()) -> str | None:
    """The expression that finds what has all words and marks; None: there cannot be anything.

    Args:
        question: the words.
        sight: where they may be looked for.
        numbers: whether a mobile number that is given whole finds whose it is, wherever it may be seen.
        marks: facts that must be.
    """
    if not question.words or sight.visible == frozenset():
        return None
    terms = [_of_word(word, sight, numbers=numbers) for word in question.words]
    if sight.visible is not None:
        terms.append(_any(sorted(sight.visible)))
    return " AND ".join([*terms, *map(_term, marks)])


def is_number(word: Word) -> bool:
    """Whether the word is a whole mobile number: who knows it may find whose it is."""
    return word.certain and any(is_mobile(one.number) for one in telephones_within(word.text))


def _of_word(word: Word, sight: Sight, *, numbers: bool) -> str:
    plain = _all(word.grams)
    if sight.personal == frozenset() and not (numbers and is_number(word)):
        return plain
    personal = [_all([grams.PERSONAL + gram for gram in word.grams])]
    if sight.personal is not None and not (numbers and is_number(word)):
        personal.append(_any(sorted(sight.personal)))
    return f"({plain} OR ({' AND '.join(personal)}))"


def _all(words: Sequence[str]) -> str:
    return "(" + " AND ".join(map(_term, words)) + ")"


def _any(words: Sequence[str]) -> str:
    return "(" + " OR ".join(map(_term, words)) + ")"


def _term(word: str) -> str:
    """A word of the index holds letters and digits only; the quotation marks keep AND, OR and NOT words like others."""
    return f'"{word}"'
