"""The people of the walks' shop: of each group two, and more where four eyes ask for more."""

from __future__ import annotations

import random
from collections import Counter

from engine import access, accounts
from engine.model import Actor
from engine.store.database import Database

#: Who works on cases: of the others nobody has a task.
GROUPS = tuple(group for group in access.GROUPS if group not in ("process_owner", "auditor", "admin"))
SUPERVISOR = Actor(id="supervisor1", name="主管一", groups=frozenset({"supervisor"}))


class People:
    """Who works in the shop."""

    def __init__(self, chance: random.Random, db: Database) -> None:
        self._chance = chance
        self._db = db
        #: Group → how many had to be hired because nobody else was allowed.
        self.hired: Counter[str] = Counter()
        self.all = [self._person(group, number) for group in GROUPS for number in (1, 2)]
        both = frozenset({"presales", "aftersales"})
        self.all.append(Actor(id="both1", name="综合客服", groups=both))
        self._place(self.all)

    def of(self, groups: tuple[str, ...]) -> list[Actor]:
        """Those who act for one of the groups, in an order of chance."""
        found = [actor for actor in self.all if access.concerns(actor, ",".join(groups))]
        return self._chance.sample(found, len(found))

    def hire(self, group: str) -> Actor:
        """A person more of a group."""
        self.hired[group] += 1
        actor = self._person(group, 2 + self.hired[group])
        self.all.append(actor)
        self._place([actor])
        return actor

    def moved(self, db: Database) -> None:
        """The database was opened anew."""
        self._db = db

    def anybody(self) -> Actor:
        """Somebody."""
        return self._chance.choice(self.all)

    def _place(self, actors: list[Actor]) -> None:
        """Forms that choose a person offer the accounts."""
        with self._db.begin() as tx:
            accounts.place(tx, [(actor.id, actor.name, sorted(actor.groups)[0]) for actor in actors])

    @staticmethod
    def _person(group: str, number: int) -> Actor:
        return Actor(id=f"{group}{number}", name=f"{access.GROUPS[group]}{number}", groups=frozenset({group}))
