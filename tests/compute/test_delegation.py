"""The handler of delegation: against moto where it knows the call, else against stubs that hold botocore's models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws
from moto.organizations.models import FakeDelegatedAdministrator

from hipaa_constructs.compute.provider_code.handlers import cloudformation, delegation
from hipaa_constructs.compute.provider_code.handlers.delegation import NotYetError, OtherAdministratorError, apply
from tests.aws_session import session

OURS, OTHERS = "100000000003", "100000000009"
HERE = {"AccountId": OURS, "Region": "us-east-1"}
CONFIG = "config.amazonaws.com"
BOTH_ON = {"isCrossAccountBackupEnabled": "true", "isDelegatedAdministratorEnabled": "true"}
Stubs = Callable[[str], Stubber]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How long the handler waited, without waiting."""
    slept: list[float] = []
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(delegation.time, "sleep", slept.append)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        yield slept


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> str:
    """A member account of an organization that is there; moto knows six services that delegate."""
    known = [*FakeDelegatedAdministrator.SUPPORTED_SERVICES, CONFIG, "ipam.amazonaws.com"]
    monkeypatch.setattr(FakeDelegatedAdministrator, "SUPPORTED_SERVICES", known)
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    return new_account("security")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubs]:
    """Clients whose requests and answers botocore holds to its models; every answer has to be asked for."""
    made: dict[str, tuple[Any, Stubber]] = {}

    def stubbed(service: str) -> Stubber:
        if service not in made:
            client = boto3.Session().client(service, region_name="us-east-1")
            made[service] = (client, Stubber(client))
            made[service][1].activate()
        return made[service][1]

    def client_of(service: str, region: str | None = None) -> Any:
        assert service in made, f"{service} was asked"
        return made[service][0]

    monkeypatch.setattr(delegation, "_client", client_of)
    yield stubbed
    for _, one in made.values():
        one.assert_no_pending_responses()


def new_account(name: str) -> str:
    made = boto3.client("organizations").create_account(AccountName=name, Email=f"{name}@clinic.example")
    return str(made["CreateAccountStatus"]["AccountId"])


def request(setting: str, request_type: str = "Create", *, old: dict[str, Any] | None = None, **properties: Any) -> Any:
    event = {"RequestType": request_type, "ResourceProperties": {"Setting": setting, **properties}}
    if request_type == "Update":
        event |= {"PhysicalResourceId": f"{setting}-1", "OldResourceProperties": old or {}}
    return event


def twice(setting: str, **properties: Any) -> None:
    assert apply(request(setting, **properties)) == setting
    assert apply(request(setting, "Update", old=properties, **properties)) == f"{setting}-1"


# -- against moto -----------------------------------------------------------------------------------------------


def test_services_are_trusted_once(member: str) -> None:
    twice("TrustedAccess", ServicePrincipals=[CONFIG, "cloudtrail.amazonaws.com"])
    trusted = boto3.client("organizations").list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert {one["ServicePrincipal"] for one in trusted} == {CONFIG, "cloudtrail.amazonaws.com"}


def test_kinds_of_policies_are_turned_on(member: str) -> None:
    kinds = ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
    twice("PolicyTypes", PolicyTypes=kinds)
    (root,) = boto3.client("organizations").list_roots()["Roots"]
    assert {one["Type"] for one in root["PolicyTypes"]} >= set(kinds)


def test_an_account_is_registered(member: str) -> None:
    twice("DelegatedAdministrator", AccountId=member, ServicePrincipal=CONFIG)
    assert registered(CONFIG) == {member}


def test_an_account_is_registered_beside_another(member: str) -> None:
    other = new_account("audit")
    boto3.client("organizations").register_delegated_administrator(AccountId=other, ServicePrincipal=CONFIG)
    twice("DelegatedAdministrator", AccountId=member, ServicePrincipal=CONFIG)
    assert registered(CONFIG) == {member, other}


def test_an_administrator_is_not_moved_by_a_changed_template(member: str) -> None:
    old, new = {"AccountId": member}, new_account("second")
    twice("DelegatedAdministrator", ServicePrincipal=CONFIG, **old)
    change = request("DelegatedAdministrator", "Update", old=old, AccountId=new, ServicePrincipal=CONFIG)
    with pytest.raises(
        OtherAdministratorError, match=rf"{member} is the delegated administrator of {CONFIG}, and {new}"
    ):
        apply(change)
    assert registered(CONFIG) == {member}
    # Once somebody took it from the old account, as the runbook says, the same change goes through.
    boto3.client("organizations").deregister_delegated_administrator(AccountId=member, ServicePrincipal=CONFIG)
    apply(change)
    assert registered(CONFIG) == {new}


def registered(principal: str) -> set[str]:
    found = boto3.client("organizations").list_delegated_administrators(ServicePrincipal=principal)
    return {one["Id"] for one in found["DelegatedAdministrators"]}


@pytest.mark.parametrize(
    ("setting", "service", "operation", "argument"),
    [
        ("GuardDutyAdministrator", "guardduty", "enable_organization_admin_account", "AdminAccountId"),
        ("InspectorAdministrator", "inspector2", "enable_delegated_admin_account", "delegatedAdminAccountId"),
        ("MacieAdministrator", "macie2", "enable_organization_admin_account", "adminAccountId"),
    ],
)
def test_a_region_has_one_administrator(member: str, setting: str, service: str, operation: str, argument: str) -> None:
    twice(setting, AccountId=OURS, Region="eu-west-1")
    one = delegation._REGIONAL[setting]
    client = boto3.client(service, region_name="eu-west-1")
    (listed,) = getattr(client, one.list_operation)()[one.listed]
    assert (listed[one.account], listed[one.status]) == (OURS, "ENABLED")
    # Another Region is not touched, and another account there is not replaced.
    getattr(boto3.client(service, region_name="us-east-1"), operation)(**{argument: OTHERS})
    with pytest.raises(
        OtherAdministratorError, match=f"{OTHERS} is the delegated administrator of {service} in us-east"
    ):
        apply(request(setting, **HERE))


def test_resources_are_shared_within_the_organization(member: str) -> None:
    twice("ResourceSharing", Region="us-east-1")


# -- against botocore's models ----------------------------------------------------------------------------------


def test_a_policy_kind_on_its_way_out_is_waited_for(stub: Stubs, waits: list[float]) -> None:
    for status in ("PENDING_DISABLE", None):
        kinds = [{"Type": "TAG_POLICY", "Status": status}] if status else []
        stub("organizations").add_response("list_roots", {"Roots": [{"Id": "r-ab12", "PolicyTypes": kinds}]})
    stub("organizations").add_client_error("enable_policy_type", "PolicyTypeAlreadyEnabledException")
    apply(request("PolicyTypes", PolicyTypes=["TAG_POLICY"]))
    assert waits == [6]


def test_a_service_that_takes_one_names_the_one_it_has(stub: Stubs) -> None:
    listed(stub, "sso.amazonaws.com", OTHERS)
    stub("organizations").add_client_error(
        "register_delegated_administrator",
        "ConstraintViolationException",
        modeled_fields={"Reason": "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED"},
    )
    with pytest.raises(OtherAdministratorError, match=f"{OTHERS} is the delegated administrator of sso"):
        apply(request("DelegatedAdministrator", AccountId=OURS, ServicePrincipal="sso.amazonaws.com"))


def test_trust_that_is_not_known_yet_is_waited_for(stub: Stubs, waits: list[float]) -> None:
    listed(stub, CONFIG, OTHERS)
    stub("organizations").add_client_error(
        "register_delegated_administrator",
        "ConstraintViolationException",
        modeled_fields={"Reason": "SERVICE_ACCESS_NOT_ENABLED"},
    )
    listed(stub, CONFIG, OTHERS)
    stub("organizations").add_response(
        "register_delegated_administrator", {}, {"AccountId": OURS, "ServicePrincipal": CONFIG}
    )
    apply(request("DelegatedAdministrator", AccountId=OURS, ServicePrincipal=CONFIG))
    assert waits == [6]


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ConcurrentModificationException", "TooManyRequestsException"]
)
def test_what_may_pass_is_tried_again(stub: Stubs, waits: list[float], code: str) -> None:
    listed(stub, CONFIG)
    stub("organizations").add_client_error("register_delegated_administrator", code)
    listed(stub, CONFIG, OURS)
    apply(request("DelegatedAdministrator", AccountId=OURS, ServicePrincipal=CONFIG))
    assert waits == [6]


def test_what_does_not_pass_fails_in_time(stub: Stubs, waits: list[float]) -> None:
    for _ in range(delegation._ATTEMPTS):
        stub("iam").add_client_error("list_organizations_features", "ServiceAccessNotEnabledException")
    with pytest.raises(ClientError, match="ServiceAccessNotEnabled"):
        apply(request("RootAccess"))
    # The function has five minutes, and answers within the last one.
    assert sum(waits) <= 240


def test_what_never_passes_is_not_tried_again(stub: Stubs, waits: list[float]) -> None:
    stub("iam").add_client_error("list_organizations_features", "OrganizationNotFoundException")
    with pytest.raises(ClientError, match="OrganizationNotFound"):
        apply(request("RootAccess"))
    assert waits == []


def listed(stub: Stubs, principal: str, *accounts: str) -> None:
    stub("organizations").add_response(
        "list_delegated_administrators",
        {"DelegatedAdministrators": [{"Id": account} for account in accounts]},
        {"ServicePrincipal": principal},
    )


def test_an_empty_page_is_not_the_last(stub: Stubs) -> None:
    pages = stub("guardduty")
    pages.add_response("list_organization_admin_accounts", {"AdminAccounts": [], "NextToken": "more"})
    pages.add_response(
        "list_organization_admin_accounts",
        {"AdminAccounts": [{"AdminAccountId": OURS, "AdminStatus": "ENABLED"}]},
        {"NextToken": "more"},
    )
    apply(request("GuardDutyAdministrator", **HERE))


def test_a_parting_administrator_is_waited_for(stub: Stubs, waits: list[float]) -> None:
    leaving = {"AdminAccounts": [{"AdminAccountId": OTHERS, "AdminStatus": "DISABLE_IN_PROGRESS"}]}
    stub("guardduty").add_response("list_organization_admin_accounts", leaving)
    stub("guardduty").add_response("list_organization_admin_accounts", {"AdminAccounts": []})
    stub("guardduty").add_response("enable_organization_admin_account", {}, {"AdminAccountId": OURS})
    apply(request("GuardDutyAdministrator", **HERE))
    assert waits == [6]


def test_macie_is_turned_on_where_it_has_to_be(stub: Stubs, waits: list[float]) -> None:
    macie = stub("macie2")
    macie.add_client_error("list_organization_admin_accounts", "AccessDeniedException", "Macie is not enabled")
    macie.add_response("enable_macie", {}, {"status": "ENABLED"})
    macie.add_response("list_organization_admin_accounts", {"adminAccounts": []})
    macie.add_response("enable_organization_admin_account", {}, {"adminAccountId": OURS})
    apply(request("MacieAdministrator", **HERE))
    assert waits == [6]


@pytest.mark.parametrize(
    "answer",
    [None, {"AdminAccount": OTHERS, "RoleStatus": "DELETED"}],
    ids=["nobody was", "somebody was"],
)
def test_firewall_manager_gets_its_administrator(stub: Stubs, answer: dict[str, str] | None) -> None:
    known(stub, answer)
    stub("fms").add_response("associate_admin_account", {}, {"AdminAccount": OURS})
    apply(request("FirewallManagerAdministrator", **HERE))


def test_firewall_manager_s_administrator_stays(stub: Stubs, waits: list[float]) -> None:
    known(stub, {"AdminAccount": OTHERS, "RoleStatus": "DELETING"})
    known(stub, {"AdminAccount": OURS, "RoleStatus": "READY"})
    apply(request("FirewallManagerAdministrator", **HERE))
    assert waits == [6]
    known(stub, {"AdminAccount": OTHERS, "RoleStatus": "READY"})
    with pytest.raises(
        OtherAdministratorError, match=rf"{OTHERS} is .* of Firewall Manager.*delegated-administrator\.md"
    ):
        apply(request("FirewallManagerAdministrator", **HERE))


def known(stub: Stubs, answer: dict[str, str] | None) -> None:
    if answer is None:
        stub("fms").add_client_error("get_admin_account", "ResourceNotFoundException")
    else:
        stub("fms").add_response("get_admin_account", answer)


def test_ipam_gets_its_administrator_once(stub: Stubs) -> None:
    listed(stub, "ipam.amazonaws.com")
    stub("ec2").add_response(
        "enable_ipam_organization_admin_account", {"Success": True}, {"DelegatedAdminAccountId": OURS}
    )
    apply(request("IpamAdministrator", **HERE))
    listed(stub, "ipam.amazonaws.com", OURS)
    apply(request("IpamAdministrator", "Update", **HERE))
    listed(stub, "ipam.amazonaws.com", OTHERS)
    with pytest.raises(OtherAdministratorError, match=f"{OTHERS} is the delegated administrator of IPAM"):
        apply(request("IpamAdministrator", **HERE))


def test_what_a_service_did_not_do_fails(stub: Stubs) -> None:
    for _ in range(delegation._ATTEMPTS):
        stub("ram").add_response("enable_sharing_with_aws_organization", {"returnValue": False})
    with pytest.raises(NotYetError, match="RAM did not"):
        apply(request("ResourceSharing", Region="us-east-1"))


def test_stack_sets_are_activated_once(stub: Stubs) -> None:
    stub("cloudformation").add_response("describe_organizations_access", {"Status": "DISABLED"})
    stub("cloudformation").add_response("activate_organizations_access", {})
    stub("cloudformation").add_response("describe_organizations_access", {"Status": "ENABLED"})
    twice("StackSetsAccess", Region="us-east-1")


def test_root_users_are_managed_centrally(stub: Stubs) -> None:
    stub("iam").add_response("list_organizations_features", {})
    stub("iam").add_response("enable_organizations_root_credentials_management", {})
    stub("iam").add_response("enable_organizations_root_sessions", {})
    both = {"EnabledFeatures": ["RootCredentialsManagement", "RootSessions"]}
    stub("iam").add_response("list_organizations_features", both)
    twice("RootAccess")


def test_backup_copies_across_accounts_and_what_else_is_set_stays(stub: Stubs) -> None:
    off = {"isCrossAccountBackupEnabled": "false", "isDelegatedAdministratorEnabled": "true", "isMpaEnabled": "true"}
    stub("backup").add_response("describe_global_settings", {"GlobalSettings": off})
    stub("backup").add_response(
        "update_global_settings", {}, {"GlobalSettings": {"isCrossAccountBackupEnabled": "true"}}
    )
    stub("backup").add_response("describe_global_settings", {"GlobalSettings": {**off, **BOTH_ON}})
    twice("BackupSettings", Region="us-east-1", Enabled=list(BOTH_ON))


def test_a_deletion_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, asked = [], []
    monkeypatch.setattr(delegation, "_client", lambda *asking: asked.append(asking))
    monkeypatch.setattr(cloudformation, "_answer", lambda event, status, *_: answers.append(status))

    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 300_000

    for setting in delegation._SETTINGS:
        event = request(setting, **HERE) | {"RequestType": "Delete", "RequestId": "1", "LogicalResourceId": setting}
        delegation.handle(event, Context())
    assert (answers, asked) == (["SUCCESS"] * len(delegation._SETTINGS), [])
