"""The shop's database of the pages' tests, for servers that are killed."""

from tests.web.conftest import shop_database

__all__ = ["shop_database"]
