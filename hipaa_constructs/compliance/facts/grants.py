"""What identity policies allow, statement by statement, as rules judge it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_present
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Outcome, Verdict, failed, listed, unknown, worst
from hipaa_constructs.iam.conditions import is_conditioned
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.grants import documents, only_bounds, wide_actions
from hipaa_constructs.iam.roles import roles_of, trusted_principals


def judge_grants(
    resource: Resource, judge_statement: Callable[[Statement], Iterator[Verdict]], *, unreadable: bool = False
) -> Verdict:
    """Judge every Allow of an identity policy; a permissions boundary is not applicable, for it grants nothing.

    :param unreadable: whether to say of a policy that it cannot be read before deployment. One rule does, so that it is
        said once: GrantsBounded, which looks at all types that have such policies.
    """
    if only_bounds(resource):
        return NOT_APPLICABLE
    found = documents(resource)
    read = [policy for policy in found if unreadable or not isinstance(policy, Unknown)]
    verdict = judge_allows(read, "The policy", judge_statement)
    # A part that was not read is no part that passed.
    return worst((PASSED, verdict)) if read and len(read) == len(found) else _unless_passed(verdict)


def is_held_by_services(policy: Resource, *services: str) -> bool:
    """Whether nobody holds a policy but roles that only some services take, such as ``backup.amazonaws.com``."""
    roles = roles_of(policy)
    # What has groups and users is no role.
    others = () if policy.type == "AWS::IAM::Role" else ("Groups", "Users")
    if not roles or any(is_present(policy.get(name)) is not Ternary.NO for name in others):
        return False
    return all(not isinstance(role, Unknown) and _is_taken_by(role, services) for role in roles)


def _is_taken_by(role: Resource, services: Sequence[str]) -> bool:
    principals = trusted_principals(role)
    if isinstance(principals, Unknown) or not principals:
        return False
    return all(kind == "Service" and str(value) in services for kind, value in principals)


def _unless_passed(verdict: Verdict) -> Verdict:
    return NOT_APPLICABLE if verdict.outcome is Outcome.PASSED else verdict


def judge_wide_grants(resource: Resource, actions: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> Verdict:
    """Judge whether an identity policy allows one of ``actions`` without a limit.

    ``kinds`` says by service how the ARNs that stand for all of a kind end, such as ``volume/*``. Whole services, and
    wildcard actions on every resource, are left to GrantsBounded.
    """

    def judge(statement: Statement) -> Iterator[Verdict]:
        by_item: dict[str, list[str | Unknown]] = {}
        for action, item in wide_actions(statement, actions, kinds):
            by_item.setdefault(item, []).append(action)
        conditioned = is_conditioned(statement) if by_item else Ternary.YES
        if conditioned is Ternary.YES:
            return
        for item, wide in by_item.items():
            allowed = listed(dict.fromkeys(action for action in wide if not isinstance(action, Unknown)))
            if not allowed:
                yield unknown(f"The actions of statement {statement.name} are known only at deployment.")
            elif conditioned is Ternary.UNKNOWN:
                yield unknown(
                    f"The condition on which statement {statement.name} allows {allowed} is known only at deployment."
                )
            else:
                name = f"Statement {statement.name}"
                alone = [str(action) for action in wide] if item == "*" else []
                yield failed(f"{name} allows {allowed} on {item}.", inner=(name,), allows=alone)

    return judge_grants(resource, judge)
