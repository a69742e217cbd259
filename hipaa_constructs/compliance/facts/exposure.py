"""Whether a policy admits anybody, as rules say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, listed, unknown, worst
from hipaa_constructs.iam.document import Statement, policies_at
from hipaa_constructs.iam.exposure import is_open


def judge_policies(resource: Resource, path: str, name: str) -> Verdict:
    """Judge the policy documents at a path of a resource; ``name`` is how messages call one."""
    return worst((PASSED, *(judge_policy(found, name) for found in policies_at(resource, path))))


def judge_policy(policy: Sequence[Statement] | Unknown, name: str) -> Verdict:
    """Judge the statements of a policy; ``name`` is how messages call it."""
    if isinstance(policy, Unknown):
        return unknown(f"{name} cannot be read before deployment.")
    return worst([PASSED, *_open(policy, name)])


def _open(policy: Sequence[Statement], name: str) -> Iterator[Verdict]:
    for statement in policy:
        admits = is_open(statement, policy)
        if admits is Ternary.YES:
            yield failed(f"{name} allows {_actions(statement)} to everyone (statement {statement.name}).")
        elif admits is Ternary.UNKNOWN:
            yield unknown(f"{name} admits somebody who is known only at deployment (statement {statement.name}).")


def _actions(statement: Statement) -> str:
    if statement.not_actions:
        return "all actions but a few"
    return listed(statement.actions) or "access"
