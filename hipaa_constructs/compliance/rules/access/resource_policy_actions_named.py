"""Resource policies name the actions that they grant.

Compliant: every Allow to a service, a role or another account names its actions. Non-compliant: ``*``, all of a
service, or all but some: the grantee may then also change the policy or delete the resource. A warning: a service of
AWS's that may change who is let in, or delete the topic, queue, bucket, key or secret, by name: services send, read and
write (docs.aws.amazon.com/sns/latest/dg/sns-enable-permissions-for-services.html); so may another account, beside the
one that manages a key; rules of an event bus that another account may make or change without a condition on
``events:creatorAccount``, which holds it to its own
(docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-same-account-creator.html), since a target
gets what passes there; and an account that manages a key by no more than a parameter's default: elsewhere, KMS refuses
the key, or that account has it, where ``AWS::AccountId`` is meant. Not applicable: what is granted to the account
itself, which hands it on by its IAM policies (GrantsBounded), as AWS's default key policy does, also where that writes
the account's number, as CDK does in a stack with an ``env``: KMS refuses a key that nobody of its account could manage
(docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html); what is granted to everyone without a
condition, which other rules judge; what a bucket leaves to its access points by a condition on who owns those, as S3's
page on them says to
(docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-delegating-control), since
their own policies name the actions; endpoint policies, which grant nothing. Unknown: a grantee that only deployment
tells, who may be the account itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, Text, Unknown, as_mapping
from hipaa_constructs.cloudformation.written import Source, written_at
from hipaa_constructs.compliance.facts.policy_fixes import resource_fixes
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Severity, Verdict, failed, listed, unknown, worst
from hipaa_constructs.iam.document import Statement, matches, policies_at, policy_at, statement_at
from hipaa_constructs.iam.exposure import is_limited
from hipaa_constructs.iam.grants import is_whole_service
from hipaa_constructs.iam.locations import RESOURCE_POLICIES

# It has one statement in place of a document, or, in its old form, only accounts that may send.
_BUS_POLICY = "AWS::Events::EventBusPolicy"
_TYPES = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::Events::EventBus",
    _BUS_POLICY,
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
# What changes who is let in, or ends the resource. No service of AWS's asks for one of these in a resource's policy.
_ADMINISTERS = (
    "ecr:DeleteRepository",
    "ecr:SetRepositoryPolicy",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:RemovePermission",
    "sns:SetTopicAttributes",
    "sqs:AddPermission",
    "sqs:DeleteQueue",
    "sqs:RemovePermission",
    "sqs:SetQueueAttributes",
)
# By which the rules of a bus are changed, and so what happens to what passes there.
_OF_RULES = (
    "events:DeleteRule",
    "events:DisableRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
)
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
_PRINCIPALS = "KeyPolicy.Statement[].Principal.AWS"
_ROOT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12}|\$\{AWS::AccountId\})(?::root)?")

_ROOT_GIVEN = re.compile(r"(?:arn:[^:]+:iam::)?\$\{[^{}]+\}(?::root)?")
_NOT_OF_ACCOUNT = ("Service", "Federated", "CanonicalUser")
_OF_ACCESS_POINTS = ("s3:dataaccesspointaccount", "s3:dataaccesspointarn")


def _is_own_account(value: Resolved, resource: Resource) -> bool:
    match = _ROOT.fullmatch(value) if isinstance(value, str) else None
    return match is not None and match.group(1) in (resource.template.account, "${AWS::AccountId}", _manager(resource))


def _may_be_own_account(value: Resolved) -> bool:
    """Whether a principal that only deployment tells may turn out to be the account itself."""
    return value is UNKNOWN or (isinstance(value, Text) and _ROOT_GIVEN.fullmatch(value) is not None)


def _is_left_to_access_points(statement: Statement, resource: Resource) -> bool:
    """Whether a bucket's policy allows what comes through access points of an account, whose own policies decide."""
    if resource.type != "AWS::S3::BucketPolicy":
        return False
    compared = [condition for key in _OF_ACCESS_POINTS for condition in statement.compared(key)]
    return is_limited(replace(statement, conditions=compared)) is Ternary.YES


def _manager(key: Resource) -> str:
    """Return the account that alone may do everything with a key of an account that is not known: it owns the key."""
    found = policy_at(key, "KeyPolicy") if key.type in _KEYS and key.template.account is None else ()
    known = [] if isinstance(found, Unknown) else found
    whole = [one for one in known if one.allows is Ternary.YES and any(map(is_whole_service, one.actions))]
    values = (value for one in whole if not one.conditions for _, value in one.principals)
    matches = [_ROOT.fullmatch(value) for value in values if isinstance(value, str)]
    accounts = {match.group(1) for match in matches if match}
    return accounts.pop() if len(accounts) == 1 else ""


def _by_default(statement: Statement, key: Resource) -> Iterator[Verdict]:
    """Judge whether a key is managed by an account that is no more than the default of a parameter."""
    if key.type not in _KEYS or key.template.account is not None or not any(map(is_whole_service, statement.actions)):
        return
    matches = [
        _ROOT.fullmatch(value) for kind, value in statement.principals if kind == "AWS" and isinstance(value, str)
    ]
    accounts = {match.group(1) for match in matches if match} & {_manager(key)}
    sources = (
        part for text in written_at(key, _PRINCIPALS) for part in text if isinstance(part, Source) and not part.pseudo
    )
    defaults = {
        name: str(as_mapping(template.parameters[name]).get("Default"))
        for source in sources
        for template, name in source.parameters
    }
    for name in (name for name, default in defaults.items() if default in accounts):
        yield failed(
            f"The account that manages the key is the default of parameter {name}, {defaults[name]}, also where "
            f"another deploys it (statement {statement.name}).",
            severity="warning",
        )


def _judge(statement: Statement, resource: Resource) -> Iterator[Verdict]:
    yield from _by_default(statement, resource)
    grantees = [one for one in statement.principals if not (one[0] == "AWS" and _is_own_account(one[1], resource))]
    if not grantees or (statement.names_everyone() is Ternary.YES and not statement.conditions):
        return
    if _is_left_to_access_points(statement, resource):
        return
    others = [value for kind, value in grantees]
    certain = [value for kind, value in grantees if kind in _NOT_OF_ACCOUNT or not _may_be_own_account(value)]
    where = f"statement {statement.name}"

    def granted(what: str, severity: Severity | None = None) -> Verdict:
        if not certain:
            return unknown(f"Who {what} is known only at deployment ({where}).")
        return failed(f"{listed(certain)} {what} ({where}).", severity=severity)

    if statement.not_actions:
        yield granted("is granted all actions but those in NotAction")
    if any(action is UNKNOWN for action in statement.actions):
        yield unknown(f"Which actions {listed(others)} is granted is known only at deployment ({where}).")
    whole = [action for action in statement.actions if is_whole_service(action)]
    if whole:
        yield granted(f"is granted {listed(whole)}")
    ruling = [action for action in statement.actions if action not in whole and _changes_rules(action)]
    if ruling and not any(True for _ in statement.compared("events:creatoraccount")):
        yield granted(f"may change rules that others made on the bus, by {listed(ruling)}", "warning")
    services = [value for kind, value in statement.principals if kind == "Service"]
    named = [action for action in statement.actions if action not in whole and _administers(action)]
    administering = [*services, *(value for value in others if _is_another_account(value, resource))]
    if administering and named:
        yield failed(f"{listed(administering)} may administer, by {listed(named)} ({where}).", severity="warning")


def _is_another_account(value: Resolved, key: Resource) -> bool:
    """Whether a principal is all of an account that certainly is not the one which a key is managed by."""
    match = _ROOT.fullmatch(value) if isinstance(value, str) and key.type in _KEYS else None
    owner = key.template.account or (_manager(key) if match else "")
    return match is not None and bool(owner) and match.group(1) not in (owner, "${AWS::AccountId}")


def _administers(action: Resolved) -> bool:
    return any(matches(action, one) for one in _ADMINISTERS)


def _changes_rules(action: Resolved) -> bool:
    return any(matches(action, one) for one in _OF_RULES)


def check(resource: Resource) -> Verdict:
    path = "Statement" if resource.type == _BUS_POLICY else RESOURCE_POLICIES[resource.type][0]
    found = [statement_at(resource, path)] if resource.type == _BUS_POLICY else policies_at(resource, path)
    return worst((PASSED, judge_allows(found, path, partial(_judge, resource=resource))))


RULE = Rule(
    name="ResourcePolicyActionsNamed",
    severity="error",
    resource_types=_TYPES,
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    fix="List the actions that the service, role or account calls.",
    fixes=(
        Fix(
            (_BUS_POLICY,),
            beside="In Statement, list in Action what the principal calls, such as events:PutEvents, and give one that "
            "makes rules a Condition {StringEqualsIfExists: {events:creatorAccount: ${aws:PrincipalAccount}}}.",
            cdk=(
                "events.EventBus.add_to_resource_policy(iam.PolicyStatement(sid=<a name>, "
                'actions=["events:PutEvents"], principals=[<who>], resources=[<the bus>]))',
            ),
        ),
        *resource_fixes(
            "list in Action what the principal calls, in place of *, all of a service or NotAction",
            "actions=<named actions>, principals=[<who>], resources=[<what>]",
            [kind for kind in _TYPES if kind != _BUS_POLICY],
        ),
    ),
    check=check,
)
