"""Which Lambda functions run at the edge, and which log groups are those that Lambda makes for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Text, Unknown, function_of, is_one_of, spread
from hipaa_constructs.cloudformation.written import places
from hipaa_constructs.iam.roles import trusted_principals

FUNCTION: Final = "AWS::Lambda::Function"
LOG_GROUP: Final = "AWS::Logs::LogGroup"
QUEUE: Final = "AWS::SQS::Queue"
# What CDK writes for log_retention: the group is Lambda's own, and this sets how long it keeps its events.
LOG_RETENTION: Final = "Custom::LogRetention"

_BEHAVIORS = ("DistributionConfig.DefaultCacheBehavior", "DistributionConfig.CacheBehaviors[]")
_PREFIX = "/aws/lambda/"
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
_HOOK = "AWS::CloudFormation::LambdaHook"
_CALLERS = {
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
}


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


def is_custom(resource: Resource) -> bool:
    """Whether it is a custom resource, which CloudFormation has a function make."""
    return resource.type.startswith(_CUSTOM)


def serves_deployment_only(function: Resource) -> bool:
    """Whether CloudFormation calls a function, for custom resources or a hook, and nothing else that the app shows."""
    app = function.template.app
    callers = [kind for kind in app.resources if kind.startswith(_CUSTOM) or kind == _HOOK]
    if not app.told(function, "functions of deployments", callers, _served):
        return False
    return not any(app.referring(function, kind, path) for kind, path in _CALLERS.items())


def fails_deployment_only(queue: Resource) -> bool:
    """Whether a queue keeps what functions failed at that only custom resources call: requests of CloudFormation."""
    functions = queue.template.app.referring(queue, FUNCTION, "DeadLetterConfig.TargetArn")
    return bool(functions) and all(map(serves_deployment_only, functions))


def _served(caller: Resource) -> Iterator[tuple[Resource, None]]:
    named = caller.get("LambdaFunction" if caller.type == _HOOK else "ServiceToken")
    function = caller.template.target(named, FUNCTION)
    if function is not None:
        yield function, None


def shows_environment(function: Resource) -> bool:
    """Whether all of a function's environment variables can be read, so that NoSecretsInEnvironment judges them."""
    found = places(function.template, function.raw.get("Properties"), "Environment.Variables")
    return all(isinstance(variables, Mapping) and not function_of(variables)[0] for _, variables in found)


def log_groups_of(function: Resource) -> Sequence[Resource]:
    """Return the log groups, and what sets their retention, that go by the name which Lambda gives a function's own."""
    told = function.template.app.told(function, "log groups of functions", (LOG_GROUP, LOG_RETENTION), _functions)
    return [group for group, _ in told]


def logs_deployment_only(group: Resource) -> bool:
    """Whether a log group is that of functions which only custom resources call."""
    functions = [function for function, _ in _functions(group)]
    return bool(functions) and all(map(serves_deployment_only, functions))


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
