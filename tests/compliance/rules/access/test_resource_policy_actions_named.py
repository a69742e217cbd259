from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, verdict

KEY = "AWS::KMS::Key"
SERVICE = {"Service": "logs.us-east-1.amazonaws.com"}
ROOT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}


def _key(principal: Any, **statement: Any) -> dict[str, Any]:
    return one(
        KEY, KeyPolicy={"Statement": [{"Effect": "Allow", "Principal": principal, "Resource": "*", **statement}]}
    )


def _topic(principal: Any, **statement: Any) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Principal": principal, "Resource": "*", **statement}]}
    return one("AWS::SNS::TopicPolicy", PolicyDocument=document, Topics=["arn:aws:sns:us-east-1:111122223333:results"])


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_key(SERVICE, Action="kms:Decrypt"), "passed"),
        (_key(SERVICE, Action=["kms:GenerateDataKey*", "kms:Decrypt"]), "passed"),
        (_key(SERVICE, Action="kms:*"), "failed"),
        (_key(SERVICE, Action=["kms:Decrypt", "*"]), "failed"),
        (_key(SERVICE, NotAction="kms:ScheduleKeyDeletion"), "failed"),
        (_key(SERVICE, Action=GIVEN), "unknown"),
        (_key(SERVICE, Action=["kms:Decrypt", "kms:PutKeyPolicy"]), "failed"),
        (_key(SERVICE, Action="kms:Put*"), "failed"),
        # People administer keys.
        (_key({"AWS": "arn:aws:iam::111122223333:role/keys"}, Action="kms:PutKeyPolicy"), "passed"),
        (_topic(SERVICE, Action=["sns:Publish", "SNS:AddPermission"]), "failed"),
        (_topic(SERVICE, Action="sns:Publish"), "passed"),
        # What SNS makes by itself.
        (
            _topic({"AWS": "*"}, Action="sns:AddPermission", Condition={"StringEquals": {"AWS:SourceOwner": "1"}}),
            "passed",
        ),
        # Whoever alone may do everything is the account that has the key.
        (_key({"AWS": "arn:aws:iam::999988887777:root"}, Action="kms:*"), "passed"),
        (_key({"AWS": ["arn:aws:iam::999988887777:root", SERVICE["Service"]]}, Action="kms:*"), "failed"),
        (_key({"AWS": ["arn:aws:iam::999988887777:root", "111122223333"]}, Action="kms:*"), "failed"),
        (
            _key({"AWS": "arn:aws:iam::999988887777:root"}, Action="kms:*", Condition={"StringEquals": {"a": "b"}}),
            "failed",
        ),
        (_key({"AWS": ROOT}, Action="kms:*"), "passed"),
        (_key({"AWS": [ROOT, "arn:aws:iam::999988887777:root"]}, Action="kms:*"), "failed"),
        # Who only deployment tells may be the account itself.
        (_key({"AWS": GIVEN}, Action="kms:*"), "unknown"),
        (_key({"AWS": {"Fn::ImportValue": "Owner"}}, Action="kms:*"), "unknown"),
        (_key({"AWS": GIVEN}, Action="kms:Decrypt"), "passed"),
        (_key({"AWS": [GIVEN, "arn:aws:iam::111122223333:role/keys"]}, Action="kms:*"), "failed"),
        (_key({"AWS": {"Fn::Sub": "arn:aws:iam::${Given}:role/keys"}}, Action="kms:*"), "failed"),
        (_key({"Service": GIVEN}, Action="kms:*"), "failed"),
        (_topic({"AWS": GIVEN}, Action="sns:*"), "unknown"),
        (_key("*", Action="kms:*"), "passed"),
        (_key("*", Action="kms:*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}}), "failed"),
        (_key("*", Action="kms:Decrypt", Condition={"StringEquals": {"kms:CallerAccount": "1"}}), "passed"),
        (one(KEY, KeyPolicy={"Statement": [{"Effect": "Deny", "Principal": SERVICE, "Action": "kms:*"}]}), "passed"),
        (one(KEY, KeyPolicy=GIVEN), "unknown"),
        (one(KEY), "passed"),
        (
            one(
                "AWS::SQS::QueuePolicy",
                PolicyDocument={"Statement": [{"Effect": "Allow", "Principal": SERVICE, "Action": "sqs:*"}]},
            ),
            "failed",
        ),
        (
            one(
                "AWS::SQS::QueuePolicy",
                PolicyDocument={
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "sqs:*"}
                    ]
                },
            ),
            "failed",
        ),
        (one("AWS::EC2::VPCEndpoint"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("resource_policy_actions_named", resources) == expected


def _managed(*statements: dict[str, Any]) -> dict[str, Any]:
    owner = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    others = [{"Effect": "Allow", "Resource": "*", **one} for one in statements]
    return one(KEY, KeyPolicy={"Statement": [owner, *others]})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}, "passed"),
        ({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/*"}}, "passed"),
        ({"StringLike": {"s3:DataAccessPointAccount": "*"}}, "failed"),
        ({"StringNotEquals": {"s3:DataAccessPointAccount": "111122223333"}}, "failed"),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, "failed"),
    ],
)
def test_a_bucket_may_leave_its_access_points_to_decide(condition: dict[str, Any], expected: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*", "Condition": condition}
    bucket = one("AWS::S3::BucketPolicy", Bucket="records", PolicyDocument={"Statement": [statement]})
    assert judged("resource_policy_actions_named", bucket) == expected
    key = _key({"AWS": "*"}, Action="*", Condition=condition)
    assert judged("resource_policy_actions_named", key) == "failed"


def test_a_grantee_whom_only_deployment_tells_is_no_name() -> None:
    found = verdict("resource_policy_actions_named", _key({"AWS": GIVEN}, Action="kms:*"))
    assert found is not None
    assert found.message == "Who is granted kms:* is known only at deployment (statement 1)."
    of_service = verdict("resource_policy_actions_named", _key({"Service": GIVEN}, Action="kms:*"))
    assert of_service is not None
    assert "UNKNOWN" not in of_service.message


OTHER = {"AWS": "arn:aws:iam::999988887777:root"}


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (_managed({"Principal": OTHER, "Action": "kms:PutKeyPolicy"}), "warning"),
        (_managed({"Principal": {"AWS": "999988887777"}, "Action": ["kms:Put*", "kms:Decrypt"]}), "warning"),
        (_managed({"Principal": OTHER, "Action": "kms:Decrypt"}), "passed"),
        (_managed({"Principal": {"AWS": ROOT}, "Action": "kms:PutKeyPolicy"}), "passed"),
        (_managed({"Principal": OTHER, "Action": "kms:*"}), None),
        # Who manages the key does not tell whose account this is.
        (_key(OTHER, Action="kms:PutKeyPolicy"), "passed"),
    ],
)
def test_another_account_that_administers_a_key(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("resource_policy_actions_named", resources)
    assert found is not None
    assert (found.severity if found.outcome == "failed" else found.outcome) == severity


def test_another_account_by_the_default_of_a_parameter() -> None:
    principal = {"AWS": {"Fn::Sub": "arn:aws:iam::${Other}:root"}}
    sections = {"Parameters": {"Other": {"Type": "String", "Default": "999988887777"}}}
    for action in ("kms:*", "kms:PutKeyPolicy"):
        resources = _managed({"Principal": principal, "Action": action})
        assert outcome("resource_policy_actions_named", resources, **sections) == "failed"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [({"Default": "999988887777"}, "failed"), ({}, "unknown")],
)
def test_a_key_is_managed_by_a_parameters_default(declared: dict[str, Any], expected: str) -> None:
    principal = {"AWS": {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "Owner"}, ":root"]]}}
    sections = {"Parameters": {"Owner": {"Type": "String", **declared}}}
    assert outcome("resource_policy_actions_named", _key(principal, Action="kms:*"), **sections) == expected
    # What does not manage the key is none of it.
    sent = _managed({"Principal": principal, "Action": "kms:Decrypt"})
    assert outcome("resource_policy_actions_named", sent, **sections) == "passed"


def test_of_a_key_that_a_parameters_default_manages_it_is_a_warning() -> None:
    app = App()
    resources = _key({"AWS": {"Fn::Sub": "arn:aws:iam::${Owner}:root"}}, Action="kms:*")
    app.add(
        "Test.json", {"Parameters": {"Owner": {"Type": "String", "Default": "999988887777"}}, "Resources": resources}
    )
    (found,) = findings(app, [rule("resource_policy_actions_named")])
    assert found.severity == "warning"
    assert "default of parameter Owner, 999988887777" in found.message


OTHER = {"AWS": "arn:aws:iam::999988887777:root"}
OWN_RULES = {"StringEqualsIfExists": {"events:creatorAccount": "${aws:PrincipalAccount}"}}


def _bus(action: Any, principal: Any = OTHER, *, as_text: bool = False, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}
    return one(
        "AWS::Events::EventBusPolicy",
        StatementId="partner",
        Statement=json.dumps(statement) if as_text else statement,
    )


@pytest.mark.parametrize(
    ("resources", "expected", "severity"),
    [
        (_bus("events:PutEvents"), "passed", None),
        (_bus("events:*"), "failed", None),
        (_bus("events:*", as_text=True), "failed", None),
        (_bus(["events:PutRule", "events:PutTargets"]), "failed", "warning"),
        (_bus("events:Put*"), "failed", "warning"),
        (_bus(["events:PutRule", "events:PutTargets"], Condition=OWN_RULES), "passed", None),
        (_bus(["events:PutRule", "events:PutTargets"], {"AWS": ROOT}), "passed", None),
        (_bus(GIVEN), "unknown", None),
        (one("AWS::Events::EventBusPolicy", StatementId="a", Statement=GIVEN), "unknown", None),
        # The old form lets an account send, and no more.
        (
            one("AWS::Events::EventBusPolicy", StatementId="a", Action="events:PutEvents", Principal="999988887777"),
            "passed",
            None,
        ),
        (
            one(
                "AWS::Events::EventBus",
                Name="visits",
                Policy={"Statement": _bus("events:PutTargets")["Subject"]["Properties"]["Statement"]},
            ),
            "failed",
            "warning",
        ),
    ],
)
def test_event_buses(resources: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict("resource_policy_actions_named", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)
