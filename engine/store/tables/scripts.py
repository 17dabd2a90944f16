"""The library of scripts, its versions, and the words that block or warn."""

from __future__ import annotations
