"""Why an evaluation gave null, told on demand: the normal path knows nothing of it."""

from engine.feel.explain.explaining import explain, explain_tests
from engine.feel.explain.reasons import MAX_REASONS, Explanation, Reason

__all__ = ["MAX_REASONS", "Explanation", "Reason", "explain", "explain_tests"]
