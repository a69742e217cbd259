"""The handler of an organization's detection against stubs of the services' own models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from hipaa_constructs.compute.provider_code.handlers import organization_detection, permitted
from hipaa_constructs.compute.provider_code.handlers.organization_detection import apply

HERE, MANAGEMENT, MEMBER, OTHER = "100000000003", "100000000001", "200000000001", "200000000002"
GRAPH = f"arn:aws:detective:us-east-1:{HERE}:graph:0123456789abcdef0123456789abcdef"
FEATURES = [
    {"Name": "S3_DATA_EVENTS"},
    {"Name": "RUNTIME_MONITORING", "AdditionalConfiguration": ["EC2_AGENT_MANAGEMENT"]},
]
ACCOUNTS = [
    {"Id": account, "Email": f"{account}@clinic.example", "State": state}
    for account, state in (
        (HERE, "ACTIVE"),
        (MANAGEMENT, "ACTIVE"),
        (MEMBER, "ACTIVE"),
        (OTHER, "ACTIVE"),
        ("200000000009", "SUSPENDED"),
    )
]


class Services:
    """Stubbed clients; each has to be asked what was expected, in that order, and nothing else."""

    def __init__(self) -> None:
        self._stubs: dict[str, Stubber] = {}

    def client(self, service: str) -> Any:
        return self.of(service).client

    def of(self, service: str) -> Stubber:
        if service not in self._stubs:
            client = boto3.client(
                service, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
            )
            self._stubs[service] = Stubber(client)
            self._stubs[service].activate()
        return self._stubs[service]

    def expect(self, service: str, operation: str, answer: dict[str, Any], **asked: Any) -> None:
        self.of(service).add_response(operation, answer, asked)

    def fail(self, service: str, operation: str, code: str) -> None:
        self.of(service).add_client_error(operation, service_error_code=code)

    def organization(self) -> None:
        self.expect("organizations", "describe_organization", {"Organization": {"MasterAccountId": MANAGEMENT}})
        self.expect("organizations", "list_accounts", {"Accounts": ACCOUNTS})

    def done(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    services = Services()
    monkeypatch.setattr(organization_detection, "_client", services.client)
    monkeypatch.setattr(permitted.time, "sleep", lambda seconds: None)
    yield services
    services.done()


def ask(setting: str, **properties: Any) -> str:
    return apply({"RequestType": "Create", "ResourceProperties": {"Setting": f"Organization{setting}", **properties}})


def test_the_root_is_found(aws: Services) -> None:
    aws.expect("organizations", "list_roots", {"Roots": [{"Id": "r-ab12"}]})
    assert ask("Root") == "r-ab12"


def said(key: str, value: str) -> list[dict[str, Any]]:
    return [
        {"Name": "S3_DATA_EVENTS", key: value},
        {
            "Name": "RUNTIME_MONITORING",
            key: value,
            "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT", key: value}],
        },
    ]


@pytest.mark.parametrize("there", [False, True])
def test_guard_duty_protects_all_accounts(aws: Services, there: bool) -> None:
    on = {"Enable": True, "FindingPublishingFrequency": "FIFTEEN_MINUTES", "Features": said("Status", "ENABLED")}
    aws.expect("guardduty", "list_detectors", {"DetectorIds": ["d1"] if there else []})
    if there:
        aws.expect("guardduty", "update_detector", {}, DetectorId="d1", **on)
    else:
        aws.expect("guardduty", "create_detector", {"DetectorId": "d1"}, **on)
    aws.expect(
        "guardduty",
        "update_organization_configuration",
        {},
        DetectorId="d1",
        AutoEnableOrganizationMembers="ALL",
        Features=said("AutoEnable", "ALL"),
    )
    assert ask("GuardDuty", Features=FEATURES) == "d1"


def test_security_hub_is_turned_on(aws: Services) -> None:
    asked = {"EnableDefaultStandards": False, "ControlFindingGenerator": "SECURITY_CONTROL"}
    aws.expect("securityhub", "enable_security_hub", {}, **asked)
    assert ask("SecurityHub") == "SecurityHub"


def test_a_hub_that_is_on_is_set(aws: Services) -> None:
    aws.fail("securityhub", "enable_security_hub", "ResourceConflictException")
    asked = {"AutoEnableControls": True, "ControlFindingGenerator": "SECURITY_CONTROL"}
    aws.expect("securityhub", "update_security_hub_configuration", {}, **asked)
    assert ask("SecurityHub") == "SecurityHub"


@pytest.mark.parametrize("there", [False, True])
def test_macie_looks_into_all_accounts(aws: Services, there: bool) -> None:
    on = {"findingPublishingFrequency": "FIFTEEN_MINUTES", "status": "ENABLED"}
    if there:
        aws.fail("macie2", "enable_macie", "ConflictException")
        aws.expect("macie2", "update_macie_session", {}, **on)
    else:
        aws.expect("macie2", "enable_macie", {}, **on)
    kept = {"s3Destination": {"bucketName": "results", "kmsKeyArn": "arn:aws:kms:us-east-1:1:key/k"}}
    aws.expect("macie2", "put_classification_export_configuration", {}, configuration=kept)
    aws.expect("macie2", "update_organization_configuration", {}, autoEnable=True)
    aws.expect("macie2", "list_members", {"members": [{"accountId": MEMBER}]}, onlyAssociated="true")
    aws.organization()
    aws.expect(
        "macie2", "create_member", {"arn": "a"}, account={"accountId": OTHER, "email": f"{OTHER}@clinic.example"}
    )
    discovery = {"status": "ENABLED", "autoEnableOrganizationMembers": "ALL"}
    aws.expect("macie2", "update_automated_discovery_configuration", {}, **discovery)
    assert ask("Macie", AccountId=HERE, BucketName="results", KmsKeyArn="arn:aws:kms:us-east-1:1:key/k") == "Macie"


def scanned(*accounts: str, failed: bool = False) -> dict[str, Any]:
    status = {"ec2": "ENABLING", "ecr": "ENABLING"}
    failures = [{"accountId": one, "errorCode": "ACCESS_DENIED", "errorMessage": "no"} for one in accounts]
    made = [{"accountId": one, "status": "ENABLING", "resourceStatus": status} for one in accounts]
    return {"accounts": [] if failed else made, "failedAccounts": failures if failed else []}


def expect_inspector(aws: Services, *, failed: bool = False) -> None:
    types = ["EC2", "ECR", "LAMBDA"]
    aws.expect("inspector2", "enable", scanned(HERE), accountIds=[HERE], resourceTypes=types)
    wanted = {"ec2": True, "ecr": True, "lambda": True}
    aws.expect("inspector2", "update_organization_configuration", {"autoEnable": wanted}, autoEnable=wanted)
    aws.expect("inspector2", "list_members", {"members": [{"accountId": MEMBER}]}, onlyAssociated=True)
    aws.organization()
    aws.expect("inspector2", "associate_member", {"accountId": OTHER}, accountId=OTHER)
    aws.expect("inspector2", "enable", scanned(MEMBER, failed=failed), accountIds=[MEMBER], resourceTypes=types)


def test_inspector_scans_all_accounts(aws: Services) -> None:
    expect_inspector(aws)
    assert ask("Inspector", AccountId=HERE, ResourceTypes=["EC2", "ECR", "LAMBDA"]) == "Inspector"


def test_an_account_that_is_not_scanned_is_named(aws: Services) -> None:
    expect_inspector(aws, failed=True)
    with pytest.raises(RuntimeError, match=f"Inspector: {MEMBER}: ACCESS_DENIED"):
        ask("Inspector", AccountId=HERE, ResourceTypes=["EC2", "ECR", "LAMBDA"])


def expect_detective(aws: Services, *, there: bool = True, failed: bool = False) -> None:
    aws.expect("detective", "list_graphs", {"GraphList": [{"Arn": GRAPH}] if there else []})
    if not there:
        aws.expect("detective", "create_graph", {"GraphArn": GRAPH})
    aws.expect("detective", "update_organization_configuration", {}, GraphArn=GRAPH, AutoEnable=True)
    aws.expect("detective", "list_members", {"MemberDetails": [], "NextToken": "t"}, GraphArn=GRAPH)
    known = {"MemberDetails": [{"AccountId": MEMBER}]}
    aws.expect("detective", "list_members", known, GraphArn=GRAPH, NextToken="t")
    aws.organization()
    aws.expect(
        "detective",
        "create_members",
        {"UnprocessedAccounts": [{"AccountId": OTHER, "Reason": "no"}] if failed else []},
        GraphArn=GRAPH,
        DisableEmailNotification=True,
        Accounts=[{"AccountId": OTHER, "EmailAddress": f"{OTHER}@clinic.example"}],
    )


@pytest.mark.parametrize("there", [False, True])
def test_detective_has_all_accounts_in_one_graph(aws: Services, there: bool) -> None:
    expect_detective(aws, there=there)
    assert ask("Detective", AccountId=HERE) == "Detective"


def test_an_account_that_is_not_in_the_graph_is_named(aws: Services) -> None:
    expect_detective(aws, failed=True)
    with pytest.raises(RuntimeError, match=f"Detective: {OTHER}: no"):
        ask("Detective", AccountId=HERE)


def test_permissions_are_waited_for(aws: Services) -> None:
    aws.fail("organizations", "list_roots", "AccessDeniedException")
    aws.expect("organizations", "list_roots", {"Roots": [{"Id": "r-ab12"}]})
    assert ask("Root") == "r-ab12"
