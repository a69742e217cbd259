"""VPCs and public zones record which names are looked up in them.

Compliant: a Route 53 Resolver query logging configuration is associated with the VPC; a public hosted zone has a log
group. Non-compliant: none is; data can be carried out in DNS queries, which flow logs do not show
(docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html), and who takes over or probes a name is
seen in its zone alone (Security Hub's Route53.2, docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html). It
is said once a template of its VPCs, and once of its zones. Not applicable: private zones, whose VPCs are asked.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, is_present
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import LOG_GROUP, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge

_ASSOCIATION = "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"


_ZONE = "AWS::Route53::HostedZone"


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, (resource.type,))


def _judge(resource: Resource) -> Verdict:
    if resource.type == _ZONE:
        return _judge_zone(resource)
    associations = resource.template.app.referring(resource, _ASSOCIATION, "ResourceId")
    if any(is_present(found.get("ResolverQueryLogConfigId")) is not Ternary.NO for found in associations):
        return PASSED
    return failed("No query logging configuration of Route 53 Resolver is associated with the VPC.")


def _judge_zone(zone: Resource) -> Verdict:
    private = is_present(zone.get("VPCs"))
    if private is Ternary.YES:
        return NOT_APPLICABLE
    return judge(
        any_of((private, is_present(zone.get("QueryLoggingConfig.CloudWatchLogsLogGroupArn")))),
        "QueryLoggingConfig is not set, so queries for names of the zone are not logged.",
        unknown_message="VPCs or QueryLoggingConfig is known only at deployment.",
    )


RULE = Rule(
    name="DnsQueriesLogged",
    severity="warning",
    resource_types=("AWS::EC2::VPC", _ZONE),
    controls=("164.308(a)(1)(ii)(D)", "164.312(b)"),
    fix="Log the queries: of a VPC by Route 53 Resolver, of a public zone by its own configuration.",
    fixes=(
        Fix(
            ("AWS::EC2::VPC",),
            template="Add an AWS::Route53Resolver::ResolverQueryLoggingConfig with the ARN of a log group in "
            "DestinationArn, and an AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation with its id "
            "in ResolverQueryLogConfigId and the VPC's in ResourceId.",
            constructs=("PrivateVpc",),
        ),
        Fix(
            (_ZONE,),
            {"QueryLoggingConfig.CloudWatchLogsLogGroupArn": LOG_GROUP},
            template="The log group is in us-east-1, and an AWS::Logs::ResourcePolicy lets route53.amazonaws.com write "
            "to it.",
            cdk=("route53.PublicHostedZone(query_logs_log_group_arn=<a log group in us-east-1>)",),
        ),
    ),
    needs="app",
    check=check,
)
