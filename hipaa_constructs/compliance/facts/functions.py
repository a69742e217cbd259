"""Which Lambda functions run at the edge, and which log groups are those that Lambda makes for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Text, Unknown, is_one_of, spread
from hipaa_constructs.iam.roles import trusted_principals

FUNCTION: Final = "AWS::Lambda::Function"
LOG_GROUP: Final = "AWS::Logs::LogGroup"
# What CDK writes for log_retention: the group is Lambda's own, and this sets how long it keeps its events.
LOG_RETENTION: Final = "Custom::LogRetention"

_BEHAVIORS = ("DistributionConfig.DefaultCacheBehavior", "DistributionConfig.CacheBehaviors[]")
_PREFIX = "/aws/lambda/"


def is_at_edge(function: Resource) -> bool:
    """Whether a function runs at the edge: a distribution of the app calls it, or its role lets CloudFront copy it.

    The role of every Lambda@Edge function trusts edgelambda.amazonaws.com, also where the distribution is a stack of
    another Region (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html).
    """
    app = function.template.app
    if app.told(function, "edge functions", ("AWS::CloudFront::Distribution",), _called):
        return True
    role = function.template.target(function.get("Role"), "AWS::IAM::Role")
    trusted = trusted_principals(role) if role is not None else ()
    return not isinstance(trusted, Unknown) and any(
        kind == "Service" and is_one_of(value, "edgelambda.amazonaws.com", any_case=True) is Ternary.YES
        for kind, value in trusted
    )


def _called(distribution: Resource) -> Iterator[tuple[Resource, None]]:
    here = distribution.template
    for behavior in _BEHAVIORS:
        for arn in spread(distribution.properties, f"{behavior}.LambdaFunctionAssociations[].LambdaFunctionARN"):
            version = here.target(arn, "AWS::Lambda::Version")
            function = here.target(version.get("FunctionName"), FUNCTION) if version else None
            if function is not None:
                yield function, None


def log_groups_of(function: Resource) -> Sequence[Resource]:
    """Return the log groups, and what sets their retention, that go by the name which Lambda gives a function's own."""
    told = function.template.app.told(function, "log groups of functions", (LOG_GROUP, LOG_RETENTION), _functions)
    return [group for group, _ in told]


def _functions(group: Resource) -> Iterator[tuple[Resource, None]]:
    name = group.get("LogGroupName")
    if isinstance(name, Text):
        for reference in name.references:
            if reference.resource.type == FUNCTION:
                yield reference.resource, None
    if isinstance(name, str) and name.startswith(_PREFIX):
        named = group.template.target(name.removeprefix(_PREFIX), FUNCTION)
        if named is not None:
            yield named, None
