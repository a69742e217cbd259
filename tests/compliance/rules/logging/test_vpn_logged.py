from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

CLIENT, SITE = "AWS::EC2::ClientVpnEndpoint", "AWS::EC2::VPNConnection"


def _site(*logged: Any) -> dict[str, Any]:
    tunnels = [{"LogOptions": {"CloudwatchLogOptions": {"LogEnabled": one_logged}}} for one_logged in logged]
    return one(SITE, VpnTunnelOptionsSpecifications=tunnels)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(CLIENT, ConnectionLogOptions={"Enabled": True}), "passed"),
        (one(CLIENT, ConnectionLogOptions={"Enabled": False}), "failed"),
        (one(CLIENT), "failed"),
        (one(CLIENT, ConnectionLogOptions={"Enabled": GIVEN}), "unknown"),
        (one(SITE), "failed"),
        (_site(True), "failed"),
        (_site(True, False), "failed"),
        (_site(True, True), "passed"),
        (_site(True, GIVEN), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("vpn_logged", resources) == expected


def test_between_networks_it_is_a_warning() -> None:
    people, networks = verdict("vpn_logged", one(CLIENT)), verdict("vpn_logged", one(SITE))
    assert people is not None
    assert networks is not None
    assert (people.severity, networks.severity) == (None, "warning")
