from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

DIRECTORY = [{"Type": "directory-service-authentication", "ActiveDirectory": {"DirectoryId": "d-1234567890"}}]
PROVIDER = [{"Type": "federated-authentication", "FederatedAuthentication": {"SAMLProviderArn": GIVEN}}]
CERTIFICATES = [{"Type": "certificate-authentication", "MutualAuthentication": {}}]
VPC = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}


def _rule(target: Any = "10.0.0.0/16", *, signing_in: Any = DIRECTORY, **properties: Any) -> dict[str, Any]:
    rule = one(
        "AWS::EC2::ClientVpnAuthorizationRule",
        TargetNetworkCidr=target,
        **{"ClientVpnEndpointId": {"Ref": "Vpn"}, "AuthorizeAllGroups": True, **properties},
    )
    vpn = {"Type": "AWS::EC2::ClientVpnEndpoint", "Properties": {"AuthenticationOptions": signing_in}}
    return {**rule, "Vpn": vpn}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_rule(), "failed"),
        (_rule(signing_in=PROVIDER), "failed"),
        (_rule(signing_in=[*CERTIFICATES, *DIRECTORY]), "failed"),
        (_rule(signing_in=CERTIFICATES), "not_applicable"),
        (_rule(signing_in=GIVEN), "unknown"),
        (_rule(AuthorizeAllGroups=False, AccessGroupId="clinicians"), "passed"),
        (_rule(AuthorizeAllGroups=None, AccessGroupId="clinicians"), "passed"),
        (_rule(AuthorizeAllGroups=GIVEN), "unknown"),
        (_rule(ClientVpnEndpointId="cvpn-endpoint-0123456789abcdef0"), "unknown"),
        ({**_rule(), **VPC}, "failed"),
        ({**_rule({"Fn::GetAtt": ["Vpc", "CidrBlock"]}), **VPC}, "failed"),
        ({**_rule("0.0.0.0/0"), **VPC}, "failed"),
        ({**_rule("10.0.4.0/24"), **VPC}, "passed"),
        ({**_rule("10.1.4.0/24"), **VPC}, "failed"),
        ({**_rule("fd00::/64"), **VPC}, "failed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("vpn_access_by_group", resources) == expected
