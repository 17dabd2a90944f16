"""The tables, their SQL and migrations."""
