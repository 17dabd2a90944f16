"""Commands: everything that changes an instance goes through here, one transaction a command."""

from engine.runtime.cascade import Called
from engine.runtime.runtime import Runtime, Started

__all__ = ["Called", "Runtime", "Started"]
