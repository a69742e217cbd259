"""What identity policies allow, statement by statement, as rules judge it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, failed, unknown, worst
from hipaa_constructs.iam.conditions import is_conditioned
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.grants import documents, only_bounds, wide_actions


def judge_grants(resource: Resource, judge_statement: Callable[[Statement], Verdict]) -> Verdict:
    """Judge every Allow of an identity policy; a permissions boundary is not applicable, for it grants nothing."""
    if only_bounds(resource):
        return NOT_APPLICABLE
    return worst(_judged(resource, judge_statement))


def judge_wide_grants(resource: Resource, actions: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> Verdict:
    """Judge whether an identity policy allows one of ``actions`` without a limit.

    ``kinds`` says by service how the ARNs that stand for all of a kind end, such as ``volume/*``. Whole services, and
    wildcard actions on every resource, are left to GrantsBounded.
    """

    def judge(statement: Statement) -> Verdict:
        conditioned = is_conditioned(statement)
        if conditioned is True:
            return PASSED
        for action, item in wide_actions(statement, actions, kinds):
            if action is UNKNOWN:
                return unknown("The actions of a statement are known only at deployment.")
            if conditioned is UNKNOWN:
                return unknown(f"The condition on which a statement allows {action} is known only at deployment.")
            return failed(f"A statement allows {action} on {item}.")
        return PASSED

    return judge_grants(resource, judge)


def _judged(resource: Resource, judge_statement: Callable[[Statement], Verdict]) -> Iterator[Verdict]:
    for found in documents(resource):
        if isinstance(found, Unknown):
            yield unknown("The policy cannot be read at synth.")
        else:
            yield PASSED
            yield from (judge_statement(statement) for statement in found if statement.allows)
