"""What a demonstration starts with: the shipped processes, orders that look fresh, an account for every role."""

from engine.demo.clock import KeptClock
from engine.demo.load import PASSWORD, load

__all__ = ["PASSWORD", "KeptClock", "load"]
