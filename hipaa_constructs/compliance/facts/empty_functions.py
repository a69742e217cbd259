"""Functions that no data comes to: none by what calls them, and none by what their role may reach."""

from __future__ import annotations

import re
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, as_items, dig, is_mapping, is_one_of
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.facts.literal_messages import hands_on_text_alone
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.operations import is_rule_of_operation, serves_operation_alone
from hipaa_constructs.compliance.facts.service_roles import lets_programs
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.locations import IDENTITY_POLICIES
from hipaa_constructs.iam.managed import managed_by_aws
from hipaa_constructs.iam.roles import documents_of, trusted_principals

_ROLE, _TOPIC, _SUBSCRIPTION = "AWS::IAM::Role", "AWS::SNS::Topic", "AWS::SNS::Subscription"
_RULE, _AUTHORIZER = "AWS::Events::Rule", "AWS::ApiGateway::Authorizer"
# What names a function and has it do nothing.
_SILENT: Final = (
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::LogGroup",
    "Custom::LogRetention",
)
# What calls a function by the time of day, or to tell of what AWS runs.
_CALLERS_OF_OPERATION: Final = (
    "AWS::CloudWatch::Alarm",
    "AWS::CodePipeline::Pipeline",
    "AWS::Config::ConfigRule",
    "AWS::Scheduler::Schedule",
)
# Who calls a function for what names it here; an API, a bucket or another account may do so from elsewhere.
_LET_IN: Final = (
    "codepipeline.amazonaws.com",
    "config.amazonaws.com",
    "events.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "scheduler.amazonaws.com",
    "sns.amazonaws.com",
)
# What a function writes of itself, and what starts, stops or sets up what data is in without reading it. What invokes,
# queries or gets a secret may bring data, whatever it is.
_REACHES_NONE: Final = re.compile(
    r"(logs:(create|put|describe)\w*|xray:\w*|cloudwatch:(putmetricdata|get|list|describe)\w*|"
    r"(autoscaling|elasticloadbalancing|acm|route53|health|budgets|ce|servicequotas):\w*|"
    r"ec2:(allocate|associate|attach|create|describe|delete|disassociate|modify|reboot|release|run|start|stop|terminate|"
    r"assign|unassign)\w*|rds:(add|copy|create|delete|describe|list|modify|reboot|start|stop)\w*|"
    r"ecs:(describetasks|describeservices|listtasks|runtask|stoptask|updateservice)|batch:(submitjob|describejobs)|"
    r"glue:(startjobrun|startcrawler|getjobrun|getcrawler)|codebuild:(startbuild|batchgetbuilds)|"
    r"codepipeline:(putjob\w+|startpipelineexecution)|states:startexecution|cloudfront:createinvalidation|"
    r"events:putevents|sns:publish|ses:send\w*|tag:getresources|iam:passrole|"
    r"kms:(decrypt|encrypt|generatedatakey\*?|describekey)|sts:getcalleridentity)",
)
# What AWS's policies for every function allow.
_EVERYONES: Final = frozenset(
    {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
    }
)


def handles_no_data(function: Resource) -> bool:
    """Whether no data comes to a function, as far as the app shows, by its callers or by its role.

    Schedules, notices of operation, pipelines or authorizers of tokens call it, and its role lets it log, start jobs,
    set up servers or send messages. Of a role that is not the app's nothing is known.
    """
    return _is_called_without_data(function) and _reaches_none(function)


def _reaches_none(function: Resource) -> bool:
    role = function.template.target(function.get("Role"), _ROLE)
    if role is None or any(isinstance(name, Unknown) or name not in _EVERYONES for name in managed_by_aws(role)):
        return False
    trusted = trusted_principals(role)
    if isinstance(trusted, Unknown) or not all(
        kind == "Service" and is_one_of(one, "lambda.amazonaws.com") is Ternary.YES for kind, one in trusted
    ):
        return False
    found = list(documents_of(role, with_boundary=False))
    return all(not isinstance(policy, Unknown) and all(map(_gives_none, policy)) for policy in found)


def _gives_none(statement: Statement) -> bool:
    if statement.allows is Ternary.NO:
        return True
    return not statement.not_actions and all(
        isinstance(action, str) and _REACHES_NONE.fullmatch(action.lower().replace("*", "")) is not None
        for action in statement.actions
    )


def _is_called_without_data(function: Resource) -> bool:
    # What is exported others may start too.
    users = users_of(function)
    callers = [user for user in users or () if not _is_silent(user, function)]
    checks = any(user.type == _AUTHORIZER for user in callers)
    return bool(callers) and all(
        _brings_none(caller, function) or (checks and _is_of_gateway(caller)) for caller in callers
    )


def _is_of_gateway(user: Resource) -> bool:
    """Whether a permission lets API Gateway call a function, which is for the authorizer where there is one."""
    of_gateway = is_one_of(user.get("Principal"), "apigateway.amazonaws.com") is Ternary.YES
    return user.type == "AWS::Lambda::Permission" and of_gateway


def _is_silent(user: Resource, function: Resource) -> bool:
    if user.type in IDENTITY_POLICIES:
        return not lets_programs(user, function, "lambda:InvokeFunction")
    if user.type == "AWS::Lambda::Permission":
        return is_one_of(user.get("Principal"), *_LET_IN) is Ternary.YES
    return user.type in _SILENT


def _brings_none(caller: Resource, function: Resource) -> bool:
    if caller.type == _SUBSCRIPTION:
        topic = caller.template.target(caller.get("TopicArn"), _TOPIC)
        return topic is not None and serves_operation_alone(topic)
    if caller.type == _AUTHORIZER:
        return is_one_of(caller.get("Type"), "TOKEN") is Ternary.YES
    if caller.type == _RULE:
        targets = [
            one
            for one in as_items(caller.get("Targets"))
            if caller.template.target(dig(one, "Arn"), FUNCTION) is function
        ]
        by_text = bool(targets) and all(is_mapping(one) and hands_on_text_alone(one) for one in targets)
        return by_text or is_rule_of_operation(caller)
    return caller.type in _CALLERS_OF_OPERATION
