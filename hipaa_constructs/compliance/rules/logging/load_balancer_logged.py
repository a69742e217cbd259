"""Load balancers log requests.

Compliant: access logs on. Non-compliant: off or absent. Not applicable: Gateway Load Balancers, which have
none.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_true
from hipaa_constructs.compliance.facts.settings import attributes
from hipaa_constructs.compliance.fix import ACCESS_LOG_BUCKET, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, unknown

_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"


def check(resource: Resource) -> Verdict:
    if resource.type == _CLASSIC:
        enabled = is_true(resource.get("AccessLoggingPolicy.Enabled", False))
        return judge(enabled, "AccessLoggingPolicy.Enabled is not true, so requests are not logged.")
    if is_one_of(resource.get("Type"), "gateway") is Ternary.YES:
        return NOT_APPLICABLE
    found = attributes(resource, "LoadBalancerAttributes")
    if found is None:
        return unknown("LoadBalancerAttributes is known only at deployment.")
    enabled = is_true(found.get("access_logs.s3.enabled", False))
    return judge(enabled, "The attribute access_logs.s3.enabled is not true, so requests are not logged.")


RULE = Rule(
    name="LoadBalancerLogged",
    severity="error",
    resource_types=(_CLASSIC, "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    controls=("164.312(b)",),
    fix="Switch the access logs on, with a bucket that they go to.",
    fixes=(
        Fix(
            (_CLASSIC,),
            {"AccessLoggingPolicy.Enabled": True, "AccessLoggingPolicy.S3BucketName": ACCESS_LOG_BUCKET},
            cdk=(
                "elb.LoadBalancer(access_logging_policy=elb.CfnLoadBalancer.AccessLoggingPolicyProperty("
                "enabled=True, s3_bucket_name=<a bucket for access logs>))",
            ),
        ),
        Fix(
            ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
            template="LoadBalancerAttributes has {Key: access_logs.s3.enabled, Value: true} and {Key: "
            "access_logs.s3.bucket, Value: <the name of a bucket for access logs>}.",
            cdk=(
                "elbv2.ApplicationLoadBalancer.log_access_logs(<a bucket>)",
                "elbv2.NetworkLoadBalancer.log_access_logs(<a bucket>)",
            ),
            constructs=("HttpsLoadBalancer",),
        ),
    ),
    check=check,
)
