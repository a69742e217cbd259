from __future__ import annotations

from hipaa_constructs.primitives.via_service import via_service, via_services


def test_keys_are_used_through_services_by_both_names_in_china() -> None:
    assert via_service("us-east-1", "s3") == "s3.us-east-1.amazonaws.com"
    assert via_service("cn-north-1", "s3") == ["s3.cn-north-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"]
    assert via_services("us-gov-west-1", "ec2", "rds") == [
        "ec2.us-gov-west-1.amazonaws.com",
        "rds.us-gov-west-1.amazonaws.com",
    ]


def test_a_region_that_deployment_names_is_an_ordinary_one() -> None:
    assert via_service("${Token[AWS.Region.4]}", "s3") == "s3.${Token[AWS.Region.4]}.amazonaws.com"
