"""Who did what: logs of buckets, functions, APIs, load balancers and VPCs, and what has to stand there for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import (
    allow,
    log_bucket_of_balancers,
    log_bucket_of_buckets,
    log_group,
    policy,
)
from hipaa_constructs.mending.draft import (
    ACCOUNT,
    DECIDED,
    CannotMendError,
    Draft,
    is_function,
    is_plain,
    listed,
    replace,
    require_undecided,
)


def access_logs(draft: Draft, finding: Finding) -> None:
    """Let a bucket log to the bucket for access logs."""
    properties = draft.properties(finding.resource_logical_id)
    require_undecided(properties.get("LoggingConfiguration"))
    condition = draft.resource(finding.resource_logical_id).get("Condition")
    properties["LoggingConfiguration"] = {
        "DestinationBucketName": dict(log_bucket_of_buckets(draft, condition)),
        "LogFilePrefix": f"{draft.written_as(finding.resource_logical_id)}/",
    }


def function_logs(draft: Draft, finding: Finding) -> None:
    """Give a function a log group of the template, if its role may write there."""
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    require_undecided(properties.get("LoggingConfig"))
    role = "" if _may_log_anywhere(draft, raw, properties.get("Role")) else _role_of(draft, properties.get("Role"))
    group = log_group(draft, f"{name}Logs", condition=raw.get("Condition"))
    if role:
        _let_write(draft, role, group, raw.get("Condition"))
    properties["LoggingConfig"] = {**properties.get("LoggingConfig", {}), "LogGroup": {"Ref": group}}


# AWS's own policies that let a function write to every log group, by the end of their names.
_LOGGING_POLICIES = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "CloudWatchLogsFullAccess",
)


def _may_log_anywhere(draft: Draft, raw: Mapping[str, Any], role: Any) -> bool:
    if role is None:
        # AWS SAM makes one with AWSLambdaBasicExecutionRole.
        return str(raw.get("Type")).startswith("AWS::Serverless::")
    for name, found in draft.of_type("AWS::IAM::Role"):
        if not is_about(role, name):
            continue
        properties = found["Properties"]
        managed = [str(one) for one in listed(properties.get("ManagedPolicyArns", []))]
        if any(policy in one for one in managed for policy in _LOGGING_POLICIES):
            return True
        documents = [one.get("PolicyDocument") for one in listed(properties.get("Policies", [])) if is_plain(one)]
        for _, one in draft.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            if any(is_about(holder, name) for holder in listed(one["Properties"].get("Roles", []))):
                documents.append(one["Properties"].get("PolicyDocument"))
        return any(_lets_log(document) for document in documents)
    return False


def _role_of(draft: Draft, value: Any) -> str:
    for name, _ in draft.ids("AWS::IAM::Role"):
        if is_about(value, name):
            return name
    raise CannotMendError("Whether its role may write to another log group its policies do not show.")


def _let_write(draft: Draft, role: str, group: str, condition: Any) -> None:
    """Let a role of the template write to a log group too."""
    if condition != draft.resource(role).get("Condition"):
        raise CannotMendError("Its role is made on another condition than the function.")
    arn = {"Fn::GetAtt": [group, "Arn"]}
    allow(draft, role, "WriteLogsOfFunctions", ("logs:CreateLogStream", "logs:PutLogEvents"), arn)


def _lets_log(document: Any) -> bool:
    for statement in listed(document.get("Statement", [])) if is_plain(document) else ():
        if not is_plain(statement) or statement.get("Effect") != "Allow" or "Condition" in statement:
            continue
        actions = {str(action).lower() for action in listed(statement.get("Action"))}
        if not {"logs:putlogevents", "logs:put*", "logs:*", "*"} & actions:
            continue
        if not {"logs:createlogstream", "logs:create*", "logs:*", "*"} & actions:
            continue
        if any(_is_every_group(one) for one in listed(statement.get("Resource"))):
            return True
    return False


def _is_every_group(resource: Any) -> bool:
    text = str(resource.get("Fn::Sub", "")) if isinstance(resource, dict) else str(resource)
    parts = re.sub(r"\$\{[^}]*\}", "*", text).split(":", 5)
    if text == "*":
        return True
    group = parts[5] if len(parts) == 6 else ""
    return text.startswith("arn:") and "logs" in parts[2:3] and group in ("*", "log-group:*", "log-group:*:*", "*:*")


def balancer_logs(draft: Draft, finding: Finding) -> None:
    """Let an application load balancer log to the bucket for access logs."""
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    if is_function(properties.get("Type")):
        raise CannotMendError(DECIDED)
    if properties.get("Type", "application") != "application":
        raise CannotMendError("A network load balancer logs only TLS listeners, into a bucket that it has to itself.")
    bucket, written_first = log_bucket_of_balancers(draft, raw.get("Condition"))
    set_attribute(draft, name, "access_logs.s3.enabled", "true")
    set_attribute(draft, name, "access_logs.s3.bucket", dict(bucket))
    after(raw, written_first)


def classic_balancer_logs(draft: Draft, finding: Finding) -> None:
    """Let a classic load balancer log to the bucket for access logs."""
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    require_undecided(properties.get("AccessLoggingPolicy"))
    bucket, written_first = log_bucket_of_balancers(draft, raw.get("Condition"))
    properties["AccessLoggingPolicy"] = {"Enabled": True, "S3BucketName": dict(bucket)}
    after(raw, written_first)


def after(raw: dict[str, Any], name: str) -> None:
    """Let a resource be made after another: a load balancer writes a test file when its logs are switched on."""
    before = listed(raw.get("DependsOn", []))
    if name not in before:
        depends = [*before, name] if before else name
        mended = {**raw, "DependsOn": depends}
        replace(raw, mended, first=["DependsOn"])


def flow_log(draft: Draft, finding: Finding) -> None:
    """Record the traffic of a VPC in a log group."""
    name = finding.resource_logical_id
    condition = draft.resource(name).get("Condition")
    if any(draft.of_type("AWS::EC2::FlowLog")):
        raise CannotMendError("There is a flow log, of which only its owner knows why it records no more.")
    group = log_group(draft, f"{name}FlowLogs", condition=condition)
    also = {"Condition": condition} if condition else {}
    arn = {"Fn::GetAtt": [group, "Arn"]}
    # docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    source = {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source}},
    }
    deliver = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": arn,
    }
    role = draft.add(
        f"{name}FlowLogsRole",
        {
            "Type": "AWS::IAM::Role",
            **also,
            "Properties": {
                "AssumeRolePolicyDocument": policy(trust),
                "Policies": [{"PolicyName": "Deliver", "PolicyDocument": policy(deliver)}],
            },
        },
    )
    draft.add(
        f"{name}FlowLog",
        {
            "Type": "AWS::EC2::FlowLog",
            **also,
            "Properties": {
                "ResourceType": "VPC",
                "ResourceId": {"Ref": name},
                "TrafficType": "ALL",
                "LogDestinationType": "cloud-watch-logs",
                "LogDestination": arn,
                "DeliverLogsPermissionArn": {"Fn::GetAtt": [role, "Arn"]},
            },
        },
    )


def dns_queries(draft: Draft, finding: Finding) -> None:
    """Record the DNS queries of a VPC in a log group."""
    name = finding.resource_logical_id
    condition = draft.resource(name).get("Condition")
    also = {"Condition": condition} if condition else {}
    group = log_group(draft, f"{name}QueryLogs", condition=condition)
    config = draft.add(
        f"{name}QueryLogging",
        {
            "Type": "AWS::Route53Resolver::ResolverQueryLoggingConfig",
            **also,
            "Properties": {"DestinationArn": {"Fn::GetAtt": [group, "Arn"]}},
        },
    )
    draft.add(
        f"{name}QueryLoggingAssociation",
        {
            "Type": "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
            **also,
            "Properties": {"ResolverQueryLogConfigId": {"Ref": config}, "ResourceId": {"Ref": name}},
        },
    )


def set_attribute(draft: Draft, name: str, key: str, value: Any) -> None:
    """Set an attribute of a load balancer."""
    properties = draft.properties(name)
    attributes = properties.setdefault("LoadBalancerAttributes", [])
    # What a condition adds to the list may be the very attribute.
    conditional = [one for one in listed(attributes) if is_function(one)]
    if not isinstance(attributes, list) or any(f"'{key}'" in str(one) for one in conditional):
        raise CannotMendError(DECIDED)
    for attribute in attributes:
        if attribute.get("Key") == key:
            if is_function(attribute.get("Value")):
                raise CannotMendError(DECIDED)
            attribute["Value"] = value
            return
    attributes.append({"Key": key, "Value": value})


# Who asked for what, when, and what came of it; no bodies, which may hold PHI.
_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "requestTime": "$context.requestTime",
        "httpMethod": "$context.httpMethod",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "protocol": "$context.protocol",
        "responseLength": "$context.responseLength",
    }
)


def require_no_destination(setting: Any) -> None:
    """Refuse to mend a stage that logs, to a log group that may be the wrong one."""
    written = setting.get("DestinationArn") if is_plain(setting) else None
    if written and written != {"Ref": "AWS::NoValue"}:
        raise CannotMendError("Which log group it is to write to only its owner knows.")


def api_logs(draft: Draft, finding: Finding) -> None:
    """Let a stage of an HTTP or WebSocket API log to a log group, which needs no role."""
    name = finding.resource_logical_id
    if not isinstance(draft.resources.get(name), dict):
        # AWS SAM makes the stage of an API.
        made = [api for api, _ in draft.ids("AWS::Serverless::HttpApi") if name.startswith(api)]
        name = made[0] if len(made) == 1 else name
    properties = draft.properties(name)
    require_undecided(properties.get("AccessLogSettings"))
    require_no_destination(properties.get("AccessLogSettings"))
    group = log_group(draft, f"{name}AccessLogs", condition=draft.resource(name).get("Condition"))
    properties["AccessLogSettings"] = {"DestinationArn": {"Fn::GetAtt": [group, "Arn"]}, "Format": _FORMAT}
