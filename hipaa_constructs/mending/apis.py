"""REST APIs: what their stages log, and the role that API Gateway needs for it."""

from __future__ import annotations

import json
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import KEPT, log_group, policy
from hipaa_constructs.mending.draft import DECIDED, MADE_BY_SAM, CannotMendError, Draft, is_plain, require_undecided
from hipaa_constructs.mending.records import after, require_no_destination

_ACCOUNT = "AWS::ApiGateway::Account"
_SAM = "AWS::Serverless::Api"
# SAM's own API of functions' events, which only Globals can set.
IMPLICIT = "ServerlessRestApi"
# Who asked for what, when, and what came of it; no bodies, which may hold PHI.
_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "requestTime": "$context.requestTime",
        "httpMethod": "$context.httpMethod",
        "resourcePath": "$context.resourcePath",
        "status": "$context.status",
        "protocol": "$context.protocol",
        "responseLength": "$context.responseLength",
    }
)
# As in AWS's own policy for it, AmazonAPIGatewayPushToCloudWatchLogs; API Gateway refuses a role that can do less, or
# for some log groups only: docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html.
_ACTIONS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)


def requests_logged(draft: Draft, finding: Finding) -> None:
    """Let a stage of a REST API log who asked for what."""
    name = finding.resource_logical_id
    stage, condition = _stage(draft, name)
    setting = stage.get("AccessLogSetting")
    require_undecided(setting)
    require_no_destination(setting)
    account = _account(draft)
    group = log_group(draft, f"{name}AccessLogs", condition=condition)
    # Logging is refused until the account has a role for it; by its log group each stage comes after that.
    after(draft.resource(group), account)
    stage["AccessLogSetting"] = {
        "DestinationArn": {"Fn::GetAtt": [group, "Arn"]},
        "Format": setting["Format"] if is_plain(setting) and "Format" in setting else _FORMAT,
    }


def execution_logged(draft: Draft, finding: Finding) -> None:
    """Let a stage of a REST API log failed requests of all methods."""
    name = finding.resource_logical_id
    stage, _ = _stage(draft, name)
    settings = stage.setdefault("MethodSettings", [])
    if not isinstance(settings, list) or not all(map(is_plain, settings)):
        raise CannotMendError(DECIDED)
    for setting in settings:
        require_undecided(setting.get("LoggingLevel"))
        if setting.get("LoggingLevel") not in ("ERROR", "INFO"):
            setting["LoggingLevel"] = "ERROR"
    if not any((one.get("HttpMethod"), one.get("ResourcePath")) == ("*", "/*") for one in settings):
        settings.append({"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"})
    account = _account(draft)
    raw = draft.resources.get(name) or draft.resources.get(api_of(draft, name))
    if isinstance(raw, dict):
        after(raw, account)
        return
    destination = stage.get("AccessLogSetting", {}).get("DestinationArn")
    groups = [group for group, _ in draft.ids("AWS::Logs::LogGroup") if is_about(destination, group)]
    if not groups:
        raise CannotMendError("AWS SAM writes the stage, which has to come after the role for its logs.")
    after(draft.resource(groups[0]), account)


def _stage(draft: Draft, name: str) -> tuple[dict[str, Any], Any]:
    """Return what describes a stage, and the condition that it is made on."""
    raw = draft.resources.get(name)
    if isinstance(raw, dict):
        properties = draft.properties(name)
        if raw.get("Type") == "AWS::ApiGateway::Deployment":
            properties = properties.setdefault("StageDescription", {})
            if not is_plain(properties):
                raise CannotMendError(DECIDED)
        return properties, raw.get("Condition")
    api = api_of(draft, name)
    if api:
        return draft.properties(api), draft.resource(api).get("Condition")
    shared = draft.body.setdefault("Globals", {})
    if name.startswith(IMPLICIT) and is_plain(shared):
        if shared.get("Api") is None:
            shared["Api"] = {}
        if is_plain(shared["Api"]):
            return shared["Api"], None
    raise CannotMendError(MADE_BY_SAM)


def api_of(draft: Draft, stage: str) -> str:
    """Return the API whose stage AWS SAM makes under a logical id."""
    for name, _ in draft.ids(_SAM):
        given = draft.properties(name).get("StageName")
        if stage == f"{name}{given if isinstance(given, str) else ''}Stage":
            return name
    return ""


def _account(draft: Draft) -> str:
    """Return the setting of the account by which API Gateway logs; it is one for all APIs, and made if need be."""
    for name, _ in draft.ids(_ACCOUNT):
        return name
    groups = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"}
    write = {"Effect": "Allow", "Action": list(_ACTIONS), "Resource": groups}
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    # Both stay: other APIs of the account and Region log by them, whichever stack set the role last.
    role = draft.add(
        "ApiLogsRole",
        {
            "Type": "AWS::IAM::Role",
            **KEPT,
            "Properties": {
                "AssumeRolePolicyDocument": policy(trust),
                "Policies": [{"PolicyName": "WriteLogs", "PolicyDocument": policy(write)}],
            },
        },
    )
    setting = {"Type": _ACCOUNT, **KEPT, "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": [role, "Arn"]}}}
    return draft.add("ApiLogsAccount", setting)
