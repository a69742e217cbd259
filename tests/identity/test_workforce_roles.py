from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.identity.workforce_roles import WorkforceRoles
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.identity.duties import OPERATING, OTHER_HANDS, calls
from tests.policy_evaluator import allowed, applies
from tests.storage.policies import literal

USERS = WorkforceSource.from_accounts(["222222222222"])
ISSUER = "idp.example.org"
NETWORKS = ["203.0.113.0/24", "2001:db8::/32"]
INSIDE = {"aws:SourceIp": "203.0.113.7", "aws:ViaAWSService": "false"}
OUTSIDE = {"aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "false"}
CARRIED_OUT = {"aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "true"}
SECOND_FACTOR = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}
Resources = Mapping[str, dict[str, Any]]


def define(stack: cdk.Stack) -> WorkforceRoles:
    saml = iam.SamlProvider.from_saml_provider_arn(stack, "Saml", "arn:aws:iam::111122223333:saml-provider/idp")
    open_id = iam.OpenIdConnectProvider.from_open_id_connect_provider_arn(
        stack, "OpenId", f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
    )
    return WorkforceRoles(
        stack,
        "Workforce",
        developers=WorkforceSource.from_saml(saml),
        operators=WorkforceSource.from_open_id(open_id, issuer=ISSUER, client_id="operations"),
        auditors=USERS,
        max_session_duration=cdk.Duration.hours(4),
        source_networks=NETWORKS,
        valid_until=datetime.date(2027, 6, 30),
    )


@pytest.fixture(scope="module")
def resources() -> Resources:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack)
    return template_of(stack)["Resources"]  # type: ignore[no-any-return]


def role(resources: Resources, job: str) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"]["Description"].startswith(job)
    )
    return found  # type: ignore[no-any-return]


def trust(resources: Resources, job: str) -> dict[str, Any]:
    (statement,) = role(resources, job)["AssumeRolePolicyDocument"]["Statement"]
    return statement  # type: ignore[no-any-return]


def boundary(resources: Resources, job: str) -> dict[str, Any]:
    name = role(resources, job)["PermissionsBoundary"]["Ref"]
    return literal(resources[name]["Properties"]["PolicyDocument"])  # type: ignore[no-any-return]


def duties(resources: Resources, job: str) -> dict[str, Any]:
    (found,) = (
        literal(resource["Properties"]["PolicyDocument"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and name.startswith(f"Workforce{job}Policy1")
    )
    return found  # type: ignore[no-any-return]


def test_snapshot(resources: Resources, snapshot: SnapshotAssertion) -> None:
    assert resources == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize(
    ("job", "action", "factor"),
    [
        ("Developer", "sts:AssumeRoleWithSAML", {"aws:RequestTag/MultiFactorAuthPresent": "true"}),
        ("Operator", "sts:AssumeRoleWithWebIdentity", {f"{ISSUER}:amr": "mfa"}),
        ("Auditor", "sts:AssumeRole", SECOND_FACTOR),
    ],
)
def test_only_a_second_factor_the_network_and_the_time_admit(
    resources: Resources, job: str, action: str, factor: dict[str, str]
) -> None:
    statement = trust(resources, job)
    # The claim is a list; the evaluator takes one of its values.
    condition = {name.removeprefix("ForAnyValue:"): value for name, value in statement["Condition"].items()}
    if "StringEquals" in statement["Condition"] and "ForAnyValue:StringEquals" in statement["Condition"]:
        condition["StringEquals"] = {
            **statement["Condition"]["StringEquals"],
            **statement["Condition"]["ForAnyValue:StringEquals"],
        }
    statement = {**statement, "Condition": condition}
    sent = {
        "SAML:aud": "https://signin.aws.amazon.com/saml",
        f"{ISSUER}:aud": "operations",
        "aws:CurrentTime": "2027-06-30T12:00:00Z",
        **INSIDE,
    }
    assert applies(statement, action, context={**sent, **factor})
    assert not applies(statement, action, context=sent)
    assert not applies(statement, action, context={**sent, **factor, **OUTSIDE})
    assert not applies(statement, action, context={**sent, **factor, "aws:CurrentTime": "2027-07-01T00:00:01Z"})


def test_a_second_factor_grows_old(resources: Resources) -> None:
    late = {**SECOND_FACTOR, "aws:MultiFactorAuthAge": "3601", **INSIDE, "aws:CurrentTime": "2027-06-30T12:00:00Z"}
    assert not applies(trust(resources, "Auditor"), "sts:AssumeRole", context=late)


def test_saml_people_may_send_their_tag(resources: Resources) -> None:
    assert trust(resources, "Developer")["Action"] == ["sts:AssumeRoleWithSAML", "sts:TagSession"]


@pytest.mark.parametrize("job", ["Developer", "Operator", "Auditor"])
def test_sessions_end(resources: Resources, job: str) -> None:
    assert role(resources, job)["MaxSessionDuration"] == 4 * 3600


@pytest.mark.parametrize("job", ["Developer", "Operator"])
@pytest.mark.parametrize(
    "action",
    [
        "s3:GetObject",
        "dynamodb:Query",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "rds-db:connect",
        "logs:Unmask",
        "ssm:StartSession",
        "iam:AttachRolePolicy",
        "iam:PassRole",
        "lambda:UpdateFunctionCode",
        "sts:AssumeRole",
    ],
)
def test_developers_and_operators_are_kept_from_phi(resources: Resources, job: str, action: str) -> None:
    anything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert not allowed([boundary(resources, job)], action, context=INSIDE)
    # Not even where a policy on the resource names the session.
    assert not allowed([boundary(resources, job), anything], action, context=INSIDE)


@pytest.mark.parametrize(
    "action", ["s3:PutObject", "ec2:StopInstances", "rds:ModifyDBInstance", "iam:CreateRole", "cloudtrail:StopLogging"]
)
def test_auditors_never_write(resources: Resources, action: str) -> None:
    assert not allowed([boundary(resources, "Auditor")], action, context=INSIDE)


@pytest.mark.parametrize(
    ("job", "may", "may_not"),
    [
        ("Developer", "logs:StartQuery", "ec2:RebootInstances"),
        ("Operator", "ec2:RebootInstances", "cloudtrail:LookupEvents"),
        ("Auditor", "cloudtrail:LookupEvents", "s3:GetObject"),
    ],
)
def test_each_job_has_its_duties(resources: Resources, job: str, may: str, may_not: str) -> None:
    assert allowed([duties(resources, job)], may)
    assert not allowed([duties(resources, job)], may_not)


@pytest.mark.parametrize("job", ["Developer", "Operator", "Auditor"])
def test_boundaries_hold_all_duties(resources: Resources, job: str) -> None:
    for action in duties(resources, job)["Statement"][0]["Action"]:
        assert allowed([boundary(resources, job)], action, context=INSIDE), action


def test_every_duty_of_operators_is_looked_at(resources: Resources) -> None:
    looking, operating = (duties(resources, job)["Statement"][0]["Action"] for job in ("Developer", "Operator"))
    assert set(operating) - set(looking) == set(OPERATING)


@pytest.mark.parametrize("duty", OPERATING)
def test_operators_may_do_all_that_a_duty_takes(resources: Resources, duty: str) -> None:
    for action, resource, context in calls(duty):
        for document in (duties(resources, "Operator"), boundary(resources, "Operator")):
            assert allowed([document], action, resource, context={**INSIDE, **context}), action


@pytest.mark.parametrize(("action", "resource", "context"), OTHER_HANDS)
def test_operators_hand_on_nothing_else(
    resources: Resources, action: str, resource: str, context: dict[str, str]
) -> None:
    request = {**INSIDE, **context}
    assert not allowed([duties(resources, "Operator")], action, resource, context=request)
    anything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert not allowed([boundary(resources, "Operator"), anything], action, resource, context=request)


def test_developers_hand_on_nothing(resources: Resources) -> None:
    anything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for duty in ("backup:StartBackupJob", "ec2:StartInstances"):
        action, resource, context = calls(duty)[-1]
        assert not allowed([boundary(resources, "Developer"), anything], action, resource, context=context)


def test_operators_start_backups_as_the_role_that_is_given(stack: cdk.Stack) -> None:
    arn = "arn:aws:iam::111122223333:role/backups"
    role = iam.Role.from_role_arn(stack, "Backups", arn)
    WorkforceRoles(stack, "Workforce", operators=USERS, backup_role=role)
    resources = template_of(stack)["Resources"]
    context = {"iam:PassedToService": "backup.amazonaws.com"}
    for document in (duties(resources, "Operator"), boundary(resources, "Operator")):
        assert allowed([document], "iam:PassRole", arn, context=context)
        assert not allowed([document], "iam:PassRole", f"{arn}2", context=context)


def test_credentials_that_were_carried_off_are_useless(resources: Resources) -> None:
    document = boundary(resources, "Auditor")
    assert allowed([document], "cloudtrail:LookupEvents", context=INSIDE)
    assert not allowed([document], "cloudtrail:LookupEvents", context=OUTSIDE)
    # What a service does for someone comes from the service's own address.
    assert allowed([document], "cloudtrail:LookupEvents", context=CARRIED_OUT)


def test_roles_take_grants(stack: cdk.Stack) -> None:
    workforce = WorkforceRoles(stack, "Workforce", auditors=USERS)
    assert workforce.auditor
    assert workforce.developer is None
    assert workforce.operator is None
    s3.Bucket(stack, "Evidence").grant_read(workforce.auditor).assert_success()
    resources = template_of(stack)["Resources"]
    assert not [resource for resource in resources.values() if resource["Type"] == "AWS::IAM::Policy"]
    assert trust(resources, "Auditor")["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
    }
    assert [entry.get("Sid") for entry in boundary(resources, "Auditor")["Statement"]] == ["ReadOnly"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "developers, operators, auditors: got None; a role needs people"),
        ({"developers": "idp"}, r"WorkforceRoles\(developers=…\): got 'idp'"),
        ({"max_session_duration": cdk.Duration.hours(9)}, "max_session_duration: got '540 minutes'; .* 1 to 8 hours"),
        ({"max_session_duration": cdk.Duration.minutes(30)}, "max_session_duration: got '30 minutes'"),
        ({"source_networks": ["the office"]}, "source_networks: got 'the office'"),
        ({"source_networks": ["0.0.0.0/0"]}, "source_networks: got '0.0.0.0/0'; .*half the internet"),
        ({"source_networks": ["10.1.0.0/16"]}, "source_networks: got '10.1.0.0/16'; .*public address"),
        ({"valid_until": datetime.datetime(2027, 1, 1, 12)}, "valid_until: got '2027-01-01 12:00:00'"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    people = {} if not arguments else {"auditors": USERS}
    with pytest.raises(ValueError, match=message):
        WorkforceRoles(stack, "Workforce", **{**people, **arguments})
    assert not stack.node.children


def test_sources_refuse(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"account_ids: got \[\]"):
        WorkforceSource.from_accounts([])
    with pytest.raises(ValueError, match="account_ids: got '42'"):
        WorkforceSource.from_accounts(["42"])
    with pytest.raises(ValueError, match="mfa_max_age: got '46800 seconds'"):
        WorkforceSource.from_accounts(["222222222222"], mfa_max_age=cdk.Duration.hours(13))
    provider = iam.OpenIdConnectProvider.from_open_id_connect_provider_arn(
        stack, "OpenId", f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
    )
    with pytest.raises(ValueError, match=r"issuer: got 'https://idp\.example\.org'"):
        WorkforceSource.from_open_id(provider, issuer=f"https://{ISSUER}", client_id="operations")
    with pytest.raises(ValueError, match="client_id: got ''"):
        WorkforceSource.from_open_id(provider, issuer=ISSUER, client_id="")
    with pytest.raises(ValueError, match=r"from_saml\(provider=…\)"):
        WorkforceSource.from_saml("idp")  # type: ignore[arg-type]


def test_the_age_of_a_second_factor_can_be_shorter(stack: cdk.Stack) -> None:
    people = WorkforceSource.from_accounts(["222222222222"], mfa_max_age=cdk.Duration.minutes(15))
    WorkforceRoles(stack, "Workforce", operators=people)
    statement = trust(template_of(stack)["Resources"], "Operator")
    assert statement["Condition"]["NumericLessThan"] == {"aws:MultiFactorAuthAge": "900"}
