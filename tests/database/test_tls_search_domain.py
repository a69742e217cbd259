from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_opensearchservice as opensearch
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.database.search_requirements import require_version
from hipaa_constructs.database.tls_search_domain import TlsSearchDomain
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, findings, template_of
from tests.database.support import ENV, imported_vpc, own_vpc, three_zones
from tests.dependencies import dependencies, in_circles
from tests.edge.support import only, resources

DOMAIN, POLICY = "AWS::OpenSearchService::Domain", "AWS::Logs::ResourcePolicy"
LOGS = {
    "AUDIT_LOGS": "AuditLogs",
    "ES_APPLICATION_LOGS": "ApplicationLogs",
    "SEARCH_SLOW_LOGS": "SlowSearchLogs",
    "INDEX_SLOW_LOGS": "SlowIndexLogs",
}


def role_in(stack: cdk.Stack, name: str = "Intake") -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def define(stack: cdk.Stack, name: str = "Results", **arguments: Any) -> TlsSearchDomain:
    vpc = arguments.pop("vpc", None) or three_zones(stack)
    master = arguments.pop("master_user_role", None) or role_in(stack, f"{name}Setup")
    return TlsSearchDomain(stack, name, vpc=vpc, master_user_role=master, **arguments)


def text_of(policy: dict[str, Any]) -> dict[str, Any]:
    """Read a policy that is written as text; what only deployment knows is a name in brackets."""
    parts = policy["PolicyDocument"]["Fn::Join"][1]
    read: dict[str, Any] = json.loads("".join(one if isinstance(one, str) else f"[{_name(one)}]" for one in parts))
    return read


def _name(part: dict[str, Any]) -> str:
    return str(part["Fn::GetAtt"][0] if "Fn::GetAtt" in part else part.get("Ref", "piece"))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region) if region else None)
    search = define(stack)
    search.grant_read_write(role_in(stack), indices=["results-*"])
    search.grant_read(role_in(stack, "Portal"))
    search.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    assert_no_findings(app, all_packs=True)
    assert not in_circles(dependencies(template_of(stack)))


def test_transmission_security_clients_and_nodes_talk_over_tls(template: dict[str, Any]) -> None:
    domain = only(template, DOMAIN)
    assert domain["DomainEndpointOptions"] == {
        "EnforceHTTPS": True,
        "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
    }
    assert domain["NodeToNodeEncryptionOptions"] == {"Enabled": True}


def test_encryption_at_rest_with_a_rotated_key_of_its_own(template: dict[str, Any]) -> None:
    at_rest = only(template, DOMAIN)["EncryptionAtRestOptions"]
    key = template["Resources"][at_rest["KmsKeyId"]["Ref"]]
    assert at_rest["Enabled"] is True
    assert (key["Type"], key["Properties"]["EnableKeyRotation"]) == ("AWS::KMS::Key", True)


def test_authentication_the_master_user_is_a_role_and_there_is_no_password(template: dict[str, Any]) -> None:
    domain = only(template, DOMAIN)
    security = domain["AdvancedSecurityOptions"]
    assert (security["Enabled"], security["InternalUserDatabaseEnabled"]) == (True, False)
    master = security["MasterUserOptions"]
    assert list(master) == ["MasterUserARN"]
    assert "AWS::SecretsManager::Secret" not in {one["Type"] for one in template["Resources"].values()}
    (statement,) = domain["AccessPolicies"]["Statement"]
    assert statement["Principal"] == {"AWS": master["MasterUserARN"]}
    assert all(action.startswith("es:ESHttp") and "*" not in action for action in statement["Action"])
    assert statement["Resource"]["Fn::Join"][1][-1] == "/*"
    assert domain["AdvancedOptions"] == {"rest.action.multi.allow_explicit_index": "false"}


def test_access_control_it_stands_in_an_isolated_subnet_of_each_zone_and_lets_nobody_in(
    template: dict[str, Any],
) -> None:
    network = only(template, DOMAIN)["VPCOptions"]
    assert network["SubnetIds"] == ["subnet-11111111", "subnet-22222222", "subnet-33333333"]
    group = only(template, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert "AWS::EC2::SecurityGroupIngress" not in {one["Type"] for one in template["Resources"].values()}


def test_audit_controls_each_log_goes_to_a_group_that_is_kept(template: dict[str, Any]) -> None:
    published = only(template, DOMAIN)["LogPublishingOptions"]
    assert set(published) == set(LOGS)
    key = only(template, DOMAIN)["EncryptionAtRestOptions"]["KmsKeyId"]["Ref"]
    for log, name in LOGS.items():
        assert published[log]["Enabled"] is True
        logical_id = published[log]["CloudWatchLogsLogGroupArn"]["Fn::GetAtt"][0]
        assert name in logical_id
        group = template["Resources"][logical_id]
        assert group["Properties"]["RetentionInDays"] == 2557
        assert group["Properties"]["KmsKeyId"]["Fn::GetAtt"] == [key, "Arn"]
        assert "Deidentify" in json.dumps(group["Properties"]["DataProtectionPolicy"])


def test_the_service_writes_logs_of_this_domain_without_a_function(template: dict[str, Any]) -> None:
    (statement,) = text_of(only(template, POLICY))["Statement"]
    published = only(template, DOMAIN)["LogPublishingOptions"]
    groups = {one["CloudWatchLogsLogGroupArn"]["Fn::GetAtt"][0] for one in published.values()}
    assert {one.strip("[]") for one in statement["Resource"]} == groups
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    name = "".join(
        one if isinstance(one, str) else "[piece]" for one in only(template, DOMAIN)["DomainName"]["Fn::Join"][1]
    )
    assert statement["Condition"]["ArnEquals"] == {
        "aws:SourceArn": f"arn:[AWS::Partition]:es:us-east-1:111122223333:domain/{name}"
    }
    (domain,) = resources(template, DOMAIN)
    assert template["Resources"][domain["DependsOn"][0]]["Type"] == POLICY
    assert "AWS::Lambda::Function" not in {one["Type"] for one in template["Resources"].values()}


def test_contingency_it_survives_the_loss_of_a_zone_and_stays(template: dict[str, Any]) -> None:
    (domain,) = resources(template, DOMAIN)
    assert domain["Properties"]["ClusterConfig"] == {
        "DedicatedMasterCount": 3,
        "DedicatedMasterEnabled": True,
        "DedicatedMasterType": "m6g.large.search",
        "InstanceCount": 3,
        "InstanceType": "r6g.large.search",
        "MultiAZWithStandbyEnabled": False,
        "ZoneAwarenessConfig": {"AvailabilityZoneCount": 3},
        "ZoneAwarenessEnabled": True,
    }
    assert (domain["DeletionPolicy"], domain["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def _is_taken(version: str) -> bool:
    try:
        require_version(opensearch.EngineVersion.open_search(version))
    except ValueError:
        return False
    return True


def test_versions_are_taken_from_the_first_on_that_standard_support_covers_with_all_that_follow() -> None:
    ends = read("support_dates.json")["lifecycles"]["opensearch"]["versions"]
    ended = {version for version, (end, *_) in ends.items() if end < "2026-11-28"}
    assert {version for version in ends if not _is_taken(version)} == ended | {"1.3"}


def test_updates_are_taken_by_night_and_versions_in_place(template: dict[str, Any]) -> None:
    (domain,) = resources(template, DOMAIN)
    assert domain["Properties"]["EngineVersion"] == "OpenSearch_3.3"
    assert domain["UpdatePolicy"] == {"EnableVersionUpgrade": True}
    assert domain["Properties"]["SoftwareUpdateOptions"] == {"AutoSoftwareUpdateEnabled": True}
    window = {"Enabled": True, "OffPeakWindow": {"WindowStartTime": {"Hours": 3, "Minutes": 0}}}
    assert domain["Properties"]["OffPeakWindowOptions"] == window


def test_two_zones_take_as_many_nodes_each(stack: cdk.Stack) -> None:
    define(stack, vpc=imported_vpc(stack))
    domain = only(template_of(stack), DOMAIN)
    assert domain["ClusterConfig"]["ZoneAwarenessConfig"] == {"AvailabilityZoneCount": 2}
    assert domain["ClusterConfig"]["InstanceCount"] == 4
    assert len(domain["VPCOptions"]["SubnetIds"]) == 2


def test_one_subnet_of_each_zone_is_taken(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        nat_gateways=0,
        availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"],
        subnet_configuration=[
            ec2.SubnetConfiguration(name=name, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED) for name in ("A", "B")
        ],
    )
    define(stack, vpc=vpc)
    written = template_of(stack)
    subnets = [one["Ref"] for one in only(written, DOMAIN)["VPCOptions"]["SubnetIds"]]
    zones = {json.dumps(written["Resources"][one]["Properties"]["AvailabilityZone"]) for one in subnets}
    assert len(subnets) == len(zones) == 3


def test_connections_open_https(stack: cdk.Stack) -> None:
    search = define(stack)
    search.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    (rule,) = only(template_of(stack), "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.1.0/24", search.port, 443)


def _granted(stack: cdk.Stack) -> dict[tuple[str, ...], list[str]]:
    """Return what is granted by its actions: the ends of the resources, behind the domain."""
    statements = only(template_of(stack), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    return {
        tuple([one["Action"]] if isinstance(one["Action"], str) else one["Action"]): [
            arn["Fn::Join"][1][1] for arn in one["Resource"]
        ]
        for one in statements
    }


READ: dict[tuple[str, ...], list[str]] = {
    ("es:ESHttpGet", "es:ESHttpHead"): ["/results-*", "/results-*/*"],
    ("es:ESHttpPost",): [f"/results-*/_{end}" for end in ("count", "mget", "msearch", "search")],
}
WRITE: dict[tuple[str, ...], list[str]] = {
    ("es:ESHttpDelete", "es:ESHttpPost", "es:ESHttpPut"): [
        f"/results-*/{end}" for end in ("_bulk", "_create/*", "_doc", "_doc/*", "_update/*")
    ]
}


@pytest.mark.parametrize(
    ("grant", "expected"), [("grant_read", READ), ("grant_write", WRITE), ("grant_read_write", READ | WRITE)]
)
def test_grants_name_paths(grant: str, expected: dict[tuple[str, ...], list[str]], stack: cdk.Stack) -> None:
    search = define(stack)
    getattr(search, grant)(role_in(stack), indices=["results-*"]).assert_success()
    assert _granted(stack) == expected


def test_grants_are_of_all_indices_unless_some_are_named(stack: cdk.Stack) -> None:
    search = define(stack)
    search.grant_read(role_in(stack))
    assert _granted(stack)["es:ESHttpGet", "es:ESHttpHead"] == ["/*", "/*/*"]


def test_a_role_of_another_stack_is_granted(app: cdk.App) -> None:
    search = define(cdk.Stack(app, "Search", env=ENV))
    there = cdk.Stack(app, "Portal", env=ENV)
    search.grant_read(role_in(there), indices=["results"])
    assert_no_findings(app, all_packs=True)


def test_domains_of_a_stack_share_the_policy_for_logs_and_no_name(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = three_zones(stack)
    for name in ("Results", "Letters"):
        define(stack, name, vpc=vpc)
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    sources = {json.dumps(one["Condition"]) for one in text_of(only(written, POLICY))["Statement"]}
    names = [one["Properties"]["DomainName"]["Fn::Join"][1] for one in resources(written, DOMAIN)]
    assert len(sources) == len({one[0] for one in names}) == 2
    for before, piece in names:
        assert len(before) + 8 <= 28
        assert before == before.lower()
        assert before[0].isalpha()
        # Another deployment has another id.
        assert "AWS::StackId" in json.dumps(piece)
    assert "AWS::StackId" in json.dumps(only(written, POLICY)["PolicyName"])


def test_takes_a_key_and_its_options(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    search = define(
        stack,
        encryption_key=key,
        version=opensearch.EngineVersion.OPENSEARCH_2_19,
        availability_zone_count=2,
        data_nodes=6,
        data_node_instance_type="m6g.xlarge.search",
        master_node_instance_type="c6g.large.search",
        volume_size=200,
        off_peak_window_start=opensearch.WindowStartTime(hours=22, minutes=30),
    )
    written = only(template_of(stack), DOMAIN)
    nodes = written["ClusterConfig"]
    assert written["EngineVersion"] == "OpenSearch_2.19"
    assert (nodes["InstanceType"], nodes["InstanceCount"]) == ("m6g.xlarge.search", 6)
    assert (nodes["DedicatedMasterType"], nodes["DedicatedMasterCount"]) == ("c6g.large.search", 3)
    assert nodes["ZoneAwarenessConfig"] == {"AvailabilityZoneCount": 2}
    assert written["EBSOptions"] == {"EBSEnabled": True, "VolumeSize": 200, "VolumeType": "gp3"}
    assert written["OffPeakWindowOptions"]["OffPeakWindow"]["WindowStartTime"] == {"Hours": 22, "Minutes": 30}
    assert search.encryption_key is key
    assert search.domain.node.path == "Clinic/Results/Resource"
    assert search.security_group.node.path == "Clinic/Results/SecurityGroup"
    assert search.audit_log_group.node.path == "Clinic/Results/AuditLogs/Resource"
    assert stack.resolve(search.hostname)["Fn::GetAtt"][1] == "DomainEndpoint"


def test_the_evidence_says_that_aws_backup_does_not_take_it_and_who_comes(app: cdk.App, stack: cdk.Stack) -> None:
    search = define(stack)
    search.grant_read(role_in(stack), indices=["results"])
    search.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (found,) = (one for one in stores_of(read, Names(read)) if one.resource.type == DOMAIN)
    assert (found.encryption, found.key) == ("customer_key", "Clinic/Results/Key/Resource/Resource")
    assert (found.role, found.backup, found.plans) == ("data", "not_applicable", ())
    assert "own snapshots: 14 days" in found.retention
    (made,) = read.of_type(DOMAIN)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(made).items()}
    assert parties["Clinic/Intake"] == {"read"}
    assert "10.0.1.0/24, TCP port 443" in parties


# What is undone, and the rule that has to find it.
UNDONE = [
    ("DomainEndpointOptions.EnforceHTTPS", False, "SearchDomainTlsRequired"),
    ("DomainEndpointOptions.TLSSecurityPolicy", "Policy-Min-TLS-1-0-2019-07", "SearchDomainTlsRequired"),
    ("NodeToNodeEncryptionOptions.Enabled", False, "SearchDomainTlsRequired"),
    ("EncryptionAtRestOptions.Enabled", False, "StoreEncrypted"),
    ("EncryptionAtRestOptions.KmsKeyId", None, "StoreEncryptedWithCustomerKey"),
    ("AdvancedSecurityOptions.Enabled", False, "SearchAccessFineGrained"),
    ("LogPublishingOptions.AUDIT_LOGS.Enabled", False, "DatabaseLogsExported"),
    ("LogPublishingOptions.ES_APPLICATION_LOGS.Enabled", False, "DatabaseLogsExported"),
    ("ClusterConfig.ZoneAwarenessEnabled", False, "MultiAz"),
    ("SoftwareUpdateOptions.AutoSoftwareUpdateEnabled", False, "MinorUpgradesAutomatic"),
    ("VPCOptions", None, "EndpointNotPublic"),
    ("AccessPolicies.Statement.0.Action", "es:*", "ResourcePolicyActionsNamed"),
    ("EngineVersion", "OpenSearch_2.3", "EngineVersionSupported"),
]


@pytest.mark.parametrize(("name", "value", "rule"), UNDONE, ids=[f"{one[0]}-{one[2]}" for one in UNDONE])
def test_what_is_undone_is_found(name: str, value: Any, rule: str, app: cdk.App, stack: cdk.Stack) -> None:
    resource: Any = define(stack).domain.node.default_child
    if value is None:
        resource.add_property_deletion_override(name)
    else:
        resource.add_property_override(name, value)
    assert any(rule in str(one) for one in findings(app))


def test_a_domain_that_does_not_stay_is_found(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack).domain.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    assert any("RetainedOnDelete" in str(one) for one in findings(app))


def test_the_rules_that_find_it_are_there() -> None:
    assert {rule for *_, rule in UNDONE} <= {rule.name for rule in all_rules()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"version": opensearch.EngineVersion.ELASTICSEARCH_7_10},
            "version: got 'Elasticsearch_7.10'; allowed is Open",
        ),
        ({"version": opensearch.EngineVersion.OPENSEARCH_2_9}, "version: got 'OpenSearch_2.9'"),
        (
            {"availability_zone_count": 1},
            "availability_zone_count: got 1; a domain survives the loss of a zone in 2 or",
        ),
        ({"data_nodes": 2}, "data_nodes: got 2; allowed are 3 or more, as many in each of the 3 zones"),
        ({"data_nodes": 4}, "data_nodes: got 4"),
        ({"availability_zone_count": 2, "data_nodes": 2}, "data_nodes: got 2; allowed are 4 or more"),
        ({"data_node_instance_type": "r6g.large"}, "data_node_instance_type: got 'r6g.large'; its types end with"),
        ({"data_node_instance_type": "i3.large.search"}, "data_node_instance_type: got 'i3.large.search'"),
        ({"master_node_instance_type": "t2.small.search"}, "master_node_instance_type: got 't2.small.search'"),
        ({"volume_size": 9}, "volume_size: got 9; allowed are 10 GiB or more"),
        (
            {"off_peak_window_start": opensearch.WindowStartTime(hours=24, minutes=0)},
            "off_peak_window_start: got '24 hours'; allowed are 0 to 23",
        ),
        (
            {"off_peak_window_start": opensearch.WindowStartTime(hours=3, minutes=60)},
            "off_peak_window_start: got '60 minutes'",
        ),
        ({"encryption_key": "alias/x"}, r"TlsSearchDomain\(encryption_key=…\): got 'alias/x'"),
        ({"master_user_role": "admin"}, r"TlsSearchDomain\(master_user_role=…\): got 'admin'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    vpc, master = three_zones(stack), role_in(stack, "Setup")
    with pytest.raises(ValueError, match=message):
        define(stack, **{"vpc": vpc, "master_user_role": master, **arguments})
    assert [child.node.id for child in stack.node.children] == ["Vpc", "Setup"]


@pytest.mark.parametrize(("zones", "asked"), [(1, None), (2, 3)])
def test_refuses_a_vpc_in_too_few_zones(zones: int, asked: int | None, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=f"vpc: got 'a VPC with isolated subnets in {zones} zones'"):
        define(stack, vpc=imported_vpc(stack, zones=zones), availability_zone_count=asked)


@pytest.mark.parametrize("indices", [[], ["Results"], ["results/_search"], [""]])
def test_refuses_what_is_no_index(indices: list[str], stack: cdk.Stack) -> None:
    search = define(stack)
    with pytest.raises(ValueError, match="indices: got"):
        search.grant_read(role_in(stack), indices=indices)


def test_takes_tokens(stack: cdk.Stack) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    search = define(
        stack,
        data_nodes=number,
        data_node_instance_type=text,
        master_node_instance_type=text,
        volume_size=number,
    )
    search.grant_read(role_in(stack), indices=[text])
    written = only(template_of(stack), DOMAIN)
    assert written["ClusterConfig"]["InstanceCount"] == {"Ref": "Number"}
    assert written["EBSOptions"]["VolumeSize"] == {"Ref": "Number"}


def test_refuses_a_version_and_a_time_that_only_deployment_knows(stack: cdk.Stack) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    vpc, master = three_zones(stack), role_in(stack, "Setup")
    with pytest.raises(ValueError, match="version: got"):
        define(stack, vpc=vpc, master_user_role=master, version=opensearch.EngineVersion.open_search(text))
    start = opensearch.WindowStartTime(hours=number, minutes=0)
    with pytest.raises(ValueError, match="off_peak_window_start: got 'a token of hours'"):
        define(stack, vpc=vpc, master_user_role=master, off_peak_window_start=start)


def test_stands_in_a_vpc_of_the_app_and_waits_for_one_that_is_looked_up(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack, vpc=own_vpc(app))
    looked_up = cdk.Stack(app, "LookedUp", env=ENV)
    define(looked_up, vpc=ec2.Vpc.from_lookup(looked_up, "Vpc", vpc_id="vpc-12345678"))
    assert only(template_of(stack), DOMAIN)["ClusterConfig"]["ZoneAwarenessConfig"] == {"AvailabilityZoneCount": 2}
