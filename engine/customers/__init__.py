"""The customer archive: who buys here, calls, visits, documents."""
