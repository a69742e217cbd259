from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.network.transit_network import TransitNetwork
from hipaa_constructs.testing import assert_no_findings, findings, normalize, template_of

RECORDS, BILLING, SITE = (f"tgw-attach-0123456789abcde{n:02}" for n in range(3))
ENVIRONMENTS = {"production": [RECORDS, BILLING], "staging": [SITE], "test": []}
ACCOUNTS = ["200000000001", "200000000002"]
ARCHIVE = "arn:aws:s3:::clinic-traffic-100000000002-us-east-1"
GOV = cdk.Environment(account="111122223333", region="us-gov-west-1")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    TransitNetwork(stack, "Transit", environments=ENVIRONMENTS, share_with=ACCOUNTS, flow_log_bucket_arn=ARCHIVE)
    assert_no_findings(app, all_packs=True)
    return template_of(stack)


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def one(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind).values()
    return found


def members(template: Mapping[str, Any], what: str) -> dict[str, set[str]]:
    """Return the attachments of each environment's route table."""
    tables = {
        name: table["Tags"][0]["Value"]
        for name, table in of_type(template, "AWS::EC2::TransitGatewayRouteTable").items()
    }
    found: dict[str, set[str]] = {name: set() for name in tables.values()}
    for link in of_type(template, f"AWS::EC2::TransitGatewayRouteTable{what}").values():
        table = tables[link["TransitGatewayRouteTableId"]["Ref"]]
        found[table].add(link["TransitGatewayAttachmentId"])
    return found


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(template) == snapshot


# 164.312(a)(1) access control


def test_access_control_attachments_wait_for_approval(template: dict[str, Any]) -> None:
    assert one(template, "AWS::EC2::TransitGateway")["AutoAcceptSharedAttachments"] == "disable"


def test_access_control_it_is_shared_within_the_organization(template: dict[str, Any]) -> None:
    share = one(template, "AWS::RAM::ResourceShare")
    assert (share["AllowExternalPrincipals"], share["Principals"]) == (False, ACCOUNTS)
    ((gateway, _),) = of_type(template, "AWS::EC2::TransitGateway").items()
    assert share["ResourceArns"] == [{"Fn::GetAtt": [gateway, "TransitGatewayArn"]}]


# 164.312(e)(1) transmission security


def test_transmission_security_nothing_is_connected_by_default(template: dict[str, Any]) -> None:
    gateway = one(template, "AWS::EC2::TransitGateway")
    assert gateway["DefaultRouteTableAssociation"] == gateway["DefaultRouteTablePropagation"] == "disable"
    assert gateway["DnsSupport"] == "enable"


@pytest.mark.parametrize("what", ["Association", "Propagation"])
def test_transmission_security_environments_reach_themselves_alone(template: dict[str, Any], what: str) -> None:
    assert members(template, what) == {name: set(attachments) for name, attachments in ENVIRONMENTS.items()}
    # Nothing else leads anywhere.
    assert not of_type(template, "AWS::EC2::TransitGatewayRoute")


# 164.312(b) audit controls


def test_audit_controls_flow_logs_go_to_an_encrypted_group_and_to_the_archive(template: dict[str, Any]) -> None:
    ((gateway, _),) = of_type(template, "AWS::EC2::TransitGateway").items()
    logs = {log["LogDestinationType"]: log for log in of_type(template, "AWS::EC2::FlowLog").values()}
    for log in logs.values():
        assert (log["ResourceType"], log["ResourceId"]) == ("TransitGateway", {"Ref": gateway})
        # AWS takes this interval alone, and no kind of traffic.
        assert log["MaxAggregationInterval"] == 60
        assert "TrafficType" not in log
    assert logs["s3"]["LogDestination"] == ARCHIVE
    group = one(template, "AWS::Logs::LogGroup")
    assert group["RetentionInDays"] >= 2557
    assert "KmsKeyId" in group


def test_without_an_archive_and_sharers_there_is_the_group_alone(stack: cdk.Stack) -> None:
    made = TransitNetwork(stack, "Transit", environments={"production": []})
    template = template_of(stack)
    assert one(template, "AWS::EC2::FlowLog")["LogDestinationType"] == "cloud-watch-logs"
    assert not of_type(template, "AWS::RAM::ResourceShare")
    assert set(made.route_tables) == {"production"}
    assert stack.resolve(made.flow_log_group.log_group_arn)
    assert stack.resolve(made.transit_gateway.ref)


def test_a_key_of_ones_own_encrypts_the_logs(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    made = TransitNetwork(stack, "Transit", environments=ENVIRONMENTS, encryption_key=key)
    assert made.encryption_key is key
    assert len(of_type(template_of(stack), "AWS::KMS::Key")) == 1


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("Resource", {"AutoAcceptSharedAttachments": "enable"}, "TransitGatewayAccepts"),
        ("Shared", {"AllowExternalPrincipals": True}, "SharedWithinOrganization"),
    ],
)
def test_what_is_undone_is_found(app: cdk.App, stack: cdk.Stack, name: str, value: dict[str, Any], rule: str) -> None:
    made = TransitNetwork(stack, "Transit", environments=ENVIRONMENTS, share_with=ACCOUNTS)
    changed = cast("cdk.CfnResource", made.node.find_child(name).node.default_child or made.node.find_child(name))
    for key, item in value.items():
        changed.add_property_override(key, item)
    assert {one.rule_id for one in findings(app)} == {f"HIPAA.Constructs-{rule}"}


def test_govcloud_has_it_too(app: cdk.App) -> None:
    TransitNetwork(cdk.Stack(app, "Gov", env=GOV), "Transit", environments=ENVIRONMENTS, share_with=ACCOUNTS)
    assert_no_findings(app, all_packs=True)


def test_two_stand_beside_each_other(app: cdk.App, stack: cdk.Stack) -> None:
    for name in ("One", "Two"):
        TransitNetwork(stack, name, environments=ENVIRONMENTS, share_with=ACCOUNTS)
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"environments": {}}, r"environments: got \{\}; what is in no environment reaches nothing"),
        ({"environments": {"production": ["vpc-1"]}}, "environments: got 'vpc-1'; it takes ids of attachments"),
        ({"environments": {"a": [SITE], "b": [SITE]}}, "it is in a already"),
        ({"environments": {"a": [SITE, SITE]}}, "it is in a already"),
        ({"share_with": ["everyone"]}, "share_with: got 'everyone'; it takes accounts"),
        ({"environments": ["production"]}, r"TransitNetwork\(environments=…\): got"),
        ({"flow_log_bucket_arn": 1}, r"TransitNetwork\(flow_log_bucket_arn=…\): got 1"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(stack: cdk.Stack, changed: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TransitNetwork(stack, "Transit", **{"environments": ENVIRONMENTS, **changed})
    assert stack.node.try_find_child("Transit") is None
