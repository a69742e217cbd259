from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.database.tls_cache import TlsCache
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, findings, template_of
from tests.database.support import imported_vpc
from tests.edge.support import only, resources

CACHE = "AWS::ElastiCache::ReplicationGroup"
USER = "AWS::ElastiCache::User"


def define(stack: cdk.Stack, **arguments: Any) -> TlsCache:
    vpc = arguments.pop("vpc", None) or imported_vpc(stack)
    return TlsCache(stack, "Sessions", vpc=vpc, **arguments)


def role_in(stack: cdk.Stack) -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
@pytest.mark.parametrize("engine", ["valkey", "redis"])
def test_has_no_findings(engine: str, region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    cache = define(stack, engine=engine)
    role = role_in(stack)
    cache.grant_connect(role)
    cache.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    assert_no_findings(app, all_packs=True)


def test_transmission_security_tls_is_required(template: dict[str, Any]) -> None:
    cache = only(template, CACHE)
    assert (cache["TransitEncryptionEnabled"], cache["TransitEncryptionMode"]) == (True, "required")


def test_encryption_at_rest_with_a_rotated_key_of_its_own(template: dict[str, Any]) -> None:
    cache = only(template, CACHE)
    key = cache["KmsKeyId"]["Fn::GetAtt"][0]
    assert cache["AtRestEncryptionEnabled"] is True
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True
    assert only(template, "AWS::Logs::LogGroup")["KmsKeyId"] == cache["KmsKeyId"]


def test_authentication_is_by_iam_and_the_default_user_is_off(template: dict[str, Any]) -> None:
    users = [one["Properties"] for one in resources(template, USER)]
    modes = {user["AuthenticationMode"]["Type"]: user for user in users}
    assert modes["no-password-required"]["UserName"] == "default"
    assert modes["no-password-required"]["AccessString"] == "off -@all"
    assert modes["no-password-required"]["UserId"] != "default"
    assert modes["iam"]["UserName"] == modes["iam"]["UserId"]
    assert "-@dangerous" in modes["iam"]["AccessString"]
    group = only(template, "AWS::ElastiCache::UserGroup")
    ids = {name for name, one in template["Resources"].items() if one["Type"] == USER}
    assert {one["Ref"] for one in group["UserIds"]} == ids
    (named,) = only(template, CACHE)["UserGroupIds"]
    assert template["Resources"][named["Ref"]]["Properties"] == group
    assert "Passwords" not in json.dumps(users)


def test_audit_controls_both_logs_go_to_a_group_that_is_kept(template: dict[str, Any]) -> None:
    deliveries = only(template, CACHE)["LogDeliveryConfigurations"]
    assert {one["LogType"] for one in deliveries} == {"slow-log", "engine-log"}
    (group,) = {one["DestinationDetails"]["CloudWatchLogsDetails"]["LogGroup"]["Ref"] for one in deliveries}
    properties = template["Resources"][group]["Properties"]
    assert properties["RetentionInDays"] == 2557
    assert "Deidentify" in json.dumps(properties["DataProtectionPolicy"])


def test_contingency_a_replica_takes_over_and_snapshots_are_kept(template: dict[str, Any]) -> None:
    (cache,) = resources(template, CACHE)
    properties = cache["Properties"]
    assert (properties["MultiAZEnabled"], properties["AutomaticFailoverEnabled"]) == (True, True)
    assert properties["NumCacheClusters"] == 2
    assert properties["SnapshotRetentionLimit"] == 35
    assert (cache["DeletionPolicy"], cache["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")


def test_minor_versions_are_taken_in_a_window_beside_that_of_snapshots(template: dict[str, Any]) -> None:
    cache = only(template, CACHE)
    assert cache["AutoMinorVersionUpgrade"] is True
    assert (cache["SnapshotWindow"], cache["PreferredMaintenanceWindow"]) == ("05:00-06:00", "sun:07:00-sun:08:00")
    assert (cache["Engine"], cache["EngineVersion"]) == ("valkey", "8.2")


def test_access_control_it_stands_in_isolated_subnets_and_lets_nobody_in(template: dict[str, Any]) -> None:
    subnets = only(template, "AWS::ElastiCache::SubnetGroup")
    assert subnets["SubnetIds"] == ["subnet-11111111", "subnet-22222222"]
    group = only(template, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert "AWS::EC2::SecurityGroupIngress" not in {one["Type"] for one in template["Resources"].values()}
    assert only(template, CACHE)["Port"] == 16379


def test_connections_open_the_port_of_the_cache(stack: cdk.Stack) -> None:
    cache = define(stack)
    cache.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    (rule,) = only(template_of(stack), "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.1.0/24", cache.port, cache.port)


def test_grants_to_connect_to_this_cache_as_one_user(stack: cdk.Stack) -> None:
    cache = define(stack)
    cache.grant_connect(role_in(stack)).assert_success()
    written = template_of(stack)
    (statement,) = only(written, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "elasticache:Connect"
    group, user = statement["Resource"]
    assert group["Fn::Join"][1][-2:] == [
        ":elasticache:us-east-1:111122223333:replicationgroup:",
        {"Ref": stack.get_logical_id(cache.replication_group)},
    ]
    assert user == {"Fn::GetAtt": [stack.get_logical_id(cache.user), "Arn"]}


def test_users_whom_less_is_enough_are_in_the_group_and_can_be_granted(app: cdk.App, stack: cdk.Stack) -> None:
    cache = define(stack)
    reader = cache.add_user("Reader", access_string="on ~visits:* -@all +@read")
    cache.grant_connect(role_in(stack), user=reader)
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    name = stack.get_logical_id(reader)
    assert {"Ref": name} in only(written, "AWS::ElastiCache::UserGroup")["UserIds"]
    assert written["Resources"][name]["Properties"]["AuthenticationMode"] == {"Type": "iam"}
    (statement,) = only(written, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Resource"][1] == {"Fn::GetAtt": [name, "Arn"]}


def test_names_differ_within_a_stack_and_between_deployments(stack: cdk.Stack) -> None:
    vpc = imported_vpc(stack)
    for name in ("Sessions", "Results"):
        TlsCache(stack, name, vpc=vpc)
    written = template_of(stack)
    ids = [json.dumps(one["Properties"]["UserId"]) for one in resources(written, USER)]
    ids += [json.dumps(one["Properties"]["UserGroupId"]) for one in resources(written, "AWS::ElastiCache::UserGroup")]
    assert len(set(ids)) == len(ids) == 6
    assert all("AWS::StackId" in one for one in ids)
    # Before the eight digits of the stack's id.
    for one in ids:
        (before,) = [part for part in json.loads(one)["Fn::Join"][1] if isinstance(part, str)]
        assert len(before) <= 32
        assert before == before.lower()


def test_takes_a_key_and_its_options(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    cache = define(
        stack,
        encryption_key=key,
        engine="redis",
        engine_version="7.0",
        cache_node_type="cache.r7g.large",
        num_cache_clusters=3,
        snapshot_window="01:00-02:30",
        preferred_maintenance_window="mon:03:00-mon:04:00",
    )
    written = only(template_of(stack), CACHE)
    assert (written["Engine"], written["EngineVersion"]) == ("redis", "7.0")
    assert (written["CacheNodeType"], written["NumCacheClusters"]) == ("cache.r7g.large", 3)
    assert (written["SnapshotWindow"], written["PreferredMaintenanceWindow"]) == ("01:00-02:30", "mon:03:00-mon:04:00")
    assert cache.encryption_key is key
    assert cache.replication_group.node.path == "Clinic/Sessions/Resource"
    assert cache.log_group.node.path == "Clinic/Sessions/Logs/Resource"
    assert cache.security_group.node.path == "Clinic/Sessions/SecurityGroup"
    for address, attribute in (
        (cache.endpoint, "PrimaryEndPoint.Address"),
        (cache.reader_endpoint, "ReaderEndPoint.Address"),
    ):
        assert stack.resolve(address) == {"Fn::GetAtt": [stack.get_logical_id(cache.replication_group), attribute]}


def test_the_evidence_says_that_aws_backup_does_not_take_it_and_who_connects(app: cdk.App, stack: cdk.Stack) -> None:
    cache = define(stack)
    cache.grant_connect(role_in(stack))
    cache.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (found,) = (one for one in stores_of(read, Names(read)) if one.resource.type == CACHE)
    assert (found.encryption, found.key) == ("customer_key", "Clinic/Sessions/Key/Resource/Resource")
    assert (found.role, found.backup, found.plans) == ("data", "not_applicable", ())
    assert found.retention == ("own snapshots: 35 days", "leaves a snapshot when its stack goes")
    (made,) = read.of_type(CACHE)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(made).items()}
    assert parties == {"Clinic/Role": {"connect"}, "10.0.1.0/24, TCP port 16379": {"connect"}}


# What is undone, and the rule that has to find it.
UNDONE = [
    (CACHE, "TransitEncryptionEnabled", False, "CacheTlsRequired"),
    (CACHE, "TransitEncryptionMode", "preferred", "CacheTlsRequired"),
    (CACHE, "AtRestEncryptionEnabled", False, "StoreEncrypted"),
    (CACHE, "KmsKeyId", None, "StoreEncryptedWithCustomerKey"),
    (CACHE, "UserGroupIds", None, "ClientsAuthenticated"),
    (CACHE, "MultiAZEnabled", False, "MultiAz"),
    (CACHE, "AutomaticFailoverEnabled", False, "MultiAz"),
    (CACHE, "SnapshotRetentionLimit", 1, "DatabaseBackupsKept"),
    (CACHE, "LogDeliveryConfigurations", None, "ServiceLogged"),
    (CACHE, "AutoMinorVersionUpgrade", False, "MinorUpgradesAutomatic"),
    (USER, "AccessString", "on ~* +@all", "ClientsAuthenticated"),
]


@pytest.mark.parametrize(("kind", "name", "value", "rule"), UNDONE, ids=[f"{one[1]}-{one[3]}" for one in UNDONE])
def test_what_is_undone_is_found(kind: str, name: str, value: Any, rule: str, app: cdk.App, stack: cdk.Stack) -> None:
    cache = define(stack)
    resource: Any = cache.replication_group
    if kind == USER:
        resource = cache.node.find_child("DefaultUser").node.find_child("Resource")
    if value is None:
        resource.add_property_deletion_override(name)
    else:
        resource.add_property_override(name, value)
    assert any(rule in str(one) for one in findings(app))


def test_a_snapshot_that_is_not_left_is_found(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack).replication_group.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    assert any("RetainedOnDelete" in str(one) for one in findings(app))


def test_the_rules_that_find_it_are_there() -> None:
    assert {rule for *_, rule in UNDONE} <= {rule.name for rule in all_rules()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "memcached"}, "engine"),
        ({"engine_version": "7.0"}, "engine_version: got '7.0'; valkey has IAM authentication from 7.2 on"),
        ({"engine": "redis", "engine_version": "6.2"}, "engine_version: got '6.2'; redis has IAM authentication"),
        ({"engine_version": "latest"}, "engine_version: got 'latest'"),
        ({"num_cache_clusters": 1}, "num_cache_clusters: got 1; allowed are 2 to 6 nodes"),
        ({"num_cache_clusters": 7}, "num_cache_clusters: got 7"),
        ({"snapshot_window": "5-6"}, "snapshot_window: got '5-6'; it takes a window"),
        ({"preferred_maintenance_window": "05:00-06:00"}, "preferred_maintenance_window: got '05:00-06:00'"),
        ({"encryption_key": "alias/x"}, r"TlsCache\(encryption_key=…\): got 'alias/x'"),
        ({"cache_node_type": 5}, r"TlsCache\(cache_node_type=…\): got 5"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    vpc = imported_vpc(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, vpc=vpc, **arguments)
    assert [child.node.id for child in stack.node.children] == ["Vpc"]


def test_refuses_a_vpc_in_one_zone_and_a_token_for_the_number_of_nodes(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="vpc: got 'a VPC with isolated subnets in 1 zones'"):
        define(stack, vpc=imported_vpc(stack, zones=1))
    number = cdk.CfnParameter(stack, "Nodes", type="Number").value_as_number
    with pytest.raises(ValueError, match="num_cache_clusters"):
        define(stack, vpc=imported_vpc(cdk.Stack(stack.node.root, "Other")), num_cache_clusters=int(number))


def test_refuses_an_engine_that_only_deployment_knows(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"engine: got .*; it takes an engine that is written"):
        define(stack, engine=cdk.CfnParameter(stack, "Engine").value_as_string)


@pytest.mark.parametrize("word", [">secret1234567890", "nopass", "#5e884898da28047151d0e56f8dc62927", "<old"])
def test_refuses_a_user_with_a_password_or_without_any_credential(word: str, stack: cdk.Stack) -> None:
    cache = define(stack)
    with pytest.raises(ValueError, match=r"access_string: got .*; it takes no password"):
        cache.add_user("Reader", access_string=f"on ~* +@read {word}")


def test_takes_tokens(stack: cdk.Stack) -> None:
    version = cdk.CfnParameter(stack, "Version").value_as_string
    window = cdk.CfnParameter(stack, "Window").value_as_string
    cache = define(stack, engine_version=version, snapshot_window=window, preferred_maintenance_window=window)
    cache.add_user("Reader", access_string=cdk.CfnParameter(stack, "Access").value_as_string)
    assert only(template_of(stack), CACHE)["EngineVersion"] == {"Ref": "Version"}
