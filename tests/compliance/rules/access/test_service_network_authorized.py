from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

SERVICE, NETWORK = "AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetwork"
ROLE = {"AWS": "arn:aws:iam::111122223333:role/portal"}
SIGNED = {"StringNotEqualsIgnoreCase": {"aws:PrincipalType": "anonymous"}}
UNSIGNED = {"StringEquals": {"aws:PrincipalType": "Anonymous"}}
IN_VPC = {"StringEquals": {"vpc-lattice-svcs:SourceVpc": "vpc-1a2b3c4d"}}
ALL_REFUSED = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": UNSIGNED}


def _statement(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "vpc-lattice-svcs:Invoke", "Resource": "*", **more}


def _policy(*statements: Any, of: str = "Subject", as_text: bool = False) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    properties = {"ResourceIdentifier": {"Ref": of}, "Policy": json.dumps(document) if as_text else document}
    return {f"{of}Policy": {"Type": "AWS::VpcLattice::AuthPolicy", "Properties": properties}}


def _association(service: Any, network: Any) -> dict[str, Any]:
    properties = {"ServiceIdentifier": service, "ServiceNetworkIdentifier": network}
    return {"Association": {"Type": "AWS::VpcLattice::ServiceNetworkServiceAssociation", "Properties": properties}}


def _network(auth: Any = "AWS_IAM") -> dict[str, Any]:
    return {
        "Network": {"Type": NETWORK, "Properties": {"AuthType": auth}},
        **_association({"Fn::GetAtt": ["Subject", "Id"]}, {"Ref": "Network"}),
    }


def _service(auth: Any = "AWS_IAM") -> dict[str, Any]:
    return {
        "Service": {"Type": SERVICE, "Properties": {"AuthType": auth}},
        **_association({"Ref": "Service"}, {"Fn::GetAtt": ["Subject", "Arn"]}),
    }


def _listener(protocol: Any) -> dict[str, Any]:
    properties = {"ServiceIdentifier": {"Ref": "Subject"}, "Protocol": protocol}
    return {f"By{protocol}": {"Type": "AWS::VpcLattice::Listener", "Properties": properties}}


IAM, NONE = one(SERVICE, AuthType="AWS_IAM"), one(SERVICE, AuthType="NONE")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(SERVICE), "failed"),
        (NONE, "failed"),
        (IAM, "passed"),
        (one(SERVICE, AuthType=GIVEN), "unknown"),
        ({**IAM, **_policy(_statement(ROLE))}, "passed"),
        ({**IAM, **_policy(_statement("*"))}, "failed"),
        ({**IAM, **_policy(_statement("*"), as_text=True)}, "failed"),
        ({**IAM, **_policy(_statement({"AWS": "*"}))}, "failed"),
        ({**IAM, **_policy(_statement(ROLE), _statement("*"))}, "failed"),
        ({**IAM, **_policy(_statement("*", Condition=SIGNED))}, "passed"),
        ({**IAM, **_policy(_statement("*", Condition=UNSIGNED))}, "failed"),
        ({**IAM, **_policy(_statement("*", Condition=IN_VPC))}, "passed"),
        ({**IAM, **_policy(_statement("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1"}}))}, "passed"),
        ({**IAM, **_policy(_statement("*", Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}))}, "passed"),
        (
            {**IAM, **_policy(_statement("*", Condition={"StringEquals": {"vpc-lattice-svcs:RequestMethod": "GET"}}))},
            "failed",
        ),
        ({**IAM, **_policy(_statement("*"), ALL_REFUSED)}, "passed"),
        ({**IAM, **_policy(_statement(GIVEN))}, "unknown"),
        ({**NONE, **_policy(_statement(ROLE))}, "failed"),
        ({**NONE, **_network()}, "passed"),
        ({**NONE, **_network(), **_policy(_statement("*"), of="Network")}, "failed"),
        ({**IAM, **_policy(_statement("*")), **_network(), **_policy(_statement(ROLE), of="Network")}, "passed"),
        ({**NONE, **_network("NONE")}, "failed"),
        ({**NONE, **_network(GIVEN)}, "unknown"),
        ({**NONE, **_association({"Ref": "Subject"}, "sn-0123456789abcdef0")}, "unknown"),
        ({**IAM, **_association({"Ref": "Subject"}, "sn-0123456789abcdef0")}, "passed"),
        ({**NONE, **_listener("TLS_PASSTHROUGH")}, "not_applicable"),
        ({**NONE, **_listener("TLS_PASSTHROUGH"), **_listener("HTTPS")}, "failed"),
    ],
)
def test_services(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_network_authorized", resources) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(NETWORK), "failed"),
        (one(NETWORK, AuthType="AWS_IAM"), "passed"),
        ({**one(NETWORK, AuthType="AWS_IAM"), **_policy(_statement("*"))}, "failed"),
        (one(NETWORK, AuthType=GIVEN), "unknown"),
        ({**one(NETWORK), **_service()}, "not_applicable"),
        ({**one(NETWORK), **_service("NONE")}, "not_applicable"),
        ({**one(NETWORK), **_association("svc-0123456789abcdef0", {"Ref": "Subject"})}, "failed"),
        (
            {
                **one(NETWORK),
                "Database": {
                    "Type": "AWS::VpcLattice::ServiceNetworkResourceAssociation",
                    "Properties": {
                        "ServiceNetworkId": {"Ref": "Subject"},
                        "ResourceConfigurationId": "rcfg-0123456789abcdef0",
                    },
                },
            },
            "not_applicable",
        ),
    ],
)
def test_networks(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_network_authorized", resources) == expected


def test_a_network_of_another_stack_asks_before() -> None:
    network = {"Network": {"Type": NETWORK, "Properties": {"Name": "clinic", "AuthType": "AWS_IAM"}}}
    association = _association({"Ref": "Subject"}, {"Fn::ImportValue": "network"})
    assert judged("service_network_authorized", {**NONE, **association}, network) == "unknown"


def test_what_it_says() -> None:
    unset, open_policy = (
        verdict("service_network_authorized", one(SERVICE)),
        verdict("service_network_authorized", {**IAM, **_policy(_statement("*"))}),
    )
    assert unset is not None
    assert open_policy is not None
    assert unset.message == "AuthType is not set, so it is NONE: anybody in an associated VPC calls as nobody."
    assert open_policy.message == (
        "The auth policy lets everyone call without a signature: anybody in an associated VPC calls as nobody."
    )
