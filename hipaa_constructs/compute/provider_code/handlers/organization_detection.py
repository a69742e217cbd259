"""Set up the detection services of an organization from their administrator's account, in one Region.

Runs in AWS Lambda: the standard library and boto3 only. Whatever is on already is found and set; a deletion changes
nothing, so that no account is left unwatched by a stack that goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource
from .permitted import once_permitted

Properties = Mapping[str, Any]

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})
_FREQUENCY = "FIFTEEN_MINUTES"
# docs.aws.amazon.com/inspector/v2/APIReference/API_Enable.html and detective/latest/APIReference/API_CreateMembers.html
_INSPECTOR_BATCH, _DETECTIVE_BATCH = 100, 50


def apply(event: Event) -> str:
    """Apply the setting that the request names, and return the id of what was set, or the setting's name."""
    properties: Properties = event["ResourceProperties"]
    return once_permitted(lambda: _SETTINGS[str(properties["Setting"])](properties))


def _find_root(properties: Properties) -> str:
    (root,) = _client("organizations").list_roots()["Roots"]
    return str(root["Id"])


def _enable_guard_duty(properties: Properties) -> str:
    """Turn every protection on, here and in all accounts: those that are there, and those that join."""
    guard_duty = _client("guardduty")
    features = [(one["Name"], _list(one.get("AdditionalConfiguration"))) for one in properties["Features"]]

    def said(key: str, value: str) -> list[dict[str, Any]]:
        return [
            {
                "Name": name,
                key: value,
                **({"AdditionalConfiguration": [{"Name": one, key: value} for one in more]} if more else {}),
            }
            for name, more in features
        ]

    wanted = {"Enable": True, "FindingPublishingFrequency": _FREQUENCY, "Features": said("Status", "ENABLED")}
    # An account has one in a Region, which the appointment of the administrator may have made.
    found = guard_duty.list_detectors()["DetectorIds"]
    if found:
        detector = str(found[0])
        guard_duty.update_detector(DetectorId=detector, **wanted)
    else:
        detector = str(guard_duty.create_detector(**wanted)["DetectorId"])
    guard_duty.update_organization_configuration(
        DetectorId=detector, AutoEnableOrganizationMembers="ALL", Features=said("AutoEnable", "ALL")
    )
    return detector


def _enable_security_hub(properties: Properties) -> str:
    """Turn the hub on; which standards are on is up to the configuration policy."""
    hub = _client("securityhub")
    try:
        hub.enable_security_hub(EnableDefaultStandards=False, ControlFindingGenerator="SECURITY_CONTROL")
    except hub.exceptions.ResourceConflictException:
        hub.update_security_hub_configuration(AutoEnableControls=True, ControlFindingGenerator="SECURITY_CONTROL")
    return "SecurityHub"


def _enable_macie(properties: Properties) -> str:
    """Turn Macie and automated discovery on for all accounts, with the results in the administrator's bucket."""
    macie = _client("macie2")
    try:
        macie.enable_macie(findingPublishingFrequency=_FREQUENCY, status="ENABLED")
    except macie.exceptions.ConflictException:
        macie.update_macie_session(findingPublishingFrequency=_FREQUENCY, status="ENABLED")
    destination = {"bucketName": properties["BucketName"], "kmsKeyArn": properties["KmsKeyArn"]}
    macie.put_classification_export_configuration(configuration={"s3Destination": destination})
    macie.update_organization_configuration(autoEnable=True)
    pages = macie.get_paginator("list_members").paginate(onlyAssociated="true")
    known = {one["accountId"] for page in pages for one in page["members"]}
    for account, email in _accounts(properties):
        if account not in known:
            macie.create_member(account={"accountId": account, "email": email})
    macie.update_automated_discovery_configuration(status="ENABLED", autoEnableOrganizationMembers="ALL")
    return "Macie"


def _enable_inspector(properties: Properties) -> str:
    """Scan in the administrator's account and in all others; who joins is scanned by itself."""
    inspector, types = _client("inspector2"), _list(properties["ResourceTypes"])
    _scan(inspector, [properties["AccountId"]], types)
    inspector.update_organization_configuration(autoEnable={one.lower(): True for one in types})
    pages = inspector.get_paginator("list_members").paginate(onlyAssociated=True)
    members = {one["accountId"] for page in pages for one in page["members"]}
    accounts = [account for account, _ in _accounts(properties)]
    for account in accounts:
        # What is associated now is scanned as the organization's configuration says, once that has come about.
        if account not in members:
            inspector.associate_member(accountId=account)
    for batch in _batches([account for account in accounts if account in members], _INSPECTOR_BATCH):
        _scan(inspector, batch, types)
    return "Inspector"


def _scan(inspector: Any, accounts: Sequence[str], types: Sequence[str]) -> None:
    answer = inspector.enable(accountIds=list(accounts), resourceTypes=list(types))
    for failed in answer.get("failedAccounts", ()):
        raise RuntimeError(f"Inspector: {failed['accountId']}: {failed['errorCode']}: {failed['errorMessage']}")


def _enable_detective(properties: Properties) -> str:
    """Have all accounts in the one behavior graph, which the appointment of the administrator may have made."""
    detective = _client("detective")
    graphs = detective.list_graphs()["GraphList"]
    graph = str(graphs[0]["Arn"] if graphs else detective.create_graph()["GraphArn"])
    detective.update_organization_configuration(GraphArn=graph, AutoEnable=True)
    known = {one["AccountId"] for one in _detective_members(detective, graph)}
    missing = [(account, email) for account, email in _accounts(properties) if account not in known]
    for batch in _batches(missing, _DETECTIVE_BATCH):
        answer = detective.create_members(
            GraphArn=graph,
            DisableEmailNotification=True,
            Accounts=[{"AccountId": account, "EmailAddress": email} for account, email in batch],
        )
        for failed in answer.get("UnprocessedAccounts", ()):
            raise RuntimeError(f"Detective: {failed['AccountId']}: {failed['Reason']}")
    return "Detective"


def _detective_members(detective: Any, graph: str) -> Iterator[Mapping[str, Any]]:
    answer = detective.list_members(GraphArn=graph)
    yield from answer["MemberDetails"]
    while "NextToken" in answer:
        answer = detective.list_members(GraphArn=graph, NextToken=answer["NextToken"])
        yield from answer["MemberDetails"]


def _accounts(properties: Properties) -> list[tuple[str, str]]:
    """Return the organization's active accounts with their addresses, less this one and the management account.

    Organization policies do not bind the management account, so it holds no PHI; who runs it says what looks into it.
    """
    organizations = _client("organizations")
    apart = {properties["AccountId"], organizations.describe_organization()["Organization"]["MasterAccountId"]}
    pages = organizations.get_paginator("list_accounts").paginate()
    return [
        (one["Id"], one["Email"])
        for page in pages
        for one in page["Accounts"]
        # State takes the place of Status, which an older boto3 has alone.
        if one.get("State", one.get("Status")) == "ACTIVE" and one["Id"] not in apart
    ]


def _batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _list(value: Any) -> list[str]:
    return [str(one) for one in value or ()]


def _client(service: str) -> Any:
    return boto3.client(service, config=_CONFIG)


_SETTINGS: Mapping[str, Callable[[Properties], str]] = {
    "OrganizationDetective": _enable_detective,
    "OrganizationGuardDuty": _enable_guard_duty,
    "OrganizationInspector": _enable_inspector,
    "OrganizationMacie": _enable_macie,
    "OrganizationRoot": _find_root,
    "OrganizationSecurityHub": _enable_security_hub,
}

handle = custom_resource(apply)
