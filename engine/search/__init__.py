"""Finds cases, orders and buyers by what people remember of them.

``find`` and ``cases_matching`` look for cases, ``find_orders`` and ``find_buyer`` for what a case can be about;
``due`` keeps the index up to date; ``forget`` takes a case out of it.
"""

from engine.search.finding import EVERYTHING, STATES, Hit, Hits, Within, cases_matching, document_of, find
from engine.search.index import forget, forget_order
from engine.search.indexing import count, due, index_again, is_whole, look, rebuild
from engine.search.orders import Buyer, OrderHit, find_buyer, find_orders, orders_of_number
from engine.search.snippets import Piece, Snippet, pieces

__all__ = [
    "EVERYTHING",
    "STATES",
    "Buyer",
    "Hit",
    "Hits",
    "OrderHit",
    "Piece",
    "Snippet",
    "Within",
    "cases_matching",
    "count",
    "document_of",
    "due",
    "find",
    "find_buyer",
    "find_orders",
    "forget",
    "forget_order",
    "index_again",
    "is_whole",
    "look",
    "orders_of_number",
    "pieces",
    "rebuild",
]
