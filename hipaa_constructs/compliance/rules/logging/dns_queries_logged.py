"""VPCs record which names are looked up in them.

Compliant: a Route 53 Resolver query logging configuration is associated with the VPC. Non-compliant: none is; data
can be carried out in DNS queries, which flow logs do not show
(docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed

_ASSOCIATION = "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"


def check(resource: Resource) -> Verdict:
    associations = resource.template.app.referring(resource, _ASSOCIATION, "ResourceId")
    if any(is_present(found.get("ResolverQueryLogConfigId")) is not Ternary.NO for found in associations):
        return PASSED
    return failed("No query logging configuration of Route 53 Resolver is associated with the VPC.")


RULE = Rule(
    name="DnsQueriesLogged",
    severity="warning",
    resource_types=("AWS::EC2::VPC",),
    controls=("164.308(a)(1)(ii)(D)", "164.312(b)"),
    fix="Associate a query logging configuration of Route 53 Resolver with the VPC.",
    fixes=(
        Fix(
            template="Add an AWS::Route53Resolver::ResolverQueryLoggingConfig with the ARN of a log group in "
            "DestinationArn, and an AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation with its id "
            "in ResolverQueryLogConfigId and the VPC's in ResourceId.",
            constructs=("PrivateVpc",),
        ),
    ),
    needs="app",
    check=check,
)
