"""What is said of identities: by the same statements, by policies that grant the same, and where these are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_present
from hipaa_constructs.compliance.beside.parts import Failures, Part, with_fix
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.facts.grants import judge_grants
from hipaa_constructs.compliance.rule import Finding, Outcome, Verdict
from hipaa_constructs.compliance.rules.access import (
    data_grants_name_resources,
    grants_bounded,
    managed_policies_reach_no_data,
)
from hipaa_constructs.iam.document import Statement, matches
from hipaa_constructs.iam.grants import documents
from hipaa_constructs.iam.managed import HOLDERS_OF_MANAGED, allowed_in_full, managed_by_aws

_BOUNDED, _NAMING, _MANAGED = "GrantsBounded", "DataGrantsNameResources", "ManagedPoliciesReachNoData"
_POLICIES = "UserHasNoPolicies"
_PERMITTED, _ASKING = "PermissionNotPublic", "FunctionUrlAuthorized"
# What is said of the same user's rights and weighs more than where these are written.
_WEIGHTIER = (_BOUNDED, _NAMING, _MANAGED, "UserHasNoStandingCredentials")


Judge = Callable[[Statement], Iterator[Verdict]]
_SAYING: Sequence[tuple[str, Judge]] = (
    (_BOUNDED, grants_bounded.judge_statement),
    (_NAMING, partial(data_grants_name_resources.judge_statement, texts=False)),
)


def urls(found: Failures) -> Iterator[Part]:
    """Yield that anybody is permitted to call a function by its URL, with that the URL asks nobody who calls."""
    for result, finding in found.of_rule(_PERMITTED):
        by_url = is_present(result.resource.get("FunctionUrlAuthType")) is Ternary.YES
        function = _named(result.resource, "FunctionName") if by_url else None
        for asking, speaker in found.of_rule(_ASKING):
            if function is not None and _named(asking.resource, "TargetFunctionArn") is function:
                said = f"{finding.resource_logical_id} permits it: {finding.message}"
                yield Part(speaker, finding, said, with_fix(finding))


def _named(resource: Resource, path: str) -> Resource | None:
    return resource.template.target(resource.get(path), FUNCTION)


def same_statements(found: Failures) -> Iterator[Part]:
    """Yield what reaches data in the statements of an unbounded grant, which that repeats."""
    for result, finding in found.of_rule(_NAMING):
        speaker = found.at(result.resource, _BOUNDED)
        if speaker is not None:
            alone = judge_grants(result.resource, _reaches_alone).outcome
            if alone in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
                yield Part(speaker, finding, finding.message)


def managed(found: Failures) -> Iterator[Part]:
    """Yield AWS's own policies of an identity, with what says that its others grant all that these reach."""
    for result, finding in found.of_rule(_MANAGED):
        identity = result.resource
        if identity.type not in HOLDERS_OF_MANAGED:
            continue
        reached = managed_policies_reach_no_data.reached_by(identity)
        for rule, judge in _SAYING:
            speaker = found.at(identity, rule)
            granted = _granted(identity, judge) if speaker is not None else ()
            if speaker is not None and all(any(matches(one, action) for one in granted) for action in reached):
                yield Part(speaker, finding, finding.message, with_fix(finding))
                break


def _granted(identity: Resource, judge: Judge) -> Sequence[str]:
    """Return the actions that an identity's own statements and policies of full access grant on every resource."""
    whole = [allowed_in_full(name) for name in managed_by_aws(identity) if not isinstance(name, Unknown)]
    statements = (one for policy in documents(identity) if not isinstance(policy, Unknown) for one in policy)
    failing = (
        statement
        for statement in statements
        if statement.allows is Ternary.YES
        and not statement.conditions
        and any(item == "*" for item in statement.resources if isinstance(item, str))
        and any(verdict.outcome is Outcome.FAILED for verdict in judge(statement))
    )
    own = [action for statement in failing for action in statement.actions if isinstance(action, str)]
    return [*own, *(one for one in whole if one is not None)]


def _reaches_alone(statement: Statement) -> Iterator[Verdict]:
    """Judge what reaches data in statements that bound what they grant."""
    if not any(verdict.outcome is Outcome.FAILED for verdict in grants_bounded.judge_statement(statement)):
        yield from data_grants_name_resources.judge_statement(statement, texts=False)


def weighing_less(found: Failures) -> Iterator[Finding]:
    """Yield what says that a user has policies, beside what weighs more about the same user or policy."""
    for result, finding in found.of_rule(_POLICIES):
        beside = (found.at(result.resource, name) for name in _WEIGHTIER)
        if any(one is not None and one.severity == "error" for one in beside):
            yield finding
