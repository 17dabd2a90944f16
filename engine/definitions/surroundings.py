"""What a diagram may take for granted: variables and messages of the forms, processes and jobs around it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from engine import bpmn, formcheck, shop
from engine.connectors import RESULTS
from engine.definitions.words import PLATFORM, names_in_form_file

#: Messages that the shop's imports publish; those that people may send have a form instead.
_OF_SHOP: Final = frozenset({"msg_order_paid", "msg_logistics_updated"})


def around(diagrams: Iterable[bytes], forms: Iterable[bytes], deployed: frozenset[str]) -> bpmn.Said:
    """What files say to a diagram that stands among them.

    Args:
        diagrams: BPMN files, the diagram's own too.
        forms: form files.
        deployed: every name in what is deployed already; whether it is read or set there is not asked.
    """
    said = [bpmn.said_by(xml) for xml in diagrams]
    return bpmn.Said(
        variables=PLATFORM.union(
            deployed,
            shop.START_FACTS,
            shop.ALL_SETTINGS,
            *RESULTS.values(),
            *map(keys_of, forms),
            *(one.variables for one in said),
        ),
        sent=_OF_SHOP.union(deployed, *(one.sent for one in said)),
        awaited=deployed.union(*(one.awaited for one in said)),
    )


@lru_cache(maxsize=8192)
def keys_of(form: bytes) -> frozenset[str]:
    """What a form sets; of one that is not in order, every name in it."""
    if any(formcheck.check_schema(form, "")):
        return names_in_form_file(form)
    return frozenset(field.key.split(".")[0] for field in formcheck.fields(json.loads(form)))
