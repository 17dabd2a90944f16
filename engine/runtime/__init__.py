"""Commands: everything that changes an instance goes through here, one transaction a command."""

from engine.runtime.cascade import Calls
from engine.runtime.runtime import Runtime, Started

__all__ = ["Calls", "Runtime", "Started"]
