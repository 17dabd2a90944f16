"""The command line `kefuflow`: reads the arguments, runs the command, says in one sentence what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.cli.parser import build_parser
from engine.errors import EngineError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status.

    0: done. 1: done, and the answer is no (findings, failed scenarios, a history that differs). 2: not done; one
    sentence on stderr says why.
    """
    given = sys.argv[1:] if arguments is None else arguments
    options = build_parser(given).parse_args(given)
    try:
        status: int = options.run(options)
    except EngineError as problem:
        return _fail(f"{problem} ({problem.message_zh})")
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None  # nothing is left to flush at the end
        return 1
    except OSError as problem:
        return _fail(f"{problem.filename or 'a file'}: {problem.strerror or problem}")
    except KeyboardInterrupt:
        return 130
    return status


def _fail(sentence: str) -> int:
    print(f"kefuflow: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
