"""Delegate an organization's services to accounts. Runs in AWS Lambda: standard library and boto3 only.

What is so already stays as it is, and a deletion changes nothing: who sees all accounts is never left without a word.
An account that another was before is told by its number, and nothing is taken from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource

Properties = Mapping[str, Any]

# A policy that was attached a moment ago is not yet known everywhere in IAM
# (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html), nor is trusted access in each service; and Organizations
# takes one change at a time.
_ATTEMPTS = 20
_SECONDS_BETWEEN = 6
_MAY_PASS = (
    "AccessDenied",
    "AccessDeniedException",
    "ConcurrentModificationException",
    "PolicyChangesInProgressException",
    "ServiceAccessNotEnabled",
    "ServiceAccessNotEnabledException",
    "TooManyRequestsException",
    "UnauthorizedOperation",
)
_ACCESS_NOT_YET_KNOWN = "SERVICE_ACCESS_NOT_ENABLED"
_MOVING = "See the runbook delegated-administrator.md."

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})


@dataclass(frozen=True)
class _Regional:
    """How a service tells and takes its one administrator of a Region."""

    client: str
    list_operation: str
    listed: str
    account: str
    status: str
    enable_operation: str
    argument: str


_REGIONAL = {
    "GuardDutyAdministrator": _Regional(
        "guardduty",
        "list_organization_admin_accounts",
        "AdminAccounts",
        "AdminAccountId",
        "AdminStatus",
        "enable_organization_admin_account",
        "AdminAccountId",
    ),
    "InspectorAdministrator": _Regional(
        "inspector2",
        "list_delegated_admin_accounts",
        "delegatedAdminAccounts",
        "accountId",
        "status",
        "enable_delegated_admin_account",
        "delegatedAdminAccountId",
    ),
    "MacieAdministrator": _Regional(
        "macie2",
        "list_organization_admin_accounts",
        "adminAccounts",
        "accountId",
        "status",
        "enable_organization_admin_account",
        "adminAccountId",
    ),
}


class NotYetError(RuntimeError):
    """What was asked for is under way, or something else is."""


class OtherAdministratorError(RuntimeError):
    """Another account is the administrator, and is left so."""

    def __init__(self, service: str, others: set[str], wanted: str) -> None:
        super().__init__(
            f"{', '.join(sorted(others))} is the delegated administrator of {service}, and {wanted} was asked for; "
            f"nothing was changed. {_MOVING}"
        )


def apply(event: Event) -> str:
    """Make the setting that the request names so, and return the physical id, which stays."""
    properties: Properties = event["ResourceProperties"]
    setting = str(properties["Setting"])
    _until_settled(_SETTINGS[setting], properties, event.get("OldResourceProperties") or {})
    return str(event.get("PhysicalResourceId") or setting)


def _until_settled(change: Callable[[Properties, Properties], None], properties: Properties, old: Properties) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            change(properties, old)
            return
        except (ClientError, NotYetError) as error:
            if attempt == _ATTEMPTS or not _may_pass(error):
                raise
            time.sleep(_SECONDS_BETWEEN)


def _may_pass(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return True
    return error.response["Error"]["Code"] in _MAY_PASS or error.response.get("Reason") == _ACCESS_NOT_YET_KNOWN


# -- what all services share ------------------------------------------------------------------------------------


def _trust_services(properties: Properties, _: Properties) -> None:
    organizations = _client("organizations")
    trusted = {
        one["ServicePrincipal"]
        for one in _all(organizations, "list_aws_service_access_for_organization", "EnabledServicePrincipals")
    }
    for principal in properties["ServicePrincipals"]:
        if principal not in trusted:
            organizations.enable_aws_service_access(ServicePrincipal=principal)


def _enable_policy_types(properties: Properties, _: Properties) -> None:
    organizations = _client("organizations")
    (root,) = _all(organizations, "list_roots", "Roots")
    known = {one["Type"]: one["Status"] for one in root["PolicyTypes"]}
    for kind in properties["PolicyTypes"]:
        if known.get(kind) == "PENDING_DISABLE":
            raise NotYetError(f"policies of the kind {kind} are being turned off")
        if kind in known:
            continue
        try:
            organizations.enable_policy_type(RootId=root["Id"], PolicyType=kind)
        except organizations.exceptions.PolicyTypeAlreadyEnabledException:
            continue


def _register(properties: Properties, old: Properties) -> None:
    """Register an account beside others, where the service takes several; AWS refuses it where it takes one."""
    organizations = _client("organizations")
    principal, account = str(properties["ServicePrincipal"]), str(properties["AccountId"])
    there = _registered(organizations, principal)
    if account in there:
        return
    if old.get("AccountId") in there:
        raise OtherAdministratorError(principal, {str(old["AccountId"])}, account)
    try:
        organizations.register_delegated_administrator(AccountId=account, ServicePrincipal=principal)
    except organizations.exceptions.AccountAlreadyRegisteredException:
        return
    except organizations.exceptions.ConstraintViolationException as error:
        if there and error.response.get("Reason") != _ACCESS_NOT_YET_KNOWN:
            raise OtherAdministratorError(principal, there, account) from error
        raise


# -- services with one administrator ----------------------------------------------------------------------------


def _delegate(setting: str) -> Callable[[Properties, Properties], None]:
    service = _REGIONAL[setting]

    def change(properties: Properties, _: Properties) -> None:
        client, account = _client(service.client, str(properties["Region"])), str(properties["AccountId"])
        listed = _all(client, service.list_operation, service.listed)
        there = {one[service.account] for one in listed if one.get(service.status) == "ENABLED"}
        if _held(f"{service.client} in {properties['Region']}", there, account):
            return
        if any("PROGRESS" in str(one.get(service.status)) for one in listed):
            raise NotYetError(f"{service.client} is parting with its administrator")
        getattr(client, service.enable_operation)(**{service.argument: account})

    return change


def _delegate_macie(properties: Properties, old: Properties) -> None:
    """Turn Macie on in the management account first, without which it delegates nothing."""
    try:
        _delegate("MacieAdministrator")(properties, old)
    except ClientError as error:
        if "not enabled" not in error.response["Error"]["Message"]:
            raise
        _client("macie2", str(properties["Region"])).enable_macie(status="ENABLED")
        raise NotYetError("Macie was turned on in the management account") from error


def _delegate_firewall_manager(properties: Properties, _: Properties) -> None:
    fms, account = _client("fms", str(properties["Region"])), str(properties["AccountId"])
    try:
        answer = fms.get_admin_account()
    except fms.exceptions.ResourceNotFoundException:
        answer = {}
    # An administrator that was revoked is told for a while.
    if answer.get("RoleStatus") in ("DELETING", "PENDING_DELETION"):
        raise NotYetError("Firewall Manager is parting with its administrator")
    there = {answer["AdminAccount"]} if answer.get("AdminAccount") and answer.get("RoleStatus") != "DELETED" else set()
    if not _held("Firewall Manager", there, account):
        fms.associate_admin_account(AdminAccount=account)


def _delegate_ipam(properties: Properties, _: Properties) -> None:
    # EC2 has no question for it; Organizations knows.
    account = str(properties["AccountId"])
    if _held("IPAM", _registered(_client("organizations"), "ipam.amazonaws.com"), account):
        return
    answer = _client("ec2", str(properties["Region"])).enable_ipam_organization_admin_account(
        DelegatedAdminAccountId=account
    )
    _require(answer.get("Success"), "EC2 did not make the account IPAM's administrator")


# -- what the management account switches on for all --------------------------------------------------------------


def _activate_stack_sets(properties: Properties, _: Properties) -> None:
    cloudformation = _client("cloudformation", str(properties["Region"]))
    if cloudformation.describe_organizations_access()["Status"] != "ENABLED":
        cloudformation.activate_organizations_access()


def _share_resources(properties: Properties, _: Properties) -> None:
    answer = _client("ram", str(properties["Region"])).enable_sharing_with_aws_organization()
    _require(answer.get("returnValue"), "RAM did not turn on sharing within the organization")


def _manage_root_users(_: Properties, __: Properties) -> None:
    iam = _client("iam")
    known = iam.list_organizations_features().get("EnabledFeatures", ())
    if "RootCredentialsManagement" not in known:
        iam.enable_organizations_root_credentials_management()
    if "RootSessions" not in known:
        iam.enable_organizations_root_sessions()


def _set_backup(properties: Properties, _: Properties) -> None:
    """Turn on what is off; other settings are left as they are."""
    backup = _client("backup", str(properties["Region"]))
    known = backup.describe_global_settings().get("GlobalSettings", {})
    missing = {name: "true" for name in properties["Enabled"] if known.get(name) != "true"}
    if missing:
        backup.update_global_settings(GlobalSettings=missing)


def _held(service: str, there: set[str], account: str) -> bool:
    """Return whether the account is the administrator, and refuse if another is."""
    if there - {account}:
        raise OtherAdministratorError(service, there - {account}, account)
    return account in there


def _registered(organizations: Any, principal: str) -> set[str]:
    listed = _all(organizations, "list_delegated_administrators", "DelegatedAdministrators", ServicePrincipal=principal)
    return {str(one["Id"]) for one in listed}


def _all(client: Any, operation: str, member: str, **arguments: str) -> list[dict[str, Any]]:
    """Return what all pages list; a page may be empty, and another follow."""
    pages = client.get_paginator(operation).paginate(**arguments)
    return [one for page in pages for one in page.get(member, ())]


def _require(said: object, otherwise: str) -> None:
    if not said:
        raise NotYetError(otherwise)


def _client(service: str, region: str | None = None) -> Any:
    return boto3.client(service, region_name=region, config=_CONFIG)


_SETTINGS: Mapping[str, Callable[[Properties, Properties], None]] = {
    "BackupSettings": _set_backup,
    "DelegatedAdministrator": _register,
    "FirewallManagerAdministrator": _delegate_firewall_manager,
    "GuardDutyAdministrator": _delegate("GuardDutyAdministrator"),
    "InspectorAdministrator": _delegate("InspectorAdministrator"),
    "IpamAdministrator": _delegate_ipam,
    "MacieAdministrator": _delegate_macie,
    "PolicyTypes": _enable_policy_types,
    "ResourceSharing": _share_resources,
    "RootAccess": _manage_root_users,
    "StackSetsAccess": _activate_stack_sets,
    "TrustedAccess": _trust_services,
}

handle = custom_resource(apply)
