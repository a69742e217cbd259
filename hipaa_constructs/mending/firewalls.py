"""One web ACL for what a template opens to the web, and its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.facts.web_acls import SECRET_HEADERS
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import log_group
from hipaa_constructs.mending.apis import IMPLICIT, api_of
from hipaa_constructs.mending.draft import DECIDED, MADE_BY_SAM, CannotMendError, Draft

_OURS = "Blocks known attackers, and counts what else is suspect"
_ACL = "AWS::WAFv2::WebACL"
# What nobody sends in good faith is blocked; what an application may ask for, such as bodies beyond 8 KB, is counted,
# until its owner has seen that none of it is wanted: docs.aws.amazon.com/waf/latest/developerguide/
# aws-managed-rule-groups-list.html and …/web-acl-testing.html. Together they have 1175 of 1500 units.
_GROUPS: Mapping[str, str] = {
    "AmazonIpReputationList": "None",
    "KnownBadInputsRuleSet": "None",
    "AnonymousIpList": "Count",
    "CommonRuleSet": "Count",
    "SQLiRuleSet": "Count",
}


def balancer_behind_firewall(draft: Draft, finding: Finding) -> None:
    """Put the template's web ACL in front of a load balancer."""
    name = finding.resource_logical_id
    kind = draft.properties(name).get("Type", "application")
    if kind != "application":
        raise CannotMendError(DECIDED)
    _associate(draft, name, {"Ref": name}, {})


def stage_behind_firewall(draft: Draft, finding: Finding) -> None:
    """Put the template's web ACL in front of a stage of a REST API."""
    name = finding.resource_logical_id
    if not isinstance(draft.resources.get(name), dict):
        _associate_made_by_sam(draft, name)
        return
    properties = draft.properties(name)
    apis = [api for api, _ in draft.ids("AWS::ApiGateway::RestApi") if is_about(properties.get("RestApiId"), api)]
    if not apis:
        raise CannotMendError("Its API is not in the template.")
    stage, after = f"${{{name}}}", {}
    if finding.resource_type == "AWS::ApiGateway::Deployment":
        stage, after = properties.get("StageName", ""), {"DependsOn": name}
        if not isinstance(stage, str):
            raise CannotMendError(DECIDED)
    _associate(draft, name, _arn(apis[0], stage), after)


def _arn(api: str, stage: str) -> Mapping[str, Any]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/restapis/${{{api}}}/stages/{stage}"}


def _associate_made_by_sam(draft: Draft, name: str) -> None:
    """Associate a stage that AWS SAM makes; its id may be named, since that is written before anything is made."""
    api = api_of(draft, name)
    stage = name.removeprefix(api or IMPLICIT).removesuffix("Stage")
    # Under other names SAM writes an id that no template can tell: docs.aws.amazon.com/serverless-application-model/
    # latest/developerguide/sam-specification-generated-resources-api.html.
    if not stage.isalnum() or not (api or name.startswith(IMPLICIT)):
        raise CannotMendError(MADE_BY_SAM)
    _associate(draft, name, _arn(api or IMPLICIT, stage), {"DependsOn": name})


def _associate(draft: Draft, name: str, arn: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    raw = draft.resources.get(name) or draft.resources.get(api_of(draft, name))
    condition = raw.get("Condition") if isinstance(raw, dict) else None
    draft.add(
        f"{name}Firewall",
        {
            "Type": "AWS::WAFv2::WebACLAssociation",
            **({"Condition": condition} if condition else {}),
            **after,
            "Properties": {"ResourceArn": dict(arn), "WebACLArn": {"Fn::GetAtt": [_web_acl(draft), "Arn"]}},
        },
    )


def _web_acl(draft: Draft) -> str:
    for name, raw in draft.of_type(_ACL):
        if raw["Properties"].get("Description") == _OURS:
            return name
    rules = [
        {
            "Name": group,
            "Priority": number,
            "OverrideAction": {action: {}},
            "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": f"AWSManagedRules{group}"}},
            "VisibilityConfig": _visibility(group),
        }
        for number, (group, action) in enumerate(_GROUPS.items())
    ]
    name = draft.add(
        "WebFirewall",
        {
            "Type": _ACL,
            "Properties": {
                "Description": _OURS,
                "Scope": "REGIONAL",
                "DefaultAction": {"Allow": {}},
                "Rules": rules,
                "VisibilityConfig": _visibility("WebFirewall"),
            },
        },
    )
    group = log_group(draft, f"{name}Logs")
    # Only names that begin so are taken, and the ARN without ":*":
    # docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html. The part of the stack's id is of this one
    # alone, so that the group which stays is in nobody's way.
    unique = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    properties = draft.properties(group)
    draft.resource(group)["Properties"] = {
        "LogGroupName": {"Fn::Join": ["-", ["aws-waf-logs", unique]]},
        **properties,
    }
    arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{group}}}"
    draft.add(
        f"{name}Logging",
        {
            "Type": "AWS::WAFv2::LoggingConfiguration",
            "Properties": {
                "ResourceArn": {"Fn::GetAtt": [name, "Arn"]},
                "LogDestinationConfigs": [{"Fn::Sub": arn}],
                "RedactedFields": [
                    *({"SingleHeader": {"Name": header}} for header in SECRET_HEADERS),
                    {"QueryString": {}},
                ],
            },
        },
    )
    return name


def _visibility(name: str) -> dict[str, Any]:
    # Samples would keep requests for three hours, headers and all, for whoever may read them.
    return {"CloudWatchMetricsEnabled": True, "MetricName": name, "SampledRequestsEnabled": False}
