"""AWS services use keys, buckets, topics, queues, images, log groups and functions for known accounts only.

A service acts for every customer, so a policy that names a service alone lets strangers have it act on one's own
resource (docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html): Lambda and CodeBuild, which pull images
(docs.aws.amazon.com/codebuild/latest/userguide/sample-ecr.html), and Route 53 and OpenSearch, which write to log groups
(docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html), send their source as well. A
warning, since not every service does. Compliant: an Allow for a service has a condition on source, organization,
encryption context or calling account; a function's permission has a source, an organization or, for Alexa, a token.
Non-compliant: one has none, or a source of any account. Not applicable: a policy that names no service, or lets it do
nothing but ask for a key's description, as AWS's policy for archives of events does
(docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html); the permission for a function of S3, which
is PermissionNotPublic's, and of CloudFormation, for macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, is_one_of
from hipaa_constructs.compliance.facts.policy_fixes import resource_fixes
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, listed, unknown
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement, policies_at
from hipaa_constructs.iam.exposure import is_limited
from hipaa_constructs.iam.locations import RESOURCE_POLICIES

_PERMISSION = "AWS::Lambda::Permission"
_TYPES = (
    "AWS::ECR::Repository",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    _PERMISSION,
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
)
# Conditions that tell whose request a service carries, beside those that tie any caller.
_CONTEXTS = ("kms:encryptioncontext:", "kms:viaservice")
_EVENTS = "events.amazonaws.com"
# Where no condition is needed. A topic's statement for EventBridge may not have one
# (docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions), and AWS Backup,
# which could be held to a vault, publishes to topics of the vault's own account alone
# (docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html). Logs of load balancers have the account in
# the object's path, which the resource says; a source is possible there, but not needed
# (docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
# Nor does the statement by which EventBridge makes the streams of its log groups have one (the page on topics).
_SOURCELESS: Mapping[str, str | tuple[str, ...]] = {
    "backup.amazonaws.com": "AWS::SNS::",
    _EVENTS: ("AWS::SNS::", "AWS::Logs::"),
    "logdelivery.elasticloadbalancing.amazonaws.com": "AWS::S3::",
}
# AWS's own statement for that names this one beside EventBridge; by itself, it delivers the logs of others.
_BESIDE_EVENTS = "delivery.logs.amazonaws.com"
# How a function's permission says whose calls a service may carry. Alexa knows its skills by a token
# (docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html).
_SOURCES = ("SourceAccount", "SourceArn", "PrincipalOrgID", "EventSourceToken")
# S3 is PermissionNotPublic's, and for a macro AWS documents no source (docs.aws.amazon.com/AWSCloudFormation/latest/
# UserGuide/template-macros.html).
_NOT_ASKED = ("cloudformation.amazonaws.com", "s3.amazonaws.com")
_SERVICE = re.compile(r"\.amazon(aws)?\.com(\.cn)?$", re.IGNORECASE)


def _has_context(statement: Statement) -> bool:
    return any(
        condition.key.startswith(_CONTEXTS) and not condition.if_exists for condition in statement.known_conditions()
    )


def _is_sourceless(service: str, resource: Resource, beside: Sequence[str]) -> bool:
    if service == _BESIDE_EVENTS and resource.type.startswith("AWS::Logs::"):
        return _EVENTS in beside
    return service in _SOURCELESS and resource.type.startswith(_SOURCELESS[service])


def _judge(statement: Statement, resource: Resource) -> Iterator[Verdict]:
    services = [value for kind, value in statement.principals if kind == "Service"]
    known = [str(service) for service in services if service is not UNKNOWN]
    known = [service for service in known if not _is_sourceless(service, resource, known)]
    describes = all(is_one_of(action, "kms:DescribeKey") is Ternary.YES for action in statement.actions)
    given = [service for service in services if service is UNKNOWN]
    if not (known or given) or (statement.actions and describes):
        return
    limited = Ternary.YES if _has_context(statement) else is_limited(statement)
    if not known and limited is Ternary.NO:
        limited = Ternary.UNKNOWN
    who, where = listed(known or ["the service"]), f"statement {statement.name}"
    yield judge(
        limited,
        f"The policy lets {who} act for any account ({where}).",
        unknown_message=f"Whose requests {who} may carry is known only at deployment ({where}).",
    )


def _names_source(value: Resolved) -> bool:
    if not isinstance(value, str):
        return value is not None
    arn = parse_arn(value)
    return not (value if arn is None else arn.account or arn.name).startswith("*") and value != ""


def _permission(resource: Resource) -> Verdict:
    principal = resource.get("Principal")
    if principal is UNKNOWN:
        return unknown("Principal is known only at deployment.")
    if not _SERVICE.search(str(principal)) or is_one_of(principal, *_NOT_ASKED, any_case=True) is Ternary.YES:
        return NOT_APPLICABLE
    if any(_names_source(resource.get(name)) for name in _SOURCES):
        return PASSED
    lacks = "EventSourceToken" if _ALEXA.fullmatch(str(principal)) else "SourceArn or SourceAccount"
    return failed(f"The permission lets {principal} call the function for any account: no {lacks}.")


def check(resource: Resource) -> Verdict:
    if resource.type == _PERMISSION:
        return _permission(resource)
    path = RESOURCE_POLICIES[resource.type][0]
    return judge_allows(policies_at(resource, path), "The policy", partial(_judge, resource=resource))


# docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html#lambda-AddPermission-request-EventSourceToken
_ALEXA = re.compile(r"alexa-\w+\.amazon\.com", re.IGNORECASE)
# What AWS has name its rule, API or topic, and documents no account for:
# docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-lambda-permissions,
# docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html and …/with-sns.html
_BY_ARN = re.compile(r"(apigateway|events|sns)\.amazonaws\.com(\.cn)?", re.IGNORECASE)


def _is_called_by(callers: re.Pattern[str]) -> Callable[[Resource], bool]:
    def is_so(permission: Resource) -> bool:
        principal = permission.get("Principal")
        return isinstance(principal, str) and callers.fullmatch(principal) is not None

    return is_so


RULE = Rule(
    name="ServiceAccessScoped",
    severity="warning",
    resource_types=_TYPES,
    controls=("164.312(a)(1)",),
    fix="Say on whose behalf the service may act: by its source's ARN, an account or an organization.",
    fixes=(
        Fix(
            (_PERMISSION,),
            {"EventSourceToken": Choose("the skill's id")},
            cdk=("lambda_.Function.add_permission(<an id>, principal=<Alexa>, event_source_token=<the skill's id>)",),
            when=_is_called_by(_ALEXA),
        ),
        Fix(
            (_PERMISSION,),
            {"SourceArn": Choose("the ARN of the rule, API or topic")},
            cdk=("lambda_.Function.add_permission(<an id>, principal=<the service>, source_arn=<the ARN>)",),
            when=_is_called_by(_BY_ARN),
        ),
        Fix(
            (_PERMISSION,),
            {"SourceAccount": {"Ref": "AWS::AccountId"}},
            cdk=("lambda_.Function.add_permission(<an id>, principal=<the service>, source_account=<the account>)",),
        ),
        *resource_fixes(
            "add a Condition such as {StringEquals: {aws:SourceAccount: ${AWS::AccountId}}}, or one on "
            "aws:SourceArn or aws:SourceOrgID",
            "actions=<the actions>, principals=[<the service>], resources=[<what>], "
            'conditions={"StringEquals": {"aws:SourceAccount": <the account>}}',
            [kind for kind in _TYPES if kind != _PERMISSION],
            {"AWS::KMS::Key": ("KmsRotatedKey",), "AWS::SNS::TopicPolicy": ("AlertTopic",)},
        ),
    ),
    check=check,
)
