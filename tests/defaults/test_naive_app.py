"""What the one line does for an app of twenty plain L2s."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import aws_cdk as cdk
import jsii._kernel.providers.process as provider
import pytest

from benchmarks.plain.naive_app import define
from hipaa_constructs import BackupPlan, KmsRotatedKey, PrivateVpc
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import new_stack, synthesized

# What no default can give: somebody's certificate, authorizer or rotation,
# an internet gateway that the app asked for, a second Region, and limits that depend on the load.
_FOR_THE_APP = {
    "HIPAA.Constructs-ApiAuthorized",
    "HIPAA.Constructs-ClientsAuthenticated",
    "HIPAA.Constructs-DistributionTlsRequired",
    "HIPAA.Constructs-LoadBalancerTlsRequired",
    "HIPAA.Constructs-SecretRotated",
    "HIPAA.Security-ALBHttpToHttpsRedirection",
    "HIPAA.Security-APIGWCacheEnabledAndEncrypted",
    "HIPAA.Security-ELBv2ACMCertificateRequired",
    "HIPAA.Security-LambdaConcurrency",
    "HIPAA.Security-S3BucketReplicationEnabled",
    "HIPAA.Security-SecretsManagerRotationEnabled",
    "HIPAA.Security-VPCNoUnrestrictedRouteToIGW",
    # OpenSearch's audit log needs fine-grained access control, and so somebody to be its master user.
    "HIPAA.Constructs-DatabaseLogsExported",
    "HIPAA.Constructs-SearchAccessFineGrained",
    # Where a cache's log goes.
    "HIPAA.Constructs-ServiceLogged",
    # Which image is meant, how the targets speak, and by what people prove who they are.
    "HIPAA.Constructs-ImagesPinned",
    "HIPAA.Constructs-TargetTlsRequired",
    "HIPAA.Constructs-UserPoolMfaRequired",
    # Where that which runs sends to.
    "HIPAA.Constructs-EgressLimited",
    # CDK's own functions, which serve deployments.
    "HIPAA.Constructs-FunctionInVpc",
    # Where a container writes.
    "HIPAA.Constructs-ContainerFilesReadOnly",
    # A second member of the cluster.
    "HIPAA.Constructs-MultiAz",
}


_TOLD_WITH_OTHERS = {"HIPAA.Constructs-DatabaseActivityLogged", "HIPAA.Constructs-StoreBackedUp"}


def _found(stack: cdk.Stack) -> set[str]:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return set(map(str, findings(app)))


def _given(stack: cdk.Stack) -> dict[str, Any]:
    return {
        "encryption_key": KmsRotatedKey(stack, "GivenKey").key,
        "vpc": PrivateVpc(stack, "GivenVpc").vpc,
        "backup_plan": BackupPlan.daily_7_year(stack, "GivenBackups"),
    }


@pytest.fixture(scope="module")
def before() -> set[str]:
    """The findings of the app as it is, with the given things beside it."""
    stack = new_stack()
    _given(stack)
    define(stack)
    return _found(stack)


def test_most_findings_go_and_none_comes(before: set[str]) -> None:
    stack = new_stack()
    given = _given(stack)
    secure_defaults(stack, new_stores=True, **given)
    define(stack)
    after = _found(stack)
    assert after - before == set()
    assert len(before) > 95
    assert len(after) <= 0.3 * len(before), sorted(after)
    assert {finding.split(": ")[0] for finding in after} <= _FOR_THE_APP


def test_an_app_that_may_be_deployed_loses_what_replaces_nothing(before: set[str]) -> None:
    stack = new_stack()
    secure_defaults(stack)
    define(stack)
    after = _found(stack)
    # What another finding told until that was mended stands by itself then.
    assert {finding.split(": ")[0] for finding in after - before} <= _TOLD_WITH_OTHERS
    assert len(after) <= 0.5 * len(before), sorted(after)


def test_no_resource_of_a_deployed_app_is_replaced_or_removed() -> None:
    before = synthesized(define, secure=False).resources
    after = synthesized(define).resources
    # Grants move from inline policies to managed ones, and a changed API is published by a new deployment.
    moved = ("AWS::IAM::Policy", "AWS::ApiGateway::Deployment")
    removed = {name for name in set(before) - set(after) if before[name]["Type"] not in moved}
    assert removed == set()
    for name, resource in before.items():
        if name not in after:
            continue
        assert after[name]["Type"] == resource["Type"]
        for path in _create_only(resource["Type"]):
            assert _at(after[name], path) == _at(resource, path), f"{name} {path}"


def _create_only(resource_type: str) -> list[str]:
    """Return, from the schemas themselves, what is set at creation alone."""
    folder = files("cfnlint").joinpath("data", "schemas")
    names = json.loads(folder.joinpath("providers", "us-east-1.json").read_text())
    # A change of a task definition makes a revision, and of a permission or a delivery nothing that holds data.
    if resource_type not in names or resource_type in ("AWS::ECS::TaskDefinition", "AWS::ApiGateway::Deployment"):
        return []
    schema = json.loads(folder.joinpath("resources", f"{names[resource_type]}.json").read_text())
    return [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]


def _at(resource: Mapping[str, Any], path: str) -> Any:
    value: Any = resource.get("Properties", {})
    for part in path.removeprefix("/properties/").split("/"):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def test_what_is_left_is_named_with_its_migration() -> None:
    made = synthesized(define)
    assert "storage_encryption_key" in made.changed("S/Database", "left")
    assert "kms_key" in made.changed("S/Files", "left")
    assert "encryption" in made.changed("S/Images", "left")
    assert "key_configuration" in made.changed("S/People/Resource", "left")
    assert "vpc" not in made.changed("S/Search", "left")
    change = made.change("S/Database", "storage_encryption_key")
    assert change.properties == ("StorageEncrypted", "KmsKeyId")
    assert "snapshot" in change.why
    new = synthesized(define, new_stores=True)
    assert not [one for one in new.changes if one.outcome == "left"]


def test_an_app_without_anything_given_has_one_key() -> None:
    keys = [
        resource
        for resource in synthesized(define, new_stores=True).resources.values()
        if resource["Type"] == "AWS::KMS::Key"
    ]
    # And the app's own, which nothing but its rotation was said of.
    assert len(keys) == 2


def test_the_cost_is_a_fraction_of_a_synth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests to Node are counted, about 0.2 ms each; a synth of this app takes some 3,000 ms."""
    count = 0
    original = provider._NodeProcess.send

    def send(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return original(*arguments)

    monkeypatch.setattr(provider._NodeProcess, "send", send)
    counts = []
    for secure in (False, True):
        count = 0
        synthesized(define, secure=secure, new_stores=True) if secure else synthesized(define, secure=False)
        counts.append(count)
    without, with_defaults = counts
    assert with_defaults - without < 1650
