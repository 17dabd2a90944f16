"""What SpiffWorkflow asks to evaluate conditions: compiled FEEL, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from engine.bpmn.frame import SpiffEnvironment, SpiffScripts
from engine.bpmn.problem import holds

if TYPE_CHECKING:
    from engine.bpmn.token import Token


class FeelScripts(SpiffScripts):
    """Conditions are compiled FEEL; Python text is never run, whoever asks."""

    def __init__(self) -> None:
        self.environment = SpiffEnvironment()

    def evaluate(self, task: Token, expression: Any, external_context: object = None) -> bool:
        """Whether a condition holds at a token.

        Raises:
            Problem: it is neither true nor false.
        """
        return holds(expression, task.look, task.workflow.now)

    def execute(self, task: Token, script: str, external_context: object = None) -> None:
        """Scripts run in FEEL, by their own spec."""
        raise NotImplementedError

    call_service = validate = execute


SCRIPTS: Final = FeelScripts()
