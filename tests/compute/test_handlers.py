"""Every handler of a custom resource: CloudFormation always hears from it, and a deletion always goes through."""

from __future__ import annotations

import importlib
import json
import pkgutil
from typing import Any

import boto3
import pytest

from hipaa_constructs.compute.provider_code import handlers
from hipaa_constructs.compute.provider_code.handlers import (
    account_baseline,
    cloudformation,
    delegation,
    organization_detection,
)

PROPERTIES: dict[str, list[dict[str, Any]]] = {
    "account_baseline": [{"Setting": setting} for setting in account_baseline._SETTINGS],
    "asset_copies": [
        {"Bucket": "code-us-east-1", "Files": [{"SourceBucket": "assets", "SourceKey": "one.zip", "Key": "one.zip"}]}
    ],
    "bucket_notifications": [{"BucketName": "scans", "NotificationConfiguration": {}}],
    "delegation": [
        {
            "Setting": setting,
            "AccountId": "100000000003",
            "Region": "us-east-1",
            "ServicePrincipal": "config.amazonaws.com",
            "ServicePrincipals": [],
            "PolicyTypes": [],
            "Enabled": [],
        }
        for setting in delegation._SETTINGS
    ],
    "default_vpc": [{"Region": "us-east-1"}],
    "default_security_group": [{"DefaultSecurityGroupId": "sg-1"}],
    "organization_detection": [{"Setting": setting} for setting in organization_detection._SETTINGS],
    "invocation_logs": [{"BucketName": "prompts", "KeyPrefix": "Clinic/Models"}],
}
# It is called by a schedule; nobody waits for its answer.
SCHEDULED = ("findings_digest",)
MODULES = [
    module
    for found in pkgutil.iter_modules(handlers.__path__)
    if found.name not in SCHEDULED
    and hasattr(module := importlib.import_module(f"{handlers.__name__}.{found.name}"), "handle")
]
CASES = [
    pytest.param(module.handle, properties, id=f"{name} {next(iter(properties.values()))}")
    for module in MODULES
    for name in [module.__name__.rpartition(".")[2]]
    for properties in PROPERTIES[name]
]


class _Context:
    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What CloudFormation is told, by handlers whom AWS refuses every call."""
    told: list[dict[str, Any]] = []

    class Answered:
        def close(self) -> None:
            pass

    def urlopen(request: Any, timeout: float) -> Answered:
        told.append(json.loads(request.data))
        return Answered()

    def refused(*_: object, **__: object) -> None:
        raise RuntimeError("the role is gone")

    monkeypatch.setattr(cloudformation.urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(boto3, "client", refused)
    return told


def event(request_type: str, **more: Any) -> dict[str, Any]:
    return {
        "RequestType": request_type,
        "ResponseURL": "https://example.org/signed",
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/Clinic/1",
        "RequestId": f"{request_type}-1",
        "LogicalResourceId": "Thing",
        **more,
    }


@pytest.mark.parametrize(("handle", "properties"), CASES)
def test_what_could_not_be_created_is_said_and_can_be_deleted(
    handle: cloudformation.Handler, properties: dict[str, Any], answers: list[dict[str, Any]]
) -> None:
    handle(event("Create", ResourceProperties=properties), _Context())
    (failed,) = answers
    assert (failed["Status"], failed["Reason"]) == ("FAILED", "RuntimeError: the role is gone")
    created = failed["PhysicalResourceId"]
    handle(event("Delete", ResourceProperties=properties, PhysicalResourceId=created), _Context())
    assert (answers[1]["Status"], answers[1]["PhysicalResourceId"]) == ("SUCCESS", created)


@pytest.mark.parametrize(("handle", "properties"), CASES)
def test_a_failed_update_does_not_look_like_a_replacement(
    handle: cloudformation.Handler, properties: dict[str, Any], answers: list[dict[str, Any]]
) -> None:
    handle(event("Update", ResourceProperties=properties, PhysicalResourceId="thing-1"), _Context())
    assert (answers[0]["Status"], answers[0]["PhysicalResourceId"]) == ("FAILED", "thing-1")


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__.rpartition(".")[2] for module in MODULES])
def test_a_request_without_properties_is_answered(module: Any, answers: list[dict[str, Any]]) -> None:
    for request_type, status in (("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")):
        module.handle(event(request_type, PhysicalResourceId="thing-1"), _Context())
        assert answers.pop()["Status"] == status


def test_every_handler_is_tried() -> None:
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == set(PROPERTIES)
