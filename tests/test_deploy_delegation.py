"""What the management account delegates, in an organization of six accounts on a moto server.

moto 5.2.5 knows no custom resource: the handler is asked what the template asks it. What moto does not know of the
services is answered here.
"""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.organizations.models import FakeDelegatedAdministrator, FakeRoot, FakeServiceAccess

from hipaa_constructs.compute.provider_code.handlers import delegation as handler
from hipaa_constructs.guardrails.delegated_services import REGISTERED
from tests.aws_account import ACCOUNT, empty_account
from tests.aws_server import AwsServer
from tests.landing_zone.organization.zone import build, templates
from tests.test_deploy import HERE


def xml(operation: str, said: str = "") -> str:
    """Return what a service that speaks XML answers."""
    return f"<{operation}Response><{operation}Result>{said}</{operation}Result></{operation}Response>"


# What moto 5.2.5 does not know, as it is before anybody changed it; and what then changes it.
UNKNOWN_TO_MOTO = {
    ("backup", "GET /global-settings"): {"GlobalSettings": {"isCrossAccountBackupEnabled": "false"}},
    ("backup", "PUT /global-settings"): {},
    ("cloudformation", "ActivateOrganizationsAccess"): xml("ActivateOrganizationsAccess"),
    ("cloudformation", "DescribeOrganizationsAccess"): xml("DescribeOrganizationsAccess", "<Status>DISABLED</Status>"),
    ("ec2", "EnableIpamOrganizationAdminAccount"): "<EnableIpamOrganizationAdminAccountResponse>"
    "<success>true</success></EnableIpamOrganizationAdminAccountResponse>",
    ("fms", "AssociateAdminAccount"): {},
    ("iam", "EnableOrganizationsRootCredentialsManagement"): xml("EnableOrganizationsRootCredentialsManagement"),
    ("iam", "EnableOrganizationsRootSessions"): xml("EnableOrganizationsRootSessions"),
    ("iam", "ListOrganizationsFeatures"): xml("ListOrganizationsFeatures", "<EnabledFeatures/>"),
}
DELEGATED = ("security", "identity", "backup", "network", "deployment")


@pytest.fixture(scope="module")
def organization(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AwsServer, dict[str, str]]]:
    """An organization whose management account did all that the template asks, each thing twice."""
    directory = tmp_path_factory.mktemp("delegation")
    with empty_account(HERE) as server, pytest.MonkeyPatch.context() as patch:
        server.answers.update(UNKNOWN_TO_MOTO)
        server.errors["fms", "GetAdminAccount"] = ("ResourceNotFoundException", "There is none.")
        # moto knows fewer services, and fewer kinds of policies, than there are.
        patch.setattr(FakeServiceAccess, "TRUSTED_SERVICES", Everything())
        patch.setattr(FakeDelegatedAdministrator, "SUPPORTED_SERVICES", Everything())
        patch.setattr(FakeRoot, "SUPPORTED_POLICY_TYPES", Everything())
        patch.setattr(handler.time, "sleep", lambda seconds: None)
        client = boto3.client("organizations")
        identifier = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        accounts = {
            role: client.create_account(AccountName=role, Email=f"{role}@clinic.example")["CreateAccountStatus"][
                "AccountId"
            ]
            for role in DELEGATED
        }
        build(directory, only="management", id=identifier, accounts={"management": ACCOUNT, **accounts}).synth()
        resources = templates(directory)["Clinic-Delegation"]["Resources"]
        asked = [one["Properties"] for one in resources.values() if one["Type"].startswith("Custom::")]
        # CloudFormation takes what others wait for first.
        asked.sort(key=lambda one: one["Setting"] not in ("TrustedAccess", "StackSetsAccess"))
        for event in ("Create", "Update"):
            for properties in asked:
                handler.apply({"RequestType": event, "ResourceProperties": properties, "PhysicalResourceId": "1"})
        yield server, accounts


class Everything:
    """Has whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


def test_accounts_are_administrators_of_their_services(organization: tuple[AwsServer, dict[str, str]]) -> None:
    _, accounts = organization
    client = boto3.client("organizations")
    for role, names in REGISTERED.items():
        for name in names:
            found = client.list_delegated_administrators(ServicePrincipal=f"{name}.amazonaws.com")
            assert [one["Id"] for one in found["DelegatedAdministrators"]] == [accounts[role]], name


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_detection_of_each_region_is_the_security_account_s(
    organization: tuple[AwsServer, dict[str, str]], region: str
) -> None:
    _, accounts = organization
    guardduty, macie, inspector = (
        boto3.client(name, region_name=region) for name in ("guardduty", "macie2", "inspector2")
    )
    assert {one["AdminAccountId"] for one in guardduty.list_organization_admin_accounts()["AdminAccounts"]} == {
        accounts["security"]
    }
    assert [one["accountId"] for one in macie.list_organization_admin_accounts()["adminAccounts"]] == [
        accounts["security"]
    ]
    assert [one["accountId"] for one in inspector.list_delegated_admin_accounts()["delegatedAdminAccounts"]] == [
        accounts["security"]
    ]


def test_what_the_organization_lacked_was_switched_on(organization: tuple[AwsServer, dict[str, str]]) -> None:
    server, _ = organization
    switched = {one for one in UNKNOWN_TO_MOTO if one[1].startswith(("Activate", "Associate", "Enable", "PUT"))}
    assert switched <= set(server.asked)
    (root,) = boto3.client("organizations").list_roots()["Roots"]
    assert "RESOURCE_CONTROL_POLICY" in {one["Type"] for one in root["PolicyTypes"]}
    trusted = boto3.client("organizations").list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert {"cloudtrail.amazonaws.com", "iam.amazonaws.com"} <= {one["ServicePrincipal"] for one in trusted}
