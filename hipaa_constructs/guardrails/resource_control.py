"""Who may reach what member accounts store: the statements of the resource control policy.

Written after github.com/aws-samples/resource-control-policy-examples, to which
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html points. Roles
linked to services, the management account and keys that AWS manages are outside these policies:
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html. The catalogue has the services that
AWS lists there, and which of them are held to these statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.compliance.controls import read


def statements(organization_id: str, trusted_account_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Deny what comes from outside the organization, and what comes without TLS."""
    catalogue = read("resource_control_services.json")
    stores = _every_action(catalogue["stores"])
    everywhere = _every_action(sorted([*catalogue["stores"], *catalogue["signed_in"]]))
    trusted = list(trusted_account_ids)
    by_account = {"aws:PrincipalAccount": trusted} if trusted else {}
    for_account = {"aws:SourceAccount": trusted} if trusted else {}
    return [
        _deny(
            "OnlyOwnOrganization",
            [*stores, "sts:AssumeRole"],
            {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization_id, **by_account},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
        _deny(
            "ServicesForOwnOrganization",
            everywhere,
            {
                "StringNotEqualsIfExists": {"aws:SourceOrgID": organization_id, **for_account},
                "Bool": {"aws:PrincipalIsAWSService": "true"},
                # A request without it is not on an account's behalf. aws:SourceArn is no such sign: not every ARN has
                # an account.
                "Null": {"aws:SourceAccount": "false"},
            },
        ),
        _deny("OnlyTls", everywhere, {"BoolIfExists": {"aws:SecureTransport": "false"}}),
        _deny("OnlyTls12", ["s3:*"], {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]


def _every_action(services: Sequence[str]) -> list[str]:
    return [f"{service}:*" for service in services]


def _deny(sid: str, actions: Sequence[str], condition: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": "*",
        "Condition": condition,
    }
