"""Resource policies name the actions that they grant.

Compliant: every Allow to a service, a role or another account names its actions. Non-compliant: ``*``, all of a
service, or all but some: the grantee may then also change the policy or delete the resource. Not applicable:
what is granted to the account itself, which hands it on by its IAM policies (GrantsBounded), as AWS's default
key policy does; what is granted to everyone without a condition, which other rules judge; endpoint policies, which
grant nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, spread
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.document import Statement, parsed, statements
from hipaa_constructs.iam.grants import is_whole_service
from hipaa_constructs.iam.locations import RESOURCE_POLICIES

_TYPES = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::Events::EventBus",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::Kinesis::ResourcePolicy",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::AccessPoint",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
)
_ROOT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12}|\$\{AWS::AccountId\})(?::root)?")


def _is_own_account(value: Any, resource: Resource) -> bool:
    match = _ROOT.fullmatch(value) if isinstance(value, str) else None
    return match is not None and match.group(1) in (resource.template.account, "${AWS::AccountId}")


def _judge(statement: Statement, resource: Resource) -> Iterator[Verdict]:
    others = [value for kind, value in statement.principals if not (kind == "AWS" and _is_own_account(value, resource))]
    if not statement.allows or not others or (statement.names_everyone() and not statement.conditions):
        return
    if statement.not_actions:
        yield failed(f"{others[0]} is granted all actions but those in NotAction.")
    for action in statement.actions:
        if action is UNKNOWN:
            yield unknown(f"Which actions {others[0]} is granted is known only at deployment.")
        elif is_whole_service(action):
            yield failed(f"{others[0]} is granted {action}.")


def check(resource: Resource) -> Verdict:
    verdicts = [PASSED]
    path = RESOURCE_POLICIES[resource.type][0]
    for document in spread(resource.properties, path):
        found = statements(parsed(document))
        if isinstance(found, Unknown):
            return unknown(f"{path} cannot be read before deployment.")
        verdicts += [verdict for statement in found for verdict in _judge(statement, resource)]
    return worst(verdicts)


RULE = Rule(
    name="ResourcePolicyActionsNamed",
    severity="error",
    resource_types=_TYPES,
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    fix="List the actions that the service or role calls, such as kms:Decrypt and kms:GenerateDataKey.",
    check=check,
)
