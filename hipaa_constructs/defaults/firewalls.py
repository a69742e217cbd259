"""Load balancers, stages of REST APIs, GraphQL APIs, distributions: a web ACL, which counts what an app may want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.edge.firewall_rules import cautious_rules
from hipaa_constructs.edge.web_firewall import data_protection, log_requests

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_STAGE = "AWS::ApiGateway::Stage"
_GRAPHQL = "AWS::AppSync::GraphQLApi"
_DISTRIBUTION, _REGION_OF_CLOUDFRONT = "AWS::CloudFront::Distribution", "us-east-1"
_ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")
_WHY = (
    "Known attackers and known bad inputs are blocked; what an app may want, such as bodies beyond 8 KB, is counted "
    "until somebody has looked."
)


def _finish(session: Session, found: Found) -> None:
    """Put one web ACL of each stack in front of what is open to the web and has none."""
    _guard_distributions(session, found)
    behind = [str(session.resolved(one, "resource_arn")) for one in found.with_ours(*_ASSOCIATIONS)]
    if found.bare(_ASSOCIATIONS[0]) or found.bare(_ASSOCIATIONS[1]):
        # Which resource such a one names cannot be read, and a second association would be refused.
        return
    web_acls: dict[cdk.Stack, wafv2.CfnWebACL] = {}
    for resource in found.of(_BALANCER, _STAGE, _GRAPHQL):
        kind = str(resource.cfn_resource_type)
        if kind == _BALANCER and resource.type not in (None, "application"):
            continue
        names = _names(session, resource, kind)
        # A name in quotes, as in a reference or in Fn::GetAtt.
        if any(f"'{name}'" in one for name in names for one in behind):
            continue
        stack = session.stack(resource)
        if stack not in web_acls:
            web_acls[stack] = _web_acl(session, stack, resource)
        path = session.path(resource).removesuffix("/Resource")
        # What CloudFormation's own class made stands in no construct of its own.
        owner: Any = session.owner(resource) if path != session.path(resource) else resource
        home = session.home(session.owner(owner), path.rsplit("/", 1)[-1])
        wafv2.CfnWebACLAssociation(
            home, "Firewall", resource_arn=_arn(resource, kind, stack), web_acl_arn=web_acls[stack].attr_arn
        )
        session.record(resource, path, kind, "web_acl", [], "set", _WHY)


def _guard_distributions(session: Session, found: Found) -> None:
    """Put another in front of distributions: that of CloudFront is of one Region, and so is named from there alone.

    Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-webacl.html.
    """
    web_acls: dict[cdk.Stack, wafv2.CfnWebACL] = {}
    for resource in found.of(_DISTRIBUTION):
        stack = session.stack(resource)
        if stack.region != _REGION_OF_CLOUDFRONT or not _is_unguarded(session, resource):
            continue
        if stack not in web_acls:
            web_acls[stack] = _web_acl(session, stack, resource, of_cloudfront=True)
        resource.add_property_override("DistributionConfig.WebACLId", web_acls[stack].attr_arn)
        path = session.path(resource).removesuffix("/Resource")
        session.record(resource, path, _DISTRIBUTION, "web_acl", ["DistributionConfig"], "set", _WHY)


def _is_unguarded(session: Session, resource: Any) -> bool:
    owner = session.owner(resource)
    if session.path(owner) not in session.seen:
        # What cannot be read may have one.
        config = session.resolved(resource, "distribution_config").get("distribution_config")
        return isinstance(config, dict) and not config.get("webAclId")
    # Neither the class nor what it makes tells, but the class takes no second one.
    try:
        owner.attach_web_acl_id(cdk.Aws.NO_VALUE)
    except RuntimeError:
        return False
    return True


def _names(session: Session, resource: Any, kind: str) -> Sequence[str]:
    """Return the logical ids by which an association may name it: a stage by that of its API too."""
    own = session.name(resource)
    if kind != _STAGE:
        return [own]
    api = session.resolved(resource, "rest_api_id").get("rest_api_id")
    return [own, str(api["Ref"])] if isinstance(api, dict) and "Ref" in api else [own]


def _arn(resource: Any, kind: str, stack: cdk.Stack) -> str:
    if kind == _BALANCER:
        return str(resource.ref)
    if kind == _GRAPHQL:
        return str(resource.attr_arn)
    return stack.format_arn(
        service="apigateway",
        account="",
        resource="/restapis",
        resource_name=f"{resource.rest_api_id}/stages/{resource.ref}",
    )


def _web_acl(session: Session, stack: cdk.Stack, near: Any, *, of_cloudfront: bool = False) -> wafv2.CfnWebACL:
    home = session.home(stack, "CloudFrontFirewall" if of_cloudfront else "Firewall")
    web_acl = wafv2.CfnWebACL(
        home,
        "Resource",
        scope="CLOUDFRONT" if of_cloudfront else "REGIONAL",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        rules=cautious_rules(),
        data_protection_config=data_protection(),
        visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, metric_name="Firewall", sampled_requests_enabled=True
        ),
    )
    log_requests(home, web_acl, session.key(near))
    return web_acl


SERVICE = Service(
    types=[_BALANCER, _STAGE, _GRAPHQL, _DISTRIBUTION, *_ASSOCIATIONS],
    finish=_finish,
    later=[
        "Application load balancers, stages of REST APIs and GraphQL APIs stand behind a web ACL of their stack. It "
        "blocks known attackers and bad inputs, and counts what an app may want, such as bodies beyond 8 KB.",
        "Distributions in stacks of us-east-1 stand behind such a web ACL of their own.",
    ],
)
