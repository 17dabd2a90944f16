"""The pages of Kefuflow: ``create_app`` is what a WSGI server loads."""

from web.app import create_app, refuse_demo_accounts
from web.wiring import parts_of

__all__ = ["create_app", "parts_of", "refuse_demo_accounts"]
