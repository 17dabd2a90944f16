"""Trees become closures, once."""
