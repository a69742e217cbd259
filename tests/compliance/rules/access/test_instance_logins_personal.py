from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome

INSTANCE = "AWS::EC2::Instance"
NODES = "AWS::EKS::Nodegroup"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(INSTANCE), "passed"),
        (one(INSTANCE, KeyName="ops"), "failed"),
        (one(INSTANCE, KeyName={"Ref": "AWS::NoValue"}), "passed"),
        (one(INSTANCE, KeyName=GIVEN), "failed"),
        (one(INSTANCE, KeyName={"Fn::ImportValue": "key"}), "unknown"),
        (one(INSTANCE, KeyName={"Fn::Select": [0, {"Fn::Split": [",", GIVEN]}]}), "unknown"),
        (
            one(INSTANCE, KeyName="ops", UserData={"Fn::Base64": "<powershell>ls</powershell>"}),
            "not_applicable",
        ),
        (one(INSTANCE, KeyName="ops", UserData={"Fn::Base64": "#!/bin/sh\nhostname"}), "failed"),
        (one("AWS::EC2::LaunchTemplate", LaunchTemplateData={"KeyName": "ops"}), "failed"),
        (one("AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": "ami-1"}), "passed"),
        (one("AWS::EC2::LaunchTemplate", LaunchTemplateData=GIVEN), "unknown"),
        (one("AWS::AutoScaling::LaunchConfiguration", KeyName="ops"), "failed"),
        (one("AWS::AutoScaling::LaunchConfiguration"), "passed"),
        (one("AWS::EMR::Cluster", Instances={}), "passed"),
        (one("AWS::EMR::Cluster", Instances={"Ec2KeyName": "ops"}), "failed"),
        (one("AWS::EMR::Cluster", Instances=GIVEN), "unknown"),
        (one(NODES), "passed"),
        (one(NODES, RemoteAccess={"Ec2SshKey": "ops"}), "failed"),
        (one(NODES, RemoteAccess={"Ec2SshKey": GIVEN}), "failed"),
        (one(NODES, RemoteAccess=GIVEN), "unknown"),
        (one(NODES, RemoteAccess={"Ec2SshKey": "ops"}, AmiType="WINDOWS_CORE_2022_x86_64"), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("instance_logins_personal", resources) == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"Type": "AWS::EC2::KeyPair::KeyName"}, "failed"),
        ({"Type": "String", "Default": "ops"}, "failed"),
        ({"Type": "String"}, "failed"),
        ({"Type": "String", "Default": ""}, "passed"),
    ],
)
def test_a_parameter_names_the_key_pair(declared: dict[str, str], expected: str) -> None:
    resources = one(INSTANCE, KeyName={"Ref": "Key"})
    assert outcome("instance_logins_personal", resources, Parameters={"Key": declared}) == expected
