"""Who signs in by a Cognito identity pool reaches data of his own alone.

A warning, since some data are meant for all who sign in. All people of a pool take the same role with credentials of
AWS in their browsers or telephones, so that policies alone keep one from the records of another. Compliant: what the
role may do with objects and items names the identity, by the policy variable ``${cognito-identity.amazonaws.com:sub}``
or a principal tag, in its resources or conditions
(docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html#access-policies), in its own policies and in those of
buckets, access points, tables and streams that name the role; a list of objects is limited by ``s3:prefix``.
Non-compliant: it does not, so that one reads, or lists by name, what is another's; the users of a user pool can be
listed, and the records of a stream read, as a whole only. Not applicable: roles of others, and what reaches neither
objects, items, records nor users; a role that only groups of a user pool have, such as its administrators, or that only
a rule of a mapping chooses, since not everybody who signs in gets it; a role for guests, who do not sign in, of whom
GuestAccessDisabled speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_one_of
from hipaa_constructs.compliance.facts.pool_roles import is_for_guests_alone, is_for_some_alone
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    listed,
    unknown,
    worst,
)
from hipaa_constructs.iam.document import Statement, matches, policies_at
from hipaa_constructs.iam.grants import is_whole_service
from hipaa_constructs.iam.locations import RESOURCE_POLICIES
from hipaa_constructs.iam.roles import documents_of, trusted_principals

_ACTIONS = (
    "cognito-idp:ListUsers",
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "kinesis:GetRecords",
    "kinesis:SubscribeToShard",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
)
# Whose own policies may let a role in, whatever the role's say.
_LETTING_IN = (
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::ResourcePolicy",
    "AWS::S3::AccessPoint",
    "AWS::S3::BucketPolicy",
)
_OWN = re.compile(r"\$\{(cognito-identity\.amazonaws\.com:sub|aws:principaltag/[^}]+)\}", re.IGNORECASE)


def _is_of_pool(role: Resource) -> bool:
    trusted = trusted_principals(role)
    return not isinstance(trusted, Unknown) and any(
        kind == "Federated" and is_one_of(value, "cognito-identity.amazonaws.com") is Ternary.YES
        for kind, value in trusted
    )


def _judge(statement: Statement) -> Iterator[Verdict]:
    reaching = [
        action
        for action in statement.actions
        # Whole services are GrantsBounded's.
        if isinstance(action, str)
        and not is_whole_service(action)
        and any(matches(action, known) for known in _ACTIONS)
    ]
    compared = [value for condition in statement.known_conditions() for value in condition.values]
    shared = [item for item in statement.resources if not _OWN.search(str(item))]
    if not reaching or not shared or any(_OWN.search(str(value)) for value in compared):
        return
    said = f"statement {statement.name} allows {listed(reaching)} on {listed(shared)}"
    if any(isinstance(condition, Unknown) for condition in statement.conditions):
        yield unknown(f"On what condition {said} is known only at deployment.")
    else:
        yield failed(f"S{said[1:]} to whoever signs in, also of others.")


def _lets_in(holder: Resource) -> Iterator[tuple[Resource, Statement]]:
    """Yield the roles of the app that a resource's own policy names, each with the statement that does."""
    for policy in policies_at(holder, RESOURCE_POLICIES[holder.type][0]):
        for statement in () if isinstance(policy, Unknown) else policy:
            for kind, value in statement.principals:
                role = holder.template.target(value, "AWS::IAM::Role") if kind == "AWS" else None
                if role is not None:
                    yield role, replace(statement, name=f"{statement.name} of {holder.logical_id}")


def check(resource: Resource) -> Verdict:
    if not _is_of_pool(resource) or is_for_some_alone(resource) or is_for_guests_alone(resource):
        return NOT_APPLICABLE
    policies = [*documents_of(resource, with_boundary=False)]
    read = [policy for policy in policies if not isinstance(policy, Unknown)]
    told = resource.template.app.told(resource, "whose policies name roles", _LETTING_IN, _lets_in)
    let_in = [statement for _, statement in told]
    verdict = worst((PASSED, judge_allows([*read, let_in], "A policy of the role", _judge)))
    # GrantsBounded says that a policy cannot be read, so that it is said once.
    return NOT_APPLICABLE if len(read) < len(policies) and verdict.outcome is Outcome.PASSED else verdict


RULE = Rule(
    name="PoolIdentitiesKeptApart",
    severity="warning",
    resource_types=("AWS::IAM::Role",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Name in resources or conditions whose data it is, or have a service behind an API read them.",
    fixes=(
        Fix(
            beside="In the policies of the role, and in those of buckets and tables that name it, Resource or a "
            "Condition (of tables, one on dynamodb:LeadingKeys) has the variable "
            "${cognito-identity.amazonaws.com:sub}.",
        ),
    ),
    needs="app",
    check=check,
    phi_only=True,
)
