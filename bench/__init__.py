"""Benchmarks: everything that is compared runs in the same process, in turn, on the same disk."""
