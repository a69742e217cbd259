"""Amazon VPC: who talked to whom is recorded, and no subnet hands out public addresses."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.network.default_security_group import close_default_security_group
from hipaa_constructs.network.traffic_logs import DnsQueryLogs, FlowLogs
from hipaa_constructs.primitives.service_grants import grant_cloudwatch_logs

_TYPE = "AWS::EC2::VPC"
_FLAG = "@aws-cdk/aws-ec2:restrictDefaultSecurityGroup"
_FLOW_LOG = "AWS::EC2::FlowLog"
_DNS_LOG = "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"


def _subnets(made: Made) -> list[Any]:
    """Return the subnets of the app, or those that CDK would make, without addresses that nobody asked for."""
    given = made.props.get("subnetConfiguration")
    if given is None:
        inner = (
            ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
            if made.props.get("natGateways") == 0
            else ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        )
        return [
            ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False),
            inner,
        ]
    return [
        {**one, "mapPublicIpOnLaunch": False}
        if one.get("subnetType") == "Public" and one.get("mapPublicIpOnLaunch") is None
        else one
        for one in given
    ]


def _finish(session: Session, found: Found) -> None:
    flows = _named(session, found.of(_FLOW_LOG))
    queries = _named(session, found.of(_DNS_LOG))
    for resource in found.of(_TYPE):
        scope: Construct = session.owner(resource)
        # A raw VPC has its logs beside it, where others stand too.
        path = session.path(resource).removesuffix("/Resource")
        home = session.home(scope, "" if path != session.path(resource) else path.rsplit("/", 1)[-1])
        name = session.name(resource)
        key = session.key(resource)
        grant_cloudwatch_logs(key)
        _close(session, scope, resource, path)
        if name not in flows:
            FlowLogs(home, "FlowLogs", vpc=resource, encryption_key=key)
            session.record(resource, path, _TYPE, "flow_logs", [], "set", "Who talks to whom is recorded.")
        if name not in queries:
            DnsQueryLogs(home, "DnsQueryLogs", vpc=resource, encryption_key=key)
            session.record(resource, path, _TYPE, "dns_query_logs", [], "set", "Which names are asked for is recorded.")


def _close(session: Session, scope: Construct, resource: ec2.CfnVPC, path: str) -> None:
    """Close the default security group, unless CDK does or the app says no.

    CDK's own function for it would be one more that is looked after by nobody.
    """
    given = session.seen.get(path)
    if given is None or given.get("restrictDefaultSecurityGroup") is not None or session.flag(_FLAG):
        return
    close_default_security_group(
        # Beside the resource, where cdk-nag looks for it.
        scope,
        resource=resource,
        vpc=None,
        encryption_key=session.key(resource),
        reachable_after=list,
        reserve_concurrency=False,
    )
    why = "The default security group lets nothing through."
    session.record(resource, path, _TYPE, "restrict_default_security_group", [], "set", why)


def _named(session: Session, loggers: Any) -> set[str]:
    """Return the logical ids of what is logged already."""
    values = [session.resolved(one, "resource_id").get("resource_id") for one in loggers]
    return {value["Ref"] for value in values if isinstance(value, dict) and "Ref" in value}


SERVICE = Service(
    plain=[
        Plain(
            construct=ec2.Vpc,
            props=ec2.VpcProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="subnet_configuration",
                    properties=["MapPublicIpOnLaunch"],
                    value=_subnets,
                    extends=True,
                    why="Instances get a public address only where the app asks for one.",
                )
            ],
        )
    ],
    types=[_TYPE, _FLOW_LOG, _DNS_LOG],
    finish=_finish,
    later=[
        "VPCs get flow logs and logs of DNS queries, and their default security group is closed.",
    ],
)
