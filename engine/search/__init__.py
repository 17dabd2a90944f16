"""Finds cases by what stands in them; Chinese by pairs of characters."""
