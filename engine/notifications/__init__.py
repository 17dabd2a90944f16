"""What people are told in the page: written in the transaction of what happened, read in the bell of every page."""

from engine.notifications.telling import Notice, Occasion, members_of, tell

__all__ = ["Notice", "Occasion", "members_of", "tell"]
