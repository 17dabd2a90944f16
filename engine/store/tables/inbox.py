"""What the inbox sorts and filters by, and the filters that people keep."""

from __future__ import annotations
