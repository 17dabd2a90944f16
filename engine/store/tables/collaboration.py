"""What people say to each other on a case: comments, mentions, inquiries, promises."""

from __future__ import annotations
