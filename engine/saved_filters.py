"""Filters of the inbox that people keep, for themselves or for their groups."""
