"""Whether a policy admits anybody, as rules say it."""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, unknown
from hipaa_constructs.iam.document import Statement, parsed, statements
from hipaa_constructs.iam.exposure import is_open


def judge_policy(document: Any, name: str) -> Verdict:
    """Judge a resolved policy document, which may be JSON text; ``name`` is how messages call it."""
    found = statements(parsed(document))
    if isinstance(found, Unknown):
        return unknown(f"{name} cannot be read before deployment.")
    verdicts = [(statement, is_open(statement, found)) for statement in found]
    for statement, open_ in verdicts:
        if open_ is True:
            return failed(f"{name} allows {_actions(statement)} to everyone{_sid(statement)}.")
    for statement, open_ in verdicts:
        if open_ is UNKNOWN:
            return unknown(f"{name} admits somebody who is known only at deployment{_sid(statement)}.")
    return PASSED


def _actions(statement: Statement) -> str:
    if statement.not_actions:
        return "all actions but a few"
    shown = [str(action) for action in statement.actions]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "") or "access"


def _sid(statement: Statement) -> str:
    return f" (statement {statement.sid})" if statement.sid else ""
