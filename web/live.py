"""Fragments that a page asks for every ten seconds: answered with 304 while nothing changed."""

from __future__ import annotations

from flask import Response, make_response, request

SECONDS = 10


def fragment(html: str) -> Response:
    """The fragment with its tag; 304 without a body to who has it already."""
    answer = make_response(html)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def wants_fragment() -> bool:
    """Whether a script of ours asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"
