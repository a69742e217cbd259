"""Elastic Load Balancing: deletion protection, no malformed headers, logs."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_elasticloadbalancing as elb
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.edge.load_balancer_logs import LoadBalancerLogs
from hipaa_constructs.storage.delivered_logs import DeliveredLogs

_TYPE = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_LOGGED = "Requests are logged into a bucket of their own, kept seven years."
_ENABLED = "access_logs.s3.enabled"


def _protected() -> Setting:
    return Setting(
        argument="deletion_protection",
        properties=["LoadBalancerAttributes"],
        value=lambda made: True,
        why="Somebody has to lift the protection before the load balancer can be deleted.",
    )


def _finish(session: Session, found: Found) -> None:
    for resource in found.of(_TYPE):
        owner = session.owner(resource)
        if session.path(owner) not in session.seen:
            continue
        if isinstance(owner, elbv2.ApplicationLoadBalancer):
            _log(session, resource, owner, LoadBalancerLogs)
        elif isinstance(owner, elbv2.NetworkLoadBalancer):
            _log(session, resource, owner, DeliveredLogs)
    for resource in found.of(_CLASSIC):
        _log_classic(session, resource)


def _log(session: Session, resource: Any, owner: elbv2.BaseLoadBalancer, bucket: type[DeliveredLogs]) -> None:
    attributes = session.resolved(resource, "load_balancer_attributes").get("load_balancer_attributes", ())
    if any(one.get("key") == _ENABLED for one in attributes):
        return
    path = session.path(owner)
    name = path.rsplit("/", 1)[-1]
    home = session.home(session.owner(owner), name)
    delivery = bucket(home, "Logs")
    owner.set_attribute(_ENABLED, "true")
    owner.set_attribute("access_logs.s3.bucket", delivery.bucket.bucket_name)
    resource.node.add_dependency(delivery.policy)
    session.record(resource, path, _TYPE, "log_access_logs", ["LoadBalancerAttributes"], "set", _LOGGED)


def _log_classic(session: Session, resource: elb.CfnLoadBalancer) -> None:
    """Have a Classic Load Balancer log, which writes as an Application Load Balancer does.

    Source: docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html.
    """
    owner = session.owner(resource)
    if not isinstance(owner, elb.LoadBalancer) or resource.access_logging_policy is not None:
        return
    path = session.path(owner)
    scope: Any = session.owner(owner)
    delivery = LoadBalancerLogs(session.home(scope, path.rsplit("/", 1)[-1]), "Logs")
    resource.access_logging_policy = elb.CfnLoadBalancer.AccessLoggingPolicyProperty(
        enabled=True, s3_bucket_name=delivery.bucket.bucket_name
    )
    resource.node.add_dependency(delivery.policy)
    session.record(resource, path, _CLASSIC, "access_logging_policy", ["AccessLoggingPolicy"], "set", _LOGGED)


SERVICE = Service(
    plain=[
        Plain(
            construct=elbv2.ApplicationLoadBalancer,
            props=elbv2.ApplicationLoadBalancerProps,
            resource_type=_TYPE,
            settings=[
                _protected(),
                Setting(
                    argument="drop_invalid_header_fields",
                    properties=["LoadBalancerAttributes"],
                    value=lambda made: True,
                    why="Headers that smuggle requests are dropped.",
                ),
            ],
        ),
        Plain(
            construct=elbv2.NetworkLoadBalancer,
            props=elbv2.NetworkLoadBalancerProps,
            resource_type=_TYPE,
            settings=[_protected()],
        ),
    ],
    types=[_TYPE, _CLASSIC],
    finish=_finish,
    later=[
        "Load balancers, Classic ones too, log into a bucket of their own; network load balancers log connections over "
        "TLS alone.",
    ],
)
