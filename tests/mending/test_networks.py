"""Functions in private subnets, a cluster's second instance, backups on conditions, and circles that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from hipaa_constructs.mending import mend
from hipaa_constructs.mending.draft import has_circle
from tests.mending.test_deliveries import role
from tests.mending.test_mend import GIVEN, TODAY, fixed, mended, properties, resources, template, why

IN_VPC = "FunctionInVpc"
JOINS = "service-role/AWSLambdaVPCAccessExecutionRole"


def function(**values: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": "code", "S3Key": "it.zip"},
            "Handler": "it.handler",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            **values,
        },
    }


def network(**route: Any) -> dict[str, Any]:
    """Return a VPC with a public subnet that has a NAT gateway, and a private one that leads there."""
    vpc = {"Ref": "Vpc"}
    out = {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": {"Ref": "Nat"}}
    leads = {"SubnetId": {"Ref": "Private"}, "RouteTableId": {"Ref": "Table"}}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Public": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}},
        "Private": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": vpc, "CidrBlock": "10.0.1.0/24"}},
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "Nat": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {"SubnetId": {"Ref": "Public"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
        },
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": vpc}},
        "Route": {"Type": "AWS::EC2::Route", "Properties": out, **route},
        "Leads": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": leads},
    }


def body(made: Mapping[str, Any], **others: Any) -> str:
    own = {"It": made, "Role": role("lambda.amazonaws.com")}
    return yaml.safe_dump({**others, "Resources": {**own, **network()}}, sort_keys=False)


def test_a_function_joins_the_private_subnets_of_its_template(tmp_path: Path) -> None:
    found = mended(body(function()), tmp_path, rules=[IN_VPC])
    assert fixed(found) == {f"{IN_VPC} It"}
    assert properties(found)["VpcConfig"] == {
        "SubnetIds": [{"Ref": "Private"}],
        "SecurityGroupIds": [{"Ref": "FunctionsSecurityGroup"}],
    }
    assert properties(found, "Role")["ManagedPolicyArns"] == [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{JOINS}"}
    ]
    group = properties(found, "FunctionsSecurityGroup")
    assert "SecurityGroupIngress" not in group
    found_errors = lint(found.text, config=ManualArgs(regions=["us-east-1"]))
    assert [match for match in found_errors if match.rule.id.startswith("E")] == []


def test_functions_share_the_security_group_and_a_role_joins_once(tmp_path: Path) -> None:
    text = body(function())
    both = yaml.safe_load(text)
    both["Resources"]["Other"] = function()
    both["Resources"]["Role"]["Properties"]["ManagedPolicyArns"] = [f"arn:aws:iam::aws:policy/{JOINS}"]
    found = mended(yaml.safe_dump(both), tmp_path, rules=[IN_VPC])
    assert fixed(found) == {f"{IN_VPC} It"}
    assert all("VpcConfig" in properties(found, name) for name in ("It", "Other"))
    assert [name for name in found.added if "Group" in name] == ["FunctionsSecurityGroup"]
    assert len(properties(found, "Role")["ManagedPolicyArns"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        # Without the NAT gateway the function would reach less than before.
        {"Route": None},
        {"Route": {**network()["Route"], "Condition": "Costly"}},
        {"Nat": {**network()["Nat"], "Type": "AWS::EC2::CarrierGateway"}},
        # Which of two networks is meant.
        {"Second": network()["Vpc"]},
        {"Vpc": {**network()["Vpc"], "Condition": "Costly"}},
    ],
)
def test_a_network_that_may_lead_nowhere_is_not_taken(change: dict[str, Any], tmp_path: Path) -> None:
    changed = yaml.safe_load(body(function(), Conditions={"Costly": {"Fn::Equals": ["a", "b"]}}))
    changed["Resources"] = {name: raw for name, raw in {**changed["Resources"], **change}.items() if raw is not None}
    found = mended(yaml.safe_dump(changed), tmp_path, rules=[IN_VPC])
    assert not found.changed
    assert "--given private-subnets" in why(found, IN_VPC)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("arn:aws:iam::111122223333:role/role", "Whether its role may join a network"),
        ({"Ref": "RoleArn"}, "Whether its role may join a network"),
    ],
)
def test_a_function_whose_role_is_elsewhere_is_left_also_where_subnets_are_given(
    value: Any, reason: str, tmp_path: Path
) -> None:
    parameters = {"RoleArn": {"Type": "String"}, "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}}
    text = body(function(Role=value), Parameters=parameters)
    found = mended(text, tmp_path, rules=[IN_VPC], given=GIVEN)
    assert not found.changed
    assert why(found, IN_VPC).startswith(reason)


# -------------------------------------------------------------------------------- where the app has no network at all


def several(*names: str, **others: Any) -> dict[str, Any]:
    return {"Resources": {**{name: function() for name in names}, "Role": role("lambda.amazonaws.com"), **others}}


@pytest.mark.parametrize("how", [{"given": GIVEN}, {"ask": True}])
def test_one_finding_is_mended_for_all_functions_of_its_template(how: dict[str, Any], tmp_path: Path) -> None:
    # The one that only a custom resource calls is no part of it.
    asked = {"Asked": {"Type": "Custom::It", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Serving", "Arn"]}}}}
    text = yaml.safe_dump(several("A", "B", "C", "Serving", **asked), sort_keys=False)
    found = mended(text, tmp_path, rules=[IN_VPC], **how)
    assert fixed(found) == {f"{IN_VPC} A"}
    assert found.left == []
    assert [name for name in resources(found) if "VpcConfig" in (resources(found)[name]["Properties"])] == [
        "A",
        "B",
        "C",
    ]
    assert len({str(properties(found, name)["VpcConfig"]) for name in "ABC"}) == 1
    assert mended(found.text, tmp_path, rules=[IN_VPC]).left == []


def test_where_one_cannot_join_none_does(tmp_path: Path) -> None:
    body = several("A", "B")
    body["Resources"]["B"] = function(Role="arn:aws:iam::111122223333:role/role")
    found = mended(yaml.safe_dump(body), tmp_path, rules=[IN_VPC], given=GIVEN)
    assert not found.changed
    assert why(found, IN_VPC).startswith("Whether its role may join a network")


def test_functions_of_aws_sam_join_together(tmp_path: Path) -> None:
    made = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Handler": "a.b", "Runtime": "python3.13", "CodeUri": "s3://code/it.zip"},
    }
    text = yaml.safe_dump({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": made, "B": made}})
    found = mended(text, tmp_path, rules=[IN_VPC], ask=True)
    assert fixed(found) == {f"{IN_VPC} A"}
    assert found.left == []
    assert all("VpcConfig" in properties(found, name) for name in "AB")


def test_what_one_template_names_leaves_the_functions_of_another_as_they_were_told(tmp_path: Path) -> None:
    able, unable = tmp_path / "able.yaml", tmp_path / "unable.yaml"
    able.write_text(yaml.safe_dump(several("A", "B")))
    body = several("C", "D")
    body["Resources"]["C"] = function(Role="arn:aws:iam::111122223333:role/role")
    body["Resources"]["D"] = function(Role="arn:aws:iam::111122223333:role/role")
    unable.write_text(yaml.safe_dump(body))
    first, second = mend([able, unable], today=TODAY, rules=[IN_VPC], ask=True)
    assert fixed(first) == {f"{IN_VPC} A"}
    assert len(first.asked[0].fixed) == 1
    assert not second.changed
    assert [left.finding.resource_logical_id for left in second.left] == ["C"]


def test_another_fix_may_name_subnets_while_the_functions_stay(tmp_path: Path) -> None:
    domain = {"Type": "AWS::OpenSearchService::Domain", "Properties": {}}
    text = yaml.safe_dump(several("A", "B", Search=domain))
    found = mended(text, tmp_path, rules=["EndpointNotPublic"], given=GIVEN, allow_replacement=True)
    assert "EndpointNotPublic Search" in fixed(found)


# ------------------------------------------------------------------------------------------------------------ clusters


def cluster(kind: str, members: int = 1, **values: Any) -> str:
    member = {
        "Type": f"AWS::{kind}::DBInstance",
        "Properties": {
            "DBClusterIdentifier": {"Ref": "It"},
            "DBInstanceClass": "db.r6g.large",
            "DBInstanceIdentifier": "writer",
            "AvailabilityZone": "us-east-1a",
            **values,
        },
    }
    others = {f"Member{number}": member for number in range(members)}
    return template(f"AWS::{kind}::DBCluster", {"DeletionProtection": True}, **others)


@pytest.mark.parametrize("kind", ["DocDB", "Neptune", "RDS"])
def test_a_cluster_gets_a_second_instance_like_the_first(kind: str, tmp_path: Path) -> None:
    values = {"AutoMinorVersionUpgrade": True, "PubliclyAccessible": False} if kind == "RDS" else {}
    found = mended(cluster(kind, **values), tmp_path, rules=["MultiAz"])
    assert fixed(found) == {"MultiAz It"}
    reader = resources(found)["Member0Reader"]
    assert (reader["Type"], reader["DependsOn"]) == (f"AWS::{kind}::DBInstance", "Member0")
    # It has a name and a zone of its own.
    watched = {"MonitoringInterval": 60, "MonitoringRoleArn": {"Fn::GetAtt": ["DatabaseMonitoringRole", "Arn"]}}
    assert reader["Properties"] == {
        "DBClusterIdentifier": {"Ref": "It"},
        "DBInstanceClass": "db.r6g.large",
        **values,
        **(watched if kind == "RDS" else {}),
    }


def test_what_the_second_instance_tells_of_its_performance_is_under_the_key(tmp_path: Path) -> None:
    values = {"AutoMinorVersionUpgrade": True, "PubliclyAccessible": False, "EnablePerformanceInsights": True}
    found = mended(cluster("RDS", **values), tmp_path, rules=["MultiAz"])
    assert fixed(found) == {"MultiAz It"}
    key = {"Fn::GetAtt": ["EncryptionKey", "Arn"]}
    assert properties(found, "Member0Reader")["PerformanceInsightsKMSKeyId"] == key
    assert "PerformanceInsightsKMSKeyId" not in properties(found, "Member0")


def test_a_cluster_without_an_instance_in_its_template_is_left(tmp_path: Path) -> None:
    found = mended(cluster("RDS", 0), tmp_path, rules=["MultiAz"])
    assert not found.changed
    assert "Which of its instances" in why(found, "MultiAz")


# ------------------------------------------------------------------------------------------------------------- backups


def test_what_a_condition_makes_is_selected_on_that_condition(tmp_path: Path) -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    text = yaml.safe_dump(
        {
            "Parameters": {"Plan": {"Type": "String"}, "Choice": {"Type": "String"}},
            "Conditions": {"Wanted": {"Fn::Equals": [{"Ref": "Choice"}, "yes"]}},
            "Resources": {
                "Always": bucket,
                "Sometimes": {**bucket, "Condition": "Wanted"},
                "Too": {**bucket, "Condition": "Wanted"},
                "Disk": {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": "us-east-1a", "Size": 8}},
            },
        }
    )
    found = mended(text, tmp_path, rules=["StoreBackedUp"], given=GIVEN)
    assert fixed(found) == {f"StoreBackedUp {name}" for name in ("Always", "Sometimes", "Too", "Disk")}
    selections = {name: raw for name, raw in resources(found).items() if raw["Type"] == "AWS::Backup::BackupSelection"}
    named = {
        raw.get("Condition"): len(raw["Properties"]["BackupSelection"]["Resources"]) for raw in selections.values()
    }
    assert named == {None: 2, "Wanted": 2}


# ----------------------------------------------------------------------------------------------------- state machines


def test_a_state_machine_comes_under_the_key_that_its_role_may_use(tmp_path: Path) -> None:
    values = {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": "{}"}
    text = template("AWS::StepFunctions::StateMachine", values, Role=role("states.amazonaws.com"))
    found = mended(text, tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert fixed(found) == {"StoreEncryptedWithCustomerKey It"}
    assert properties(found)["EncryptionConfiguration"] == {
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
        "KmsKeyId": {"Fn::GetAtt": ["EncryptionKey", "Arn"]},
        "KmsDataKeyReusePeriodSeconds": 300,
    }
    assert "kms:GenerateDataKey" in str(properties(found, "Role")["Policies"])
    key = str(properties(found, "EncryptionKey"))
    assert "states.${AWS::Region}.amazonaws.com" in key
    assert "delivery.logs.amazonaws.com" in key


def test_a_state_machine_whose_role_is_elsewhere_keeps_its_key(tmp_path: Path) -> None:
    values = {"RoleArn": "arn:aws:iam::111122223333:role/role", "DefinitionString": "{}"}
    text = template("AWS::StepFunctions::StateMachine", values)
    found = mended(text, tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert not found.changed
    assert "Whether its role may use a key" in why(found, "StoreEncryptedWithCustomerKey")


# -------------------------------------------------------------------------------------------------- policies that stay


def test_policies_of_buckets_that_stay_stay_once_one_does(tmp_path: Path) -> None:
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "It"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }
    text = yaml.safe_dump({"Resources": {"It": kept, "Policy": policy}})
    found = mended(text, tmp_path, rules=["BucketAccessLogged"])
    assert fixed(found) == {"BucketAccessLogged It"}
    assert resources(found)["Policy"]["DeletionPolicy"] == "Retain"


# ------------------------------------------------------------------------------------------------------------- circles


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"Properties": {"Name": {"Ref": "It"}}}, True),
        ({"Properties": {"Name": {"Fn::Sub": "${It.Arn}/x"}}}, True),
        ({"Properties": {"Name": {"Fn::Sub": ["${It}${x}", {"x": "1"}]}}}, True),
        ({"Properties": {"Name": {"Fn::GetAtt": "It.Arn"}}}, True),
        ({"DependsOn": ["It"]}, True),
        ({"Properties": {"Name": {"Ref": "AWS::StackName"}}}, False),
        ({"Properties": {"Name": "It"}}, False),
    ],
)
def test_resources_that_wait_for_each_other(other: dict[str, Any], expected: bool) -> None:
    it = {"Properties": {"Name": {"Fn::GetAtt": ["Other", "Arn"]}}}
    assert has_circle({"It": it, "Other": other, "Alone": {"Properties": {"Name": {"Ref": "It"}}}}) is expected


def test_what_would_wait_for_itself_is_taken_back(tmp_path: Path) -> None:
    text = yaml.safe_load(body(function()))
    # The address of the VPC comes from the function itself.
    asks = {"Type": "Custom::Range", "Properties": {"ServiceToken": "arn", "By": {"Ref": "It"}}}
    text["Resources"]["Asks"] = asks
    text["Resources"]["Vpc"]["Properties"]["CidrBlock"] = {"Fn::GetAtt": ["Asks", "Range"]}
    found = mended(yaml.safe_dump(text), tmp_path, rules=[IN_VPC])
    assert not found.changed
    assert "circle" in why(found, IN_VPC)


def test_a_subnet_that_is_told_with_a_service_is_mended_with_it(tmp_path: Path) -> None:
    subnet = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": True}
    placed = {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": [{"Ref": "Subnet"}]}}
    text = yaml.safe_dump(
        {
            "Resources": {
                "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": subnet},
                "Portal": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {"TaskDefinition": "portal:1", "NetworkConfiguration": placed},
                },
            }
        }
    )
    found = mended(text, tmp_path, rules=["NoPublicAddress"])
    assert [one.rule_id for one in found.fixed] == ["HIPAA.Constructs-NoPublicAddress"]
    assert properties(found, "Subnet")["MapPublicIpOnLaunch"] is False
    network = properties(found, "Portal")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["NoPublicAddress"], {"NoPublicAddress Service"}),
        (["WorkloadInPrivateSubnet"], {"WorkloadInPrivateSubnet Service"}),
        (
            ["NoPublicAddress", "WorkloadInPrivateSubnet"],
            {"NoPublicAddress Service", "WorkloadInPrivateSubnet Service"},
        ),
    ],
)
def test_what_is_told_in_one_finding_is_mended_each_by_itself(
    rules: list[str], expected: set[str], tmp_path: Path
) -> None:
    placed = {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": [{"Ref": "Subnet"}]}}
    way = {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-12345678"}
    leads = {"RouteTableId": {"Ref": "Table"}, "SubnetId": {"Ref": "Subnet"}}
    made = {
        "Subnet": ("AWS::EC2::Subnet", {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}),
        "Table": ("AWS::EC2::RouteTable", {"VpcId": "vpc-1"}),
        "Route": ("AWS::EC2::Route", way),
        "Leads": ("AWS::EC2::SubnetRouteTableAssociation", leads),
        "Service": ("AWS::ECS::Service", {"TaskDefinition": "portal:1", "NetworkConfiguration": placed}),
    }
    entries = {name: {"Type": kind, "Properties": values} for name, (kind, values) in made.items()}
    parameters = {"Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}}
    text = yaml.safe_dump({"Parameters": parameters, "Resources": entries})
    found = mended(text, tmp_path, rules=rules, given=GIVEN)
    assert fixed(found) == {f"{rule} Service" for rule in rules}
