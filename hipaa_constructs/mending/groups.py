"""The default security group of a VPC, which CloudFormation closes by a function only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import KEPT, log_group, policy
from hipaa_constructs.mending.draft import CannotMendError, Draft, entries, is_plain, listed

# CDK's own type, by which other tools know a closed group.
_CLOSED = "Custom::VpcRestrictDefaultSG"
_SID = "CloseDefaultSecurityGroups"
# What takes the default group where it names none, and the properties that may name one.
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "AWS::DMS::ReplicationInstance": ("VpcSecurityGroupIds",),
    "AWS::DocDB::DBCluster": ("VpcSecurityGroupIds",),
    "AWS::EC2::Instance": ("SecurityGroupIds", "NetworkInterfaces", "SecurityGroups", "LaunchTemplate"),
    "AWS::EC2::NetworkInterface": ("GroupSet",),
    "AWS::ECS::Service": ("NetworkConfiguration.AwsvpcConfiguration.SecurityGroups",),
    "AWS::EFS::MountTarget": ("SecurityGroups",),
    "AWS::ElastiCache::CacheCluster": ("VpcSecurityGroupIds",),
    "AWS::ElastiCache::ReplicationGroup": ("SecurityGroupIds",),
    "AWS::ElasticLoadBalancing::LoadBalancer": ("SecurityGroups",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("SecurityGroups",),
    "AWS::Neptune::DBCluster": ("VpcSecurityGroupIds",),
    "AWS::RDS::DBCluster": ("VpcSecurityGroupIds",),
    "AWS::RDS::DBInstance": ("VPCSecurityGroups", "DBClusterIdentifier"),
    "AWS::Redshift::Cluster": ("VpcSecurityGroupIds",),
}
# Only what AWS puts into such a group is named, so that nothing has to be listed. A policy that was attached a moment
# ago is not known everywhere yet; a deletion changes nothing, since it must never open the group again.
_CODE = """\
import time

import boto3
import cfnresponse
from botocore.exceptions import ClientError


def revoke(call, group, rule):
    for attempt in range(6):
        try:
            call(GroupId=group, IpPermissions=[rule])
            return
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "InvalidPermission.NotFound":
                return
            if code != "UnauthorizedOperation" or attempt == 5:
                raise
            time.sleep(6)


def handler(event, context):
    group = event["ResourceProperties"]["DefaultSecurityGroupId"]
    try:
        if event["RequestType"] != "Delete":
            ec2 = boto3.client("ec2")
            within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
            revoke(ec2.revoke_security_group_ingress, group, within)
            for outward in ({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}):
                revoke(ec2.revoke_security_group_egress, group, {"IpProtocol": "-1", **outward})
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, group)
    except Exception as error:
        print(error)
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, group)
"""


def default_group_closed(draft: Draft, finding: Finding) -> None:
    """Take all rules from the default security group of a VPC."""
    name = finding.resource_logical_id
    if "Condition" in draft.resource(name):
        raise CannotMendError("A condition makes the VPC; what closes its default group would be made without it.")
    if _is_used(draft, name):
        raise CannotMendError("Something in its template uses the VPC's default security group.")
    group = {"Fn::GetAtt": [name, "DefaultSecurityGroup"]}
    function, resources = _function(draft)
    where = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group/"
    resources.append({"Fn::Sub": f"{where}${{{name}.DefaultSecurityGroup}}"})
    draft.add(
        f"{name}DefaultGroupClosed",
        {
            "Type": _CLOSED,
            **KEPT,
            "Properties": {"ServiceToken": {"Fn::GetAtt": [function, "Arn"]}, "DefaultSecurityGroupId": group},
        },
    )


def _is_used(draft: Draft, vpc: str) -> bool:
    for _, raw in entries(draft.resources):
        kind, properties = str(raw.get("Type")), raw.get("Properties") or {}
        if not kind.startswith("Custom::") and "'DefaultSecurityGroup'" in str(properties) and names(properties, vpc):
            return True
        if kind in _MEMBERS and not any(_at(properties, path) for path in _MEMBERS[kind]):
            return True
    return "DefaultSecurityGroup" in str(draft.body.get("Outputs"))


def _at(holder: Any, path: str) -> Any:
    for part in path.split("."):
        holder = holder.get(part) if isinstance(holder, dict) else None
    return holder


def _function(draft: Draft) -> tuple[str, list[Any]]:
    """Return the function that closes groups, and the list of those that its role may close."""
    for role, raw in draft.of_type("AWS::IAM::Role"):
        for one in listed(raw["Properties"].get("Policies", [])):
            document = one.get("PolicyDocument") if is_plain(one) else None
            statements = listed(document.get("Statement")) if is_plain(document) else [None]
            if is_plain(statements[0]) and statements[0].get("Sid") == _SID:
                functions = [name for name, raw in draft.of_type("AWS::Lambda::Function") if names(raw, role)]
                return functions[0], statements[0]["Resource"]
    group = log_group(draft, "CloseDefaultGroupLogs")
    statements = [
        {
            "Sid": _SID,
            "Effect": "Allow",
            "Action": ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
            "Resource": [],
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [group, "Arn"]},
        },
    ]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = draft.add(
        "CloseDefaultGroupRole",
        {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": policy(trust),
                "Policies": [{"PolicyName": "Close", "PolicyDocument": policy(*statements)}],
            },
        },
    )
    function = draft.add(
        "CloseDefaultGroup",
        {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Description": "Takes all rules from default security groups",
                "Code": {"ZipFile": _CODE},
                "Handler": "index.handler",
                "LoggingConfig": {"LogGroup": {"Ref": group}},
                "Role": {"Fn::GetAtt": [role, "Arn"]},
                "Runtime": "python3.13",
                "Timeout": 180,
            },
        },
    )
    return function, draft.properties(role)["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"]
