"""What one resource is told of does not depend on what others are told."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.facts.log_buckets import ACCESS, CONFIG, TRAIL, logs_in


def trail(number: int) -> dict[str, Any]:
    """Return a template with a trail into a bucket in one of two worlds."""
    stage = {"Type": "String", "Default": "test"}
    chosen = {"Fn::If": ["Live", {"Ref": "Bucket"}, "elsewhere"]}
    return {
        "Parameters": {f"Stage{number}": stage},
        "Conditions": {"Live": {"Fn::Equals": [{"Ref": f"Stage{number}"}, "live"]}},
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": chosen}},
        },
    }


def kinds(bucket: Resource) -> list[Any]:
    """Return what a bucket holds, in each world that differs for it."""
    found = bucket.template.app.worlds.explore(lambda: sorted(logs_in(bucket)))
    assert found.complete
    return [value for _, value in found.worlds]


def test_a_bucket_depends_on_its_own_trail_alone() -> None:
    app = App()
    templates = [app.add(f"{number}.json", trail(number)) for number in range(10)]
    lone = app.add("lone.json", {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    assert [kinds(template.resources["Bucket"]) for template in templates] == [[[], [TRAIL]]] * 10
    assert kinds(lone.resources["Bucket"]) == [[]]


def received(service: str, *, others_denied: bool = True) -> set[str]:
    """Return what a bucket holds whose policy lets a service write, and no app delivers to."""
    statements: list[Any] = [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
    ]
    if others_denied:
        others = {"StringNotEquals": {"aws:PrincipalServiceName": service}}
        statements.append(
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
            | {"Condition": others}
        )
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": statements}},
        },
    }
    return set(logs_in(App().add("t.json", {"Resources": resources}).resources["Bucket"]))


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        ("cloudtrail.amazonaws.com", TRAIL),
        ("config.amazonaws.com", CONFIG),
        ("delivery.logs.amazonaws.com", ACCESS),
        ("logdelivery.elasticloadbalancing.amazonaws.com", ACCESS),
        ("logging.s3.amazonaws.com", ACCESS),
    ],
)
def test_a_bucket_that_only_deliveries_of_logs_reach_holds_logs(service: str, kind: str) -> None:
    assert received(service) == {kind}
    # What others write too is a store like any other.
    assert received(service, others_denied=False) == set()


def test_what_other_services_write_is_no_log() -> None:
    assert received("firehose.amazonaws.com") == set()


def delivered(kind: str, properties: dict[str, Any]) -> set[str]:
    """Return what a bucket holds to which a resource delivers."""
    resources = {"Bucket": {"Type": "AWS::S3::Bucket"}, "Source": {"Type": kind, "Properties": properties}}
    return set(logs_in(App().add("t.json", {"Resources": resources}).resources["Bucket"]))


BUCKET, ARN = {"Ref": "Bucket"}, {"Fn::GetAtt": ["Bucket", "Arn"]}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (
            "AWS::EC2::VerifiedAccessInstance",
            {"LoggingConfigurations": {"S3": {"BucketName": BUCKET, "Enabled": True}}},
        ),
        (
            "AWS::NetworkFirewall::LoggingConfiguration",
            {
                "LoggingConfiguration": {
                    "LogDestinationConfigs": [{"LogDestinationType": "S3", "LogDestination": {"bucketName": BUCKET}}]
                }
            },
        ),
        ("AWS::VpcLattice::AccessLogSubscription", {"DestinationArn": ARN}),
    ],
)
def test_who_delivers_logs_of_traffic(kind: str, properties: dict[str, Any]) -> None:
    assert delivered(kind, properties) == {ACCESS}


def _options(**options: Any) -> dict[str, Any]:
    spaces = {"AccessLogsS3Bucket": "aws:elbv2:loadbalancer", "LoadBalancerType": "aws:elasticbeanstalk:environment"}
    settings = [{"Namespace": spaces[name], "OptionName": name, "Value": value} for name, value in options.items()]
    return {"OptionSettings": settings}


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({"AccessLogsS3Bucket": BUCKET, "LoadBalancerType": "application"}, {ACCESS}),
        # Neither has such logs, and an environment has a classic load balancer by itself.
        ({"AccessLogsS3Bucket": BUCKET, "LoadBalancerType": "network"}, set()),
        ({"AccessLogsS3Bucket": BUCKET}, set()),
        ({"AccessLogsS3Bucket": "elsewhere", "LoadBalancerType": "application"}, set()),
    ],
)
def test_the_load_balancer_of_elastic_beanstalk_delivers_by_an_option(options: dict[str, Any], kinds: set[str]) -> None:
    for kind in ("AWS::ElasticBeanstalk::Environment", "AWS::ElasticBeanstalk::ConfigurationTemplate"):
        assert delivered(kind, _options(**options)) == kinds
