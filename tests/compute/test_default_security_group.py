from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.compute.provider_code.handlers import default_security_group
from hipaa_constructs.compute.provider_code.handlers.default_security_group import close
from tests.aws_session import session


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setattr(boto3, "DEFAULT_SESSION", session())
        patch.setattr(default_security_group.time, "sleep", lambda seconds: None)
        yield


@pytest.fixture(params=[False, True], ids=["IPv4", "dual stack"])
def group_id(request: pytest.FixtureRequest) -> str:
    """The default security group of a new VPC, with the rules that AWS gives it."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=request.param)["Vpc"]
    filters = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    group_id = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
    within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[within])
    return str(group_id)


def _rules(group_id: str) -> tuple[list[Any], list[Any]]:
    group = boto3.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    return group["IpPermissions"], group["IpPermissionsEgress"]


def _event(request_type: str, group_id: str) -> dict[str, Any]:
    return {"RequestType": request_type, "ResourceProperties": {"DefaultSecurityGroupId": group_id}}


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_all_rules_are_revoked(request_type: str, group_id: str) -> None:
    inward, outward = _rules(group_id)
    assert inward
    assert outward

    assert close(_event(request_type, group_id)) == group_id
    assert _rules(group_id) == ([], [])


def test_a_closed_group_stays_closed_without_an_error(group_id: str) -> None:
    close(_event("Create", group_id))
    close(_event("Update", group_id))
    assert _rules(group_id) == ([], [])


def test_an_unknown_group_is_an_error() -> None:
    with pytest.raises(ClientError, match="NotFound"):
        close(_event("Create", "sg-0123456789abcdef0"))


class _Refusing:
    """A client that knows no permission yet for the first calls, as IAM does for a new policy."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.revoked = 0

    def _revoke(self, **_: object) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "Revoke")
        self.revoked += 1

    revoke_security_group_ingress = revoke_security_group_egress = _revoke


def test_a_policy_not_yet_in_force_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Refusing(refusals=3)
    monkeypatch.setattr(default_security_group.boto3, "client", lambda *_, **__: client)
    close(_event("Create", "sg-1"))
    assert client.revoked == 3


def test_a_missing_permission_fails_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Refusing(refusals=1_000)
    monkeypatch.setattr(default_security_group.boto3, "client", lambda *_, **__: client)
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        close(_event("Create", "sg-1"))
    assert client.refusals > 980
