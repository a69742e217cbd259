"""Functions log to a log group that the app defines.

Compliant: a function names a log group, or the app has the one that Lambda would make for it. Non-compliant: neither;
then Lambda makes one itself at the first call, without key and without end, also where CDK's log_retention ends it
(docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html), or none for a role that may not write
there. Not applicable: functions that only custom resources or hooks call, which see what templates say, unless their
role may write to a log group of the app that they do not name; key and retention are LogGroupRetention's and
StoreEncryptedWithCustomerKey's. Functions of which the same is said are told once a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, as_items, is_present, spread
from hipaa_constructs.compliance.facts.functions import LOG_GROUP, log_groups_of, serves_deployment_only
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed
from hipaa_constructs.iam.grants import documents
from hipaa_constructs.iam.roles import documents_of

_FUNCTION, _ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
_SAID = "LoggingConfig names no log group, so Lambda makes one without key and retention."
_LOST = "its role may not write to the one that Lambda makes, so what it logs is lost"
_GROUP = re.compile(r":log-group:(?P<group>[^:]*)")
_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")


def check(resource: Resource) -> Verdict:
    if serves_deployment_only(resource):
        return _of_deployment(resource)
    # A reference, a name or a value of deployment: in any case somebody chose it.
    if is_present(resource.get("LoggingConfig.LogGroup")) is not Ternary.NO:
        return PASSED
    groups = {group.type for group in log_groups_of(resource)}
    if LOG_GROUP in groups:
        return PASSED
    if groups:
        return failed("Its log group is the one that Lambda makes, without key; only its retention is set.")
    if _may_not_write(resource):
        return failed(f"LoggingConfig names no log group, and {_LOST}.")
    return say_once(resource, _unnamed, (_FUNCTION,))


def _unnamed(function: Resource) -> Verdict:
    """Judge a function that nothing but Lambda gives a log group; others are told by themselves."""
    told = (
        serves_deployment_only(function)
        or is_present(function.get("LoggingConfig.LogGroup")) is not Ternary.NO
        or bool(log_groups_of(function))
        or _may_not_write(function)
    )
    return NOT_APPLICABLE if told else failed(_SAID)


def _may_not_write(function: Resource) -> bool:
    """Whether the role of a function certainly may not write to the log group that Lambda makes for it."""
    role = function.template.target(function.get("Role"), _ROLE)
    if role is None or not all(arn is None for arn in spread(role.properties, "ManagedPolicyArns[]")):
        return False
    documents = list(documents_of(role))
    if any(isinstance(document, Unknown) for document in documents):
        return False
    statements = [one for document in documents if not isinstance(document, Unknown) for one in document]
    writing = [
        one
        for one in statements
        if one.allows is not Ternary.NO and one.covers_action("logs:PutLogEvents") is not Ternary.NO
    ]
    return all(one.resources and all(_is_other(function, item) for item in one.resources) for one in writing)


def _is_other(function: Resource, resource: object) -> bool:
    """Whether what a statement names is certainly another log group than a function's own, ``/aws/lambda/<name>``."""
    name, found = function.get("FunctionName"), _GROUP.search(str(resource))
    if found is None or "$" in found["group"]:
        return False
    if isinstance(name, str):
        return not fnmatchcase(f"/aws/lambda/{name}", found["group"])
    # A name that CloudFormation makes, nobody knows before.
    return name is None and not any(wildcard in found["group"] for wildcard in "*?")


def _of_deployment(function: Resource) -> Verdict:
    if is_present(function.get("LoggingConfig.LogGroup")) is not Ternary.NO or log_groups_of(function):
        return NOT_APPLICABLE
    role = function.template.target(function.get("Role"), _ROLE)
    app = function.template.app
    groups = [group for _, group in app.told(role, "log groups of roles", _POLICIES, _written)] if role else []
    if not groups:
        return NOT_APPLICABLE
    return failed(f"LoggingConfig does not name {groups[0].logical_id}, the log group that its role may write to.")


def _written(policy: Resource) -> Iterator[tuple[Resource, Resource]]:
    """Yield the roles of a policy, each with a log group of the app that the policy lets write to."""
    found = [statement for document in documents(policy) if not isinstance(document, Unknown) for statement in document]
    for statement in found:
        if statement.allows is not Ternary.YES or statement.covers_action("logs:PutLogEvents") is not Ternary.YES:
            continue
        for value in as_items(policy.get("Roles")):
            role = policy.template.target(value, _ROLE)
            groups = (policy.template.target(item, LOG_GROUP) for item in statement.resources)
            yield from ((role, group) for group in groups if role is not None and group is not None)


_FIX = Fix(
    properties={"LoggingConfig.LogGroup": Choose("the name of a log group with key and retention")},
    cdk=("lambda_.Function(log_group=<a log group>)",),
    constructs=("EncryptedLogGroup",),
)
_MAY_WRITE = "Its role may logs:CreateLogStream and logs:PutLogEvents there."

RULE = Rule(
    name="FunctionLogsKept",
    severity="warning",
    resource_types=("AWS::Lambda::Function",),
    controls=("164.312(b)",),
    fix="Give the function a log group of the app, with key and retention.",
    fixes=(replace(_FIX, beside=_MAY_WRITE, when=_may_not_write), _FIX),
    check=check,
)
