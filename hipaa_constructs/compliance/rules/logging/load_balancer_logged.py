"""Load balancers log requests.

Compliant: access logs on; those of a network load balancer tell of its TLS listeners alone
(docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html). Non-compliant: off or absent;
of a classic load balancer of Elastic Beanstalk, which has no option for them, a warning, since the application's own
files may switch them on. Unknown: a network load balancer whose listeners only deployment or another stack tells. Not
applicable: Gateway Load Balancers, which have none; a network load balancer without a TLS listener, which would write
none, such as those of Elastic Beanstalk, which only pass TCP on
(docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-nlb.html); environments of Elastic Beanstalk without a
load balancer of their own.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, any_of, is_one_of, is_true
from hipaa_constructs.compliance.facts.beanstalk import TYPES, fix_of, load_balancer, option
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.settings import attributes
from hipaa_constructs.compliance.fix import ACCESS_LOG_BUCKET, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown

_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_MODERN = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_OPTIONS, _ENABLED = "aws:elbv2:loadbalancer", "AccessLogsS3Enabled"


def _beanstalk(resource: Resource) -> Verdict:
    kind = load_balancer(resource)
    if isinstance(kind, Unknown):
        return unknown("The options of the environment's load balancer are known only at deployment.")
    if kind == "classic":
        return failed("Elastic Beanstalk has no option for access logs of a classic load balancer.", severity="warning")
    if kind in (None, "network"):
        return NOT_APPLICABLE
    enabled = is_true(option(resource, _OPTIONS, _ENABLED, False))
    return judge(enabled, f"{_ENABLED} of {_OPTIONS} is not true, so requests are not logged.")


def check(resource: Resource) -> Verdict:
    if resource.type in TYPES:
        return _beanstalk(resource)
    if resource.type == _CLASSIC:
        enabled = is_true(resource.get("AccessLoggingPolicy.Enabled", False))
        return judge(enabled, "AccessLoggingPolicy.Enabled is not true, so requests are not logged.")
    if is_one_of(resource.get("Type"), "gateway") is Ternary.YES:
        return NOT_APPLICABLE
    found = attributes(resource, "LoadBalancerAttributes")
    if found is None:
        return unknown("LoadBalancerAttributes is known only at deployment.")
    enabled = is_true(found.get("access_logs.s3.enabled", False))
    what = "requests"
    if _is_network(resource):
        what, speaks = "connections by TLS", _speaks_tls(resource)
        if speaks is Ternary.NO and enabled is not Ternary.YES:
            return NOT_APPLICABLE
        if speaks is Ternary.UNKNOWN and enabled is Ternary.NO:
            return unknown("Whether a listener speaks TLS, of which alone there would be logs, is not known here.")
    return judge(enabled, f"The attribute access_logs.s3.enabled is not true, so {what} are not logged.")


def _speaks_tls(balancer: Resource) -> Ternary:
    """Whether a network load balancer has a listener by TLS; it counts as one that has where the app shows none."""
    listeners = balancer.template.app.referring(balancer, _LISTENER, "LoadBalancerArn")
    if not listeners:
        return Ternary.YES
    seen = any_of(is_one_of(listener.get("Protocol"), "TLS") for listener in listeners)
    return Ternary.UNKNOWN if seen is Ternary.NO and users_of(balancer) is None else seen


def _is_network(balancer: Resource) -> bool:
    return is_one_of(balancer.get("Type"), "network") is Ternary.YES


def _is_application(balancer: Resource) -> bool:
    return is_one_of(balancer.get("Type", "application"), "application") is Ternary.YES


_ATTRIBUTES = (
    "LoadBalancerAttributes has {Key: access_logs.s3.enabled, Value: true} and {Key: access_logs.s3.bucket, Value: "
    "<the name of a bucket for access logs>}."
)
# docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
_POLICY = (
    "The bucket's policy lets logdelivery.elasticloadbalancing.amazonaws.com s3:PutObject on <the bucket's "
    "ARN>/AWSLogs/${AWS::AccountId}/*, and the bucket is encrypted by AES256, since these logs go "
    "under no key of KMS."
)
# docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html
_NETWORK_POLICY = (
    "The bucket's policy lets delivery.logs.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on <the "
    "bucket's ARN>/AWSLogs/${AWS::AccountId}/*, with a Condition {StringEquals: {s3:x-amz-acl: "
    "bucket-owner-full-control}}; the policy of a customer key lets it use the key."
)
_APPLICATION_CDK = "elbv2.ApplicationLoadBalancer.log_access_logs(<a bucket>)"
_NETWORK_CDK = "elbv2.NetworkLoadBalancer.log_access_logs(<a bucket>)"
_OF_NETWORK = Fix(
    (_MODERN,),
    template=f"{_ATTRIBUTES} {_NETWORK_POLICY}",
    beside="They tell of listeners with Protocol: TLS alone; what others pass on, its targets log.",
    cdk=(_NETWORK_CDK,),
    when=_is_network,
)
_OF_APPLICATION = Fix(
    (_MODERN,),
    template=f"{_ATTRIBUTES} {_POLICY}",
    cdk=(_APPLICATION_CDK,),
    constructs=("HttpsLoadBalancer",),
    when=_is_application,
)
_OF_EITHER = replace(
    _OF_APPLICATION,
    template=f"{_ATTRIBUTES} {_POLICY} Of a network load balancer: {_NETWORK_POLICY}",
    cdk=(_APPLICATION_CDK, _NETWORK_CDK),
    when=None,
)

RULE = Rule(
    name="LoadBalancerLogged",
    severity="error",
    resource_types=(_CLASSIC, _MODERN, *TYPES),
    controls=("164.312(b)",),
    fix="Switch the access logs on, with a bucket that they go to.",
    fixes=(
        Fix(
            (_CLASSIC,),
            {"AccessLoggingPolicy.Enabled": True, "AccessLoggingPolicy.S3BucketName": ACCESS_LOG_BUCKET},
            template=_POLICY,
            cdk=(
                "elb.LoadBalancer(access_logging_policy=elb.CfnLoadBalancer.AccessLoggingPolicyProperty("
                "enabled=True, s3_bucket_name=<a bucket for access logs>))",
            ),
        ),
        _OF_NETWORK,
        _OF_APPLICATION,
        _OF_EITHER,
        fix_of(
            ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
            (_OPTIONS, _ENABLED, "true"),
            (_OPTIONS, "AccessLogsS3Bucket", ACCESS_LOG_BUCKET),
        ),
    ),
    needs="app",
    check=check,
)
