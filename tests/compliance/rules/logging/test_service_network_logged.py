from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import one, verdict

SERVICE, NETWORK = "AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetwork"


def _log(of: str, **more: Any) -> dict[str, Any]:
    properties = {
        "ResourceIdentifier": {"Ref": of},
        "DestinationArn": "arn:aws:logs:us-east-1:111122223333:log-group:calls",
        **more,
    }
    return {f"{of}Log": {"Type": "AWS::VpcLattice::AccessLogSubscription", "Properties": properties}}


def _association(service: Any, network: Any, name: str = "Association") -> dict[str, Any]:
    properties = {"ServiceIdentifier": service, "ServiceNetworkIdentifier": network}
    return {name: {"Type": "AWS::VpcLattice::ServiceNetworkServiceAssociation", "Properties": properties}}


NETWORKED = {"Network": {"Type": NETWORK}, **_association({"Ref": "Subject"}, {"Ref": "Network"})}
ABROAD = _association({"Ref": "Subject"}, "sn-0123456789abcdef0", "Abroad")
OF_RESOURCES = {
    "Database": {
        "Type": "AWS::VpcLattice::ServiceNetworkResourceAssociation",
        "Properties": {"ServiceNetworkId": {"Ref": "Subject"}, "ResourceConfigurationId": "rcfg-0123456789abcdef0"},
    }
}


@pytest.mark.parametrize(
    ("resources", "expected", "severity"),
    [
        (one(SERVICE), "failed", "warning"),
        ({**one(SERVICE), **_log("Subject")}, "passed", None),
        ({**one(SERVICE), **NETWORKED}, "failed", None),
        ({**one(SERVICE), **NETWORKED, **_log("Network")}, "passed", None),
        ({**one(SERVICE), **NETWORKED, **_log("Network", ServiceNetworkLogType="RESOURCE")}, "failed", None),
        ({**one(SERVICE), **NETWORKED, **_log("Subject")}, "passed", None),
        ({**one(SERVICE), **ABROAD}, "unknown", None),
        ({**one(SERVICE), **NETWORKED, **_log("Network"), **ABROAD}, "unknown", None),
        ({**one(SERVICE), **NETWORKED, **ABROAD}, "failed", None),
        (one(NETWORK), "failed", "warning"),
        ({**one(NETWORK), **_log("Subject")}, "passed", None),
        (
            {**one(NETWORK), "Service": {"Type": SERVICE}, **_association({"Ref": "Service"}, {"Ref": "Subject"})},
            "not_applicable",
            None,
        ),
        ({**one(NETWORK), **_association("svc-0123456789abcdef0", {"Ref": "Subject"})}, "failed", "warning"),
        ({**one(NETWORK), **OF_RESOURCES, **_log("Subject", ServiceNetworkLogType="RESOURCE")}, "passed", None),
        ({**one(NETWORK), **OF_RESOURCES, **_log("Subject")}, "failed", "warning"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict("service_network_logged", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)
