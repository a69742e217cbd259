from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_instances import PrivateInstances
from hipaa_constructs.edge.https_load_balancer import HttpsLoadBalancer
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
IMPORTED = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP, LAUNCHED = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::LaunchTemplate"
PATCHING, SESSIONS = "AWS::SSM::Association", "AWS::SSM::Document"
SERVED = ec2.InstanceType("m7i.large")


def define(stack: cdk.Stack, construct_id: str = "Engine", **arguments: Any) -> PrivateInstances:
    if "vpc" not in arguments:
        arguments["vpc"] = vpc_in(stack)
    if "alert_topic" not in arguments:
        arguments["alert_topic"] = AlertTopic(stack, "Alerts", emails=["on-call@clinic.example"])
    return PrivateInstances(stack, construct_id, **{"instance_type": SERVED, **arguments})


def operator(stack: cdk.Stack) -> LeastPrivilegeRole:
    people = iam.PrincipalWithConditions(iam.AccountRootPrincipal(), {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    return LeastPrivilegeRole(stack, "Operator", assumed_by=people)


def only(written: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (one for one in written["Resources"].values() if one["Type"] == kind)
    resource: dict[str, Any] = found
    return resource


def properties(written: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = only(written, kind)["Properties"]
    return found


def started(written: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = properties(written, LAUNCHED)["LaunchTemplateData"]
    return data


def statements_of(written: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The statements of the policies that a role has, by a part of its logical id."""
    return [
        statement
        for one in written["Resources"].values()
        if one["Type"] == "AWS::IAM::ManagedPolicy" and role in json.dumps(one["Properties"]["Roles"])
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]


def key_statement(key: dict[str, Any], sid: str) -> dict[str, Any]:
    (found,) = (one for one in key["Properties"]["KeyPolicy"]["Statement"] if one.get("Sid") == sid)
    statement: dict[str, Any] = found
    return statement


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack, data_volumes={"/dev/sdf": 200}).grant_session(operator(stack))
    return template_of(stack)


def test_snapshot(written: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert written == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings_behind_a_load_balancer_and_with_what_it_is_granted(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    vpc, key = PrivateVpc(stack, "Network").vpc, KmsRotatedKey(stack, "Key").key
    topic = AlertTopic(stack, "Alerts", emails=["on-call@clinic.example"], encryption_key=key)
    script = ec2.UserData.for_linux()
    script.add_commands("dnf install -y amazon-efs-utils")
    engine = define(
        stack, vpc=vpc, alert_topic=topic, encryption_key=key, data_volumes={"/dev/sdf": 200}, user_data=script
    )
    engine.grant_session(operator(stack))
    EncryptedQueue(stack, "Results", encryption_key=key).grant_send(engine)
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    balancer = HttpsLoadBalancer(stack, "Front", vpc=vpc, certificate=certificate)
    balancer.add_target("Engine", targets=[engine], port=8443, health_check_path="/health")
    assert_no_findings(app, all_packs=True)


def test_access_control_answers_metadata_of_version_2_over_one_hop(written: dict[str, Any]) -> None:
    assert started(written)["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpPutResponseHopLimit": 1,
        "HttpTokens": "required",
    }


def test_access_control_has_no_public_address_no_key_pair_and_admits_nobody(written: dict[str, Any]) -> None:
    data = started(written)
    (interface,) = data["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False
    assert not {"KeyName", "SecurityGroupIds"} & set(data)
    assert properties(written, GROUP)["VPCZoneIdentifier"] == [
        "subnet-0aaaaaaaaaaaaaaa1",
        "subnet-0aaaaaaaaaaaaaaa2",
    ]
    group = properties(written, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert not [one for one in written["Resources"].values() if one["Type"] == "AWS::EC2::SecurityGroupIngress"]
    (egress,) = group["SecurityGroupEgress"]
    assert (egress["IpProtocol"], egress["FromPort"], egress["ToPort"]) == ("tcp", 443, 443)


def test_access_control_of_the_role_has_policies_of_its_own_that_read_no_parameter(written: dict[str, Any]) -> None:
    for one in written["Resources"].values():
        if one["Type"] == "AWS::IAM::Role":
            assert not {"Policies", "ManagedPolicyArns"} & set(one["Properties"])
    granted = statements_of(written, "EngineRole")
    actions = {
        action for one in granted for action in (one["Action"] if isinstance(one["Action"], list) else [one["Action"]])
    }
    assert not {action for action in actions if "Parameter" in action or "*" in action or action.startswith("s3:")}
    assert actions >= {"ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel", "logs:PutLogEvents"}
    writing = next(one for one in granted if "logs:PutLogEvents" in one["Action"])
    assert "Fn::GetAtt" in writing["Resource"]


def test_encryption_of_every_volume_with_one_rotated_key(written: dict[str, Any]) -> None:
    key = next(name for name in written["Resources"] if name.startswith("EngineKey") and "Alias" not in name)
    assert written["Resources"][key]["Properties"]["EnableKeyRotation"] is True
    volumes = {one["DeviceName"]: one["Ebs"] for one in started(written)["BlockDeviceMappings"]}
    assert {name: volume["VolumeSize"] for name, volume in volumes.items()} == {"/dev/xvda": 30, "/dev/sdf": 200}
    for volume in volumes.values():
        assert volume["Encrypted"] is True
        assert volume["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
        assert volume["DeleteOnTermination"] is True
        assert volume["VolumeType"] == "gp3"


def test_encryption_is_open_to_auto_scaling_for_volumes_and_notices(written: dict[str, Any]) -> None:
    keys = {name: one for name, one in written["Resources"].items() if one["Type"] == "AWS::KMS::Key"}
    (own,) = (one for name, one in keys.items() if name.startswith("Engine"))
    volumes = key_statement(own, "VolumesOfThisAccount")
    assert "kms:CreateGrant" in volumes["Action"]
    assert volumes["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "111122223333",
        "kms:ViaService": ["ec2.us-east-1.amazonaws.com"],
    }
    (of_topic,) = (one for name, one in keys.items() if name.startswith("Alerts"))
    notices = key_statement(of_topic, "NoticesOfAutoScaling")
    equal = notices["Condition"]["StringEquals"]
    assert (equal["kms:CallerAccount"], equal["kms:ViaService"]) == ("111122223333", ["sns.us-east-1.amazonaws.com"])
    assert equal["aws:PrincipalArn"]["Fn::Join"][1][-1] == (
        ":iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    )


def test_groups_that_share_a_topic_are_let_publish_once(stack: cdk.Stack) -> None:
    vpc, topic = vpc_in(stack), AlertTopic(stack, "Alerts")
    for name in ("Engine", "Archive"):
        define(stack, name, vpc=vpc, alert_topic=topic)
    assert json.dumps(template_of(stack)).count("NoticesOfAutoScaling") == 1


def test_audit_controls_sessions_are_encrypted_and_logged_as_they_happen(written: dict[str, Any]) -> None:
    document = properties(written, SESSIONS)
    assert (document["DocumentType"], document["UpdateMethod"]) == ("Session", "NewVersion")
    assert "Name" not in document
    content = document["Content"]
    assert content["sessionType"] == "Standard_Stream"
    group = next(name for name, one in written["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup")
    key = next(name for name in written["Resources"] if name.startswith("EngineKey") and "Alias" not in name)
    assert content["inputs"] == {
        "cloudWatchLogGroupName": {"Ref": group},
        "cloudWatchEncryptionEnabled": True,
        "cloudWatchStreamingEnabled": True,
        "kmsKeyId": {"Fn::GetAtt": [key, "Arn"]},
        "idleSessionTimeout": "15",
        "maxSessionDuration": "60",
        "runAsEnabled": False,
    }
    logs = only(written, "AWS::Logs::LogGroup")
    assert logs["Properties"]["RetentionInDays"] == 2557
    assert logs["Properties"]["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert logs["UpdateReplacePolicy"] == "Retain"


def test_sessions_are_open_on_the_group_by_its_document_alone(written: dict[str, Any]) -> None:
    on_instances, by_document, own, key = statements_of(written, "Operator")
    group = next(name for name, one in written["Resources"].items() if one["Type"] == GROUP)
    checked = {"ssm:SessionDocumentAccessCheck": "true"}
    assert on_instances["Action"] == by_document["Action"] == "ssm:StartSession"
    assert on_instances["Condition"] == {
        "BoolIfExists": checked,
        "StringEquals": {"ssm:resourceTag/aws:autoscaling:groupName": {"Ref": group}},
    }
    assert by_document["Condition"] == {"BoolIfExists": checked}
    document = next(name for name, one in written["Resources"].items() if one["Type"] == SESSIONS)
    assert by_document["Resource"]["Fn::Join"][1][-2:] == [":ssm:us-east-1:111122223333:document/", {"Ref": document}]
    assert set(own["Action"]) == {"ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"}
    assert own["Resource"]["Fn::Join"][1][-1].endswith(":session/${aws:userid}-*")
    assert key["Action"] == "kms:GenerateDataKey"


def test_patches_are_installed_each_week_on_one_instance_at_a_time(written: dict[str, Any]) -> None:
    group = next(name for name, one in written["Resources"].items() if one["Type"] == GROUP)
    assert properties(written, PATCHING) == {
        "ApplyOnlyAtCronInterval": True,
        "ComplianceSeverity": "HIGH",
        "MaxConcurrency": "1",
        "MaxErrors": "0",
        "Name": "AWS-RunPatchBaseline",
        "Parameters": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]},
        "ScheduleExpression": "cron(0 9 ? * SUN *)",
        "Targets": [{"Key": "tag:aws:autoscaling:groupName", "Values": [{"Ref": group}]}],
    }


def test_an_update_starts_a_new_instance_before_it_ends_an_old_one(written: dict[str, Any]) -> None:
    group = only(written, GROUP)
    update = group["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (update["MaxBatchSize"], update["MinInstancesInService"], update["PauseTime"]) == (1, 2, "PT5M")
    assert (group["Properties"]["MinSize"], group["Properties"]["MaxSize"]) == ("2", "3")
    (told,) = group["Properties"]["NotificationConfigurations"]
    assert len(told["NotificationTypes"]) == 4


def test_instances_start_from_the_newest_image_and_are_watched(written: dict[str, Any]) -> None:
    data = started(written)
    assert data["ImageId"] == "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    assert (data["Monitoring"], data["EbsOptimized"], data["DisableApiTermination"]) == ({"Enabled": True}, True, True)


def test_it_waits_for_what_lets_instances_start(written: dict[str, Any]) -> None:
    policies = {
        name
        for name, one in written["Resources"].items()
        if one["Type"] == "AWS::IAM::ManagedPolicy" and name.startswith("EngineRole")
    }
    assert set(only(written, GROUP)["DependsOn"]) >= policies


def test_it_waits_for_the_endpoints_of_a_private_vpc(stack: cdk.Stack) -> None:
    define(stack, vpc=PrivateVpc(stack, "Network").vpc)
    found = template_of(stack)
    endpoints = {name for name, one in found["Resources"].items() if one["Type"] == "AWS::EC2::VPCEndpoint"}
    assert set(only(found, GROUP)["DependsOn"]) >= endpoints
    names = {json.dumps(found["Resources"][name]["Properties"]["ServiceName"]) for name in endpoints}
    for service in ("ssm", "ssmmessages", "ec2messages", "kms", "logs", "s3"):
        assert any(f'.{service}"' in name for name in names), service


def test_the_inventory_has_the_sessions_logs_and_no_volumes(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    app.synth()
    read = assembly.load([Path(app.outdir)])
    kept = {(one.resource.type, one.role) for one in stores_of(read, Names(read))}
    # What Auto Scaling tells names instances, and no patient.
    assert kept == {("AWS::Logs::LogGroup", "log"), ("AWS::SNS::Topic", "notice")}


def test_health_checks_of_a_load_balancer_count(stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Network").vpc
    engine = define(stack, vpc=vpc, start_within=cdk.Duration.minutes(10))
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    balancer = HttpsLoadBalancer(stack, "Front", vpc=vpc, certificate=certificate)
    balancer.add_target("Engine", targets=[engine], port=8443)
    found = properties(template_of(stack), GROUP)
    assert (found["HealthCheckType"], found["HealthCheckGracePeriod"]) == ("ELB", 600)
    assert len(found["TargetGroupARNs"]) == 1


def test_health_checks_of_a_network_load_balancer_count(stack: cdk.Stack) -> None:
    engine = define(stack)
    elbv2.NetworkTargetGroup(stack, "Targets", vpc=vpc_again(stack), port=2575, targets=[engine])
    assert properties(template_of(stack), GROUP)["HealthCheckType"] == "ELB"


def vpc_again(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack, "Again", vpc_id="vpc-0123456789abcdef0", availability_zones=["us-east-1a", "us-east-1b"]
    )


def test_without_a_load_balancer_ec2_s_health_counts(written: dict[str, Any]) -> None:
    assert properties(written, GROUP)["HealthCheckType"] == "EC2"


def test_options_of_what_instances_start_from(stack: cdk.Stack) -> None:
    script = ec2.UserData.for_linux()
    script.add_commands("mkfs -t xfs /dev/nvme1n1")
    define(
        stack,
        machine_image=ec2.MachineImage.generic_linux({"us-east-1": "ami-0123456789abcdef0"}),
        root_device_name="/dev/sda1",
        root_volume_gib=100,
        user_data=script,
        instance_type=ec2.InstanceType("r7g.xlarge"),
    )
    data = started(template_of(stack))
    assert data["ImageId"] == "ami-0123456789abcdef0"
    assert data["InstanceType"] == "r7g.xlarge"
    (root,) = data["BlockDeviceMappings"]
    assert (root["DeviceName"], root["Ebs"]["VolumeSize"], root["Ebs"]["Encrypted"]) == ("/dev/sda1", 100, True)
    assert "mkfs" in json.dumps(data["UserData"])


def test_graviton_gets_its_own_image(stack: cdk.Stack) -> None:
    define(stack, instance_type=ec2.InstanceType("m8g.large"))
    assert started(template_of(stack))["ImageId"].endswith("-arm64")


def test_options_of_the_group(stack: cdk.Stack) -> None:
    engine = define(
        stack,
        min_capacity=4,
        max_capacity=12,
        start_within=cdk.Duration.minutes(20),
        patch_weekday="TUE",
        patch_hour=0,
    )
    engine.auto_scaling_group.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
    found = template_of(stack)
    group = only(found, GROUP)
    assert (group["Properties"]["MinSize"], group["Properties"]["MaxSize"]) == ("4", "12")
    assert group["Properties"]["HealthCheckGracePeriod"] == 1200
    update = group["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (update["MinInstancesInService"], update["PauseTime"]) == (4, "PT20M")
    assert properties(found, PATCHING)["ScheduleExpression"] == "cron(0 0 ? * TUE *)"


def test_an_imported_key_shows_what_it_lacks(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Imported", IMPORTED)
    engine = define(stack, encryption_key=key)
    shown = " ".join(str(entry.data) for entry in key.node.metadata if entry.type == "aws:cdk:warning")
    assert '"Sid": "VolumesOfThisAccount"' in shown
    assert engine.encryption_key is key


def test_what_it_has_can_be_reached(stack: cdk.Stack) -> None:
    engine = define(stack)
    assert isinstance(engine.auto_scaling_group, autoscaling.AutoScalingGroup)
    assert engine.grant_principal is engine.role
    assert engine.connections.security_groups == [engine.security_group]
    assert stack.resolve(engine.session_document_name) == stack.resolve(engine.session_document.ref)
    assert stack.resolve(engine.session_log_group.log_group_name)


def test_two_stand_in_one_stack(app: cdk.App, stack: cdk.Stack) -> None:
    vpc, topic = vpc_in(stack), AlertTopic(stack, "Alerts", emails=["on-call@clinic.example"])
    people = operator(stack)
    for name in ("Engine", "Archive"):
        define(stack, name, vpc=vpc, alert_topic=topic).grant_session(people)
    assert_no_findings(app, all_packs=True)


def test_nothing_has_a_name_that_a_second_deployment_would_meet(written: dict[str, Any]) -> None:
    names = ("AutoScalingGroupName", "LaunchTemplateName", "RoleName", "InstanceProfileName", "LogGroupName", "Name")
    for one in written["Resources"].values():
        if one["Type"] != PATCHING:
            assert not set(names) & set(one.get("Properties", {})), one["Type"]


def secret_script() -> ec2.UserData:
    script = ec2.UserData.for_linux()
    script.add_commands("export PGPASSWORD=correct-horse-battery")
    return script


def filled_in_script() -> ec2.UserData:
    script = ec2.UserData.for_linux()
    script.add_commands(f"login {cdk.SecretValue.secrets_manager('db').unsafe_unwrap()}")
    return script


IMAGE = ec2.MachineImage.generic_linux({"us-east-1": "ami-0123456789abcdef0"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"instance_type": ec2.InstanceType("m4.large")}, r"instance_type: got 'm4\.large'; .*Nitro"),
        ({"instance_type": ec2.InstanceType("t2.micro")}, "instance_type: got"),
        ({"machine_image": IMAGE}, "root_device_name: got None"),
        ({"root_device_name": "/dev/sda1"}, "root_device_name: got '/dev/sda1'"),
        ({"root_volume_gib": 7}, "root_volume_gib: got 7; allowed are 8 to 65536 GiB"),
        ({"data_volumes": {"sdf": 10}}, "data_volumes: got 'sdf'"),
        ({"data_volumes": {"/dev/xvda": 10}}, "data_volumes: got '/dev/xvda'"),
        ({"data_volumes": {"/dev/sdf": 0}}, r"data_volumes\['/dev/sdf'\]: got 0"),
        ({"min_capacity": 1}, "min_capacity: got 1; allowed are 2 to 1000 instances"),
        ({"max_capacity": 2}, "max_capacity: got 2.* 3 or more"),
        ({"patch_hour": 24}, "patch_hour: got 24"),
        ({"patch_weekday": "Sunday"}, "patch_weekday: got 'Sunday'"),
        ({"start_within": cdk.Duration.seconds(30)}, "start_within: got '30 seconds'"),
        ({"start_within": cdk.Duration.hours(2)}, "start_within: got '7200 seconds'"),
        ({"user_data": secret_script()}, "user_data: got 'a password'"),
        ({"user_data": filled_in_script()}, "user_data: got 'a secret that CloudFormation fills in'"),
    ],
)
def test_fails_on(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        define(stack, **arguments)


def test_fails_on_a_vpc_in_one_zone(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "One",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0aaaaaaaaaaaaaaa1"],
        private_subnet_route_table_ids=["rtb-0aaaaaaaaaaaaaaa1"],
    )
    with pytest.raises(ValueError, match="two zones or more, and this VPC has them in 1"):
        define(stack, vpc=vpc)


@pytest.mark.parametrize("argument", ["min_capacity", "max_capacity", "patch_hour"])
def test_fails_on_a_token_for_what_decides_what_is_defined(argument: str, stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    with pytest.raises(ValueError, match=f"{argument}: got a token"):
        define(stack, **{argument: number})


def test_a_type_and_a_size_may_be_tokens(stack: cdk.Stack) -> None:
    kind = cdk.CfnParameter(stack, "Kind").value_as_string
    size = cdk.CfnParameter(stack, "Size", type="Number").value_as_number
    image = ec2.MachineImage.from_ssm_parameter("/clinic/images/engine")
    define(
        stack,
        instance_type=ec2.InstanceType(kind),
        machine_image=image,
        root_device_name="/dev/xvda",
        root_volume_gib=size,
    )
    assert started(template_of(stack))["InstanceType"] == {"Ref": "Kind"}


def test_metal_of_an_old_family_is_nitro(stack: cdk.Stack) -> None:
    define(stack, instance_type=ec2.InstanceType("i3.metal"))
    Template.from_stack(stack).resource_count_is(GROUP, 1)
