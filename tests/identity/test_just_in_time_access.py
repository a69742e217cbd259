from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
import boto3
import botocore.session
import pytest
from aws_cdk import aws_iam as iam
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape
from botocore.validate import validate_parameters
from moto import mock_aws
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.identity import just_in_time_runbooks as runbooks
from hipaa_constructs.identity.just_in_time_access import JustInTimeAccess
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.aws_session import session
from tests.policy_evaluator import allowed, applies, denied

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
USER = "9067d1b2-1111-2222-3333-444455556666"
RDS = "arn:aws:rds:us-east-1:333333333333"
RESTORED = [f"{RDS}:{name}" for name in ("db:records*", "og:default:*", "pg:records*", "subgrp:records*")]
RESTORE = iam.PolicyStatement(actions=["rds:RestoreDBInstanceToPointInTime"], resources=RESTORED)
EXECUTION = "arn:aws:ssm:us-east-1:111122223333:automation-execution/1"
SSM = {"iam:PassedToService": "ssm.amazonaws.com"}


def arguments(stack: cdk.Stack, **changed: Any) -> dict[str, Any]:
    people = WorkforceSource.from_accounts(["222222222222"]).principal({})
    return {
        "instance_arn": INSTANCE,
        "account_ids": ["333333333333", "444444444444"],
        "statements": [RESTORE],
        "requesters": [LeastPrivilegeRole(stack, "OnCall", assumed_by=people)],
        "approvers": [LeastPrivilegeRole(stack, "Lead", assumed_by=people)],
        "alert_topic": AlertTopic(stack, "Alerts", emails=["security@example.org"]),
        **changed,
    }


@pytest.fixture(scope="module")
def resources() -> Mapping[str, dict[str, Any]]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Identity", env=cdk.Environment(account="111122223333", region="us-east-1"))
    JustInTimeAccess(stack, "Repair", **arguments(stack))
    return template_of(stack)["Resources"]  # type: ignore[no-any-return]


def flat(value: Any) -> Any:
    """Write references as names, so that ARNs can be compared."""
    if isinstance(value, list):
        return [flat(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return value["Ref"].replace("AWS::Partition", "aws")
    if "Fn::GetAtt" in value:
        return ".".join(value["Fn::GetAtt"])
    if "Fn::Join" in value:
        return "".join(flat(value["Fn::Join"][1]))
    return {key: flat(item) for key, item in value.items()}


def named(resources: Mapping[str, dict[str, Any]], kind: str, start: str) -> tuple[str, dict[str, Any]]:
    (found,) = (
        (name, flat(resource["Properties"]))
        for name, resource in resources.items()
        if resource["Type"] == kind and re.fullmatch(f"{start}[0-9A-F]{{8}}", name)
    )
    return found


def policy(resources: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return named(resources, "AWS::IAM::ManagedPolicy", f"Repair{name}")[1]


def runbook(resources: Mapping[str, dict[str, Any]], name: str) -> tuple[str, dict[str, Any]]:
    found, properties = named(resources, "AWS::SSM::Document", f"Repair{name}")
    return found, properties["Content"]


def test_snapshot(resources: Mapping[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    assert resources == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    JustInTimeAccess(stack, "Repair", **arguments(stack))
    assert_no_findings(app, all_packs=True)


def test_has_no_findings_where_account_and_region_are_unknown(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Identity")
    JustInTimeAccess(stack, "Repair", **arguments(stack))
    assert_no_findings(app, all_packs=True)


# Who may do what


def test_requesters_start_the_request_alone(resources: Mapping[str, dict[str, Any]]) -> None:
    properties = policy(resources, "Requesters")
    documents = [properties["PolicyDocument"]]
    request, elevation = runbook(resources, "Request")[0], runbook(resources, "Elevation")[0]
    assert properties["Roles"] == [named(resources, "AWS::IAM::Role", "OnCall")[0]]
    for kind in ("document/{}", "automation-definition/{}:1"):
        arn = "arn:aws:ssm:us-east-1:111122223333:" + kind
        assert allowed(documents, "ssm:StartAutomationExecution", arn.format(request))
        assert not allowed(documents, "ssm:StartAutomationExecution", arn.format(elevation))
    assert allowed(documents, "ssm:GetAutomationExecution", EXECUTION)


@pytest.mark.parametrize("action", ["ssm:SendAutomationSignal", "ssm:StopAutomationExecution"])
def test_requesters_neither_approve_nor_stop(resources: Mapping[str, dict[str, Any]], action: str) -> None:
    assert not allowed([policy(resources, "Requesters")["PolicyDocument"]], action, EXECUTION)


def test_requesters_pass_the_role_of_the_request_alone(resources: Mapping[str, dict[str, Any]]) -> None:
    documents = [policy(resources, "Requesters")["PolicyDocument"]]
    request = runbook(resources, "Request")[1]["assumeRole"]
    elevation = runbook(resources, "Elevation")[1]["assumeRole"]
    assert allowed(documents, "iam:PassRole", request, context=SSM)
    assert not allowed(documents, "iam:PassRole", elevation, context=SSM)
    assert not allowed(documents, "iam:PassRole", request, context={"iam:PassedToService": "ec2.amazonaws.com"})


def test_the_role_of_the_request_assigns_nothing_itself(resources: Mapping[str, dict[str, Any]]) -> None:
    documents = [policy(resources, "Requesting")["PolicyDocument"]]
    name, content = runbook(resources, "Elevation")
    assert allowed(documents, "ssm:StartAutomationExecution", f"arn:aws:ssm:us-east-1:111122223333:document/{name}")
    assert allowed(documents, "iam:PassRole", content["assumeRole"], context=SSM)
    assert not allowed(documents, "sso:CreateAccountAssignment", INSTANCE)


def test_approvers_signal_but_do_not_start_or_stop(resources: Mapping[str, dict[str, Any]]) -> None:
    properties = policy(resources, "Approvers")
    documents = [properties["PolicyDocument"]]
    assert properties["Roles"] == [named(resources, "AWS::IAM::Role", "Lead")[0]]
    assert allowed(documents, "ssm:SendAutomationSignal", EXECUTION)
    assert not allowed(documents, "ssm:StartAutomationExecution", EXECUTION)
    assert not allowed(documents, "ssm:StopAutomationExecution", EXECUTION)


@pytest.mark.parametrize("action", ["sso:CreateAccountAssignment", "sso:DeleteAccountAssignment"])
def test_the_elevation_assigns_one_permission_set_in_the_given_accounts(
    resources: Mapping[str, dict[str, Any]], action: str
) -> None:
    documents = [policy(resources, "Elevating")["PolicyDocument"]]
    permission_set = named(resources, "AWS::SSO::PermissionSet", "Repair")[0]
    for arn in (INSTANCE, f"{permission_set}.PermissionSetArn", "arn:aws:sso:::account/444444444444"):
        assert allowed(documents, action, arn)
    assert not allowed(documents, action, "arn:aws:sso:::account/555555555555")
    assert not allowed(documents, "sso:CreatePermissionSet", INSTANCE)


@pytest.mark.parametrize("name", ["ElevationRole", "RequestRole"])
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"aws:SourceAccount": "999999999999"}, False),
        ({"aws:SourceArn": "arn:aws:ssm:us-east-1:111122223333:managed-instance/mi-1"}, False),
    ],
)
def test_automations_of_this_account_alone_take_the_roles(
    resources: Mapping[str, dict[str, Any]], name: str, changed: dict[str, str], expected: bool
) -> None:
    (statement,) = named(resources, "AWS::IAM::Role", f"Repair{name}")[1]["AssumeRolePolicyDocument"]["Statement"]
    context = {"aws:SourceAccount": "111122223333", "aws:SourceArn": EXECUTION, **changed}
    assert applies(statement, "sts:AssumeRole", context=context, principal="ssm.amazonaws.com") is expected


# What is granted


def test_the_permission_set_grants_what_was_asked_for(resources: Mapping[str, dict[str, Any]]) -> None:
    document = named(resources, "AWS::SSO::PermissionSet", "Repair")[1]["InlinePolicy"]
    for resource in ("db:records", "db:records-at-noon", "og:default:postgres-17", "pg:records-1", "subgrp:records-1"):
        assert allowed([document], "rds:RestoreDBInstanceToPointInTime", f"{RDS}:{resource}")


@pytest.mark.parametrize(
    "action", ["iam:CreateUser", "sts:AssumeRole", "cloudtrail:StopLogging", "cloudformation:UpdateStack"]
)
def test_an_elevation_does_nothing_that_outlasts_it(resources: Mapping[str, dict[str, Any]], action: str) -> None:
    document = named(resources, "AWS::SSO::PermissionSet", "Repair")[1]["InlinePolicy"]
    assert denied([document], action)


def test_sessions_last_an_hour(resources: Mapping[str, dict[str, Any]]) -> None:
    assert named(resources, "AWS::SSO::PermissionSet", "Repair")[1]["SessionDuration"] == "PT1H"


# What people hear


def test_every_execution_and_every_step_that_matters_is_told(resources: Mapping[str, dict[str, Any]]) -> None:
    request, elevation = runbook(resources, "Request")[0], runbook(resources, "Elevation")[0]
    executions = named(resources, "AWS::Events::Rule", "RepairExecutions")[1]
    steps = named(resources, "AWS::Events::Rule", "RepairSteps")[1]
    assert executions["EventPattern"] == {
        "source": ["aws.ssm"],
        "detail-type": ["EC2 Automation Execution Status-change Notification"],
        "detail": {"Definition": [request, elevation]},
    }
    assert steps["EventPattern"] == {
        "source": ["aws.ssm"],
        "detail-type": ["EC2 Automation Step Status-change Notification"],
        "detail": {"Definition": [elevation], "StepName": ["Approve", "Grant", "Revoke", "RevokeAgain"]},
    }
    topic = named(resources, "AWS::SNS::Topic", "Alerts")[0]
    for rule in (executions, steps):
        assert rule["State"] == "ENABLED"
        assert [target["Arn"] for target in rule["Targets"]] == [topic]


def test_the_runbook_may_tell_the_topic(resources: Mapping[str, dict[str, Any]]) -> None:
    documents = [policy(resources, "Elevating")["PolicyDocument"]]
    topic = named(resources, "AWS::SNS::Topic", "Alerts")[1]
    assert allowed(documents, "sns:Publish", named(resources, "AWS::SNS::Topic", "Alerts")[0])
    assert allowed(documents, "kms:GenerateDataKey", topic["KmsMasterKeyId"])


# The runbooks


def steps(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in content["mainSteps"]}


@pytest.mark.parametrize("name", ["Request", "Elevation"])
@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("UserId", USER, True),
        ("UserId", f"1234567890-{USER}", True),
        ("UserId", "j.doe@example.org", False),
        ("Reason", "OPS-42 restore the index", True),
        ("Reason", "because", False),
        ("Reason", "OPS-42 {{ AccountId }}", False),
        ("Reason", "x" * 201, False),
    ],
)
def test_a_person_and_a_reason_are_required(
    resources: Mapping[str, dict[str, Any]], name: str, parameter: str, value: str, expected: bool
) -> None:
    definition = runbook(resources, name)[1]["parameters"][parameter]
    assert "default" not in definition
    assert bool(re.search(definition["allowedPattern"], value)) is expected


@pytest.mark.parametrize("name", ["Request", "Elevation"])
def test_no_other_account_can_be_asked_for(resources: Mapping[str, dict[str, Any]], name: str) -> None:
    definition = runbook(resources, name)[1]["parameters"]["AccountId"]
    assert definition["allowedValues"] == ["333333333333", "444444444444"]


def test_the_request_settles_how_the_elevation_runs(resources: Mapping[str, dict[str, Any]]) -> None:
    (step,) = runbook(resources, "Request")[1]["mainSteps"]
    assert step["inputs"]["DocumentName"] == runbook(resources, "Elevation")[0]
    assert step["inputs"]["Mode"] == "Auto"
    assert set(step["inputs"]["Parameters"]) == set(runbook(resources, "Elevation")[1]["parameters"])


def test_approvers_are_named_and_asked_first(resources: Mapping[str, dict[str, Any]]) -> None:
    content = runbook(resources, "Elevation")[1]
    assert [step["name"] for step in content["mainSteps"]][:3] == ["Ask", "Approve", "Grant"]
    approve = steps(content)["Approve"]
    assert approve["inputs"]["Approvers"] == [named(resources, "AWS::IAM::Role", "Lead")[0] + ".Arn"]
    assert approve["inputs"]["MinRequiredApprovals"] == 1
    assert (approve["timeoutSeconds"], approve["onFailure"]) == (28_800, "Abort")


def test_an_elevation_lasts_an_hour_by_default(resources: Mapping[str, dict[str, Any]]) -> None:
    assert steps(runbook(resources, "Elevation")[1])["Elevated"]["inputs"] == {"Duration": "PT1H"}


def test_an_elevation_lasts_as_long_as_was_said(stack: cdk.Stack) -> None:
    JustInTimeAccess(stack, "Repair", **arguments(stack, duration=cdk.Duration.minutes(90)))
    elevated = steps(runbook(template_of(stack)["Resources"], "Elevation")[1])["Elevated"]
    assert elevated["inputs"] == {"Duration": "PT1H30M"}
    assert elevated["timeoutSeconds"] > 90 * 60


def test_an_update_replaces_the_runbooks(resources: Mapping[str, dict[str, Any]]) -> None:
    for name in ("Request", "Elevation"):
        properties = named(resources, "AWS::SSM::Document", f"Repair{name}")[1]
        assert properties["UpdateMethod"] == "Replace"
        assert "Name" not in properties


def ways(content: Mapping[str, Any], start: str) -> Iterator[list[str]]:
    """Every way from a step to an end, through success, failure and cancellation."""
    order = [step["name"] for step in content["mainSteps"]]

    def onward(way: list[str]) -> Iterator[list[str]]:
        step = steps(content)[way[-1]]
        for target in (following(order, step, outcome) for outcome in ("success", "failure", "cancellation")):
            if target is None:
                yield way
            else:
                assert target not in way, f"{way} goes round in a circle"
                yield from onward([*way, target])

    return onward([start])


def following(order: Sequence[str], step: Mapping[str, Any], outcome: str) -> str | None:
    """The next step by the rules of automation-actions.html; None at an end."""
    if outcome == "success":
        after = order.index(step["name"]) + 1
        sequel = order[after] if after < len(order) else None
        return None if step.get("isEnd") else step.get("nextStep", sequel)
    target: str = step.get("onFailure" if outcome == "failure" else "onCancel", "Abort")
    return None if target == "Abort" else target.removeprefix("step:")


@pytest.mark.parametrize("start", ["Grant", "ConfirmGranted", "Elevated"])
def test_every_way_from_a_grant_leads_over_a_revocation(resources: Mapping[str, dict[str, Any]], start: str) -> None:
    content = runbook(resources, "Elevation")[1]
    revoking = {name for name, step in steps(content).items() if step["inputs"].get("Api") == "DeleteAccountAssignment"}
    found = list(ways(content, start))
    assert len(found) > 10
    assert [way for way in found if not revoking & set(way)] == []


def test_no_cancellation_leads_to_a_sleep(resources: Mapping[str, dict[str, Any]]) -> None:
    content = runbook(resources, "Elevation")[1]
    targets = {step["onCancel"].removeprefix("step:") for step in content["mainSteps"] if "onCancel" in step}
    assert {steps(content)[target]["action"] for target in targets} == {"aws:executeAwsApi"}


def operation(inputs: Mapping[str, Any]) -> OperationModel:
    return botocore.session.get_session().get_service_model(inputs["Service"]).operation_model(inputs["Api"])


def at(shape: Shape, selector: str) -> Shape:
    for name in selector.removeprefix("$.").split("."):
        shape = shape.members[name]
    return shape


@pytest.mark.parametrize("name", ["Request", "Elevation"])
def test_every_call_is_one_that_aws_has(resources: Mapping[str, dict[str, Any]], name: str) -> None:
    calls = [step for step in runbook(resources, name)[1]["mainSteps"] if "Api" in step["inputs"]]
    assert calls
    for step in calls:
        model = operation(step["inputs"])
        own = {"Service", "Api", "PropertySelector", "DesiredValues"}
        inputs = {key: value for key, value in step["inputs"].items() if key not in own}
        # A value that comes at run time is an id, of 36 characters where AWS counts them.
        filled = json.loads(re.sub(r"\{\{ [\w.:]+ \}\}", "0" * 36, json.dumps(inputs)))
        validate_parameters(filled, model.input_shape)
        for output in step.get("outputs", []):
            assert at(model.output_shape, output["Selector"]).type_name == "string"
        if "PropertySelector" in step["inputs"]:
            selected = at(model.output_shape, step["inputs"]["PropertySelector"])
            assert set(step["inputs"]["DesiredValues"]) <= set(selected.enum)


# The elevation at work, against moto


@dataclass
class Automation:
    """Systems Manager, as far as the elevation needs it: calls go to moto, sleeping takes no time.

    ``trouble`` says for a step what happens to it, once: it fails before or after its call, or is cancelled.
    """

    content: Mapping[str, Any]
    trouble: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(
        default_factory=lambda: {
            "UserId": USER,
            "AccountId": "333333333333",
            "Reason": "OPS-42 restore",
            "RequestId": "1",
            "automation:EXECUTION_ID": "2",
            "global:REGION": "us-east-1",
        }
    )
    assigned_while_asleep: list[Any] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)

    def run(self) -> str:
        order = [step["name"] for step in self.content["mainSteps"]]
        name: str | None = order[0]
        status = "Success"
        while name is not None:
            step = steps(self.content)[name]
            self.visited.append(name)
            outcome = self._outcome(step)
            if outcome != "success":
                status = "Failed" if outcome == "failure" else "Cancelled"
            name = following(order, step, outcome)
        return status

    def _outcome(self, step: Mapping[str, Any]) -> str:
        trouble = self.trouble.pop(step["name"], "")
        if trouble != "fails before":
            try:
                self._act(step)
            except ClientError:
                return "failure"
        if not trouble:
            return "success"
        return "cancellation" if trouble == "is cancelled" else "failure"

    def _act(self, step: Mapping[str, Any]) -> None:
        inputs = {key: self._filled(value) for key, value in step["inputs"].items()}
        if step["action"] == "aws:sleep" and step["name"] == "Elevated":
            self.assigned_while_asleep = assignments()
        if "Api" not in inputs:
            return
        client = boto3.client(inputs.pop("Service"))
        selector, desired = inputs.pop("PropertySelector", None), inputs.pop("DesiredValues", None)
        answer = getattr(client, xform_name(inputs.pop("Api")))(**inputs)
        for output in step.get("outputs", []):
            self.values[f"{step['name']}.{output['Name']}"] = selected(answer, output["Selector"])
        if selector:
            assert selected(answer, selector) in desired

    def _filled(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return re.sub(r"\{\{ (.*?) \}\}", lambda found: self.values[found[1]], value)


def selected(answer: Any, selector: str) -> Any:
    for name in selector.removeprefix("$.").split("."):
        answer = answer[name]
    return answer


def assignments() -> list[Any]:
    client = boto3.client("sso-admin")
    permission_set = client.list_permission_sets(InstanceArn=INSTANCE)["PermissionSets"][0]
    found = client.list_account_assignments(
        InstanceArn=INSTANCE, AccountId="333333333333", PermissionSetArn=permission_set
    )
    return found["AccountAssignments"]  # type: ignore[no-any-return]


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, Any]]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        permission_set = boto3.client("sso-admin").create_permission_set(InstanceArn=INSTANCE, Name="Repair")
        yield runbooks.elevation(
            role_arn="arn:aws:iam::111122223333:role/Elevation",
            instance_arn=INSTANCE,
            permission_set_arn=permission_set["PermissionSet"]["PermissionSetArn"],
            account_ids=["333333333333"],
            approver_arns=["arn:aws:iam::111122223333:role/Lead"],
            topic_arn=boto3.client("sns").create_topic(Name="Alerts")["TopicArn"],
            duration=cdk.Duration.hours(1),
        )


def test_systems_manager_takes_the_document(content: Mapping[str, Any]) -> None:
    client = boto3.client("ssm")
    description = client.create_document(Content=json.dumps(content), Name="Elevation", DocumentType="Automation")
    assert description["DocumentDescription"]["SchemaVersion"] == "0.3"
    # docs.aws.amazon.com/general/latest/gr/ssm.html
    assert len(json.dumps(content)) < 64 * 1024


def test_an_approved_elevation_comes_and_goes(content: Mapping[str, Any]) -> None:
    automation = Automation(content)
    assert automation.run() == "Success"
    assert [entry["PrincipalId"] for entry in automation.assigned_while_asleep] == [USER]
    assert assignments() == []
    assert automation.visited[-1] == "Report"
    assert "Settle" not in automation.visited


@pytest.mark.parametrize("trouble", ["fails before", "is cancelled"])
@pytest.mark.parametrize("step", ["Ask", "Approve"])
def test_nothing_is_granted_without_approval(content: Mapping[str, Any], step: str, trouble: str) -> None:
    automation = Automation(content, {step: trouble})
    assert automation.run() != "Success"
    assert "Grant" not in automation.visited
    assert assignments() == []


@pytest.mark.parametrize("trouble", ["fails before", "fails after", "is cancelled"])
@pytest.mark.parametrize("step", ["Grant", "ConfirmGranted", "Elevated", "Revoke", "ConfirmRevoked", "Settle"])
def test_no_trouble_leaves_the_assignment_behind(content: Mapping[str, Any], step: str, trouble: str) -> None:
    troubles = {step: trouble} if step != "Settle" else {"Grant": "fails after", "Settle": trouble}
    automation = Automation(content, troubles)
    assert automation.run() != "Success"
    assert not troubles
    assert assignments() == []


def test_a_revocation_that_fails_twice_is_a_failure(content: Mapping[str, Any]) -> None:
    automation = Automation(content, {"Revoke": "fails before", "RevokeAgain": "fails before"})
    assert automation.run() == "Failed"
    assert automation.visited[-1] == "RevokeAgain"


# What is refused


def imported(stack: cdk.Stack, arn: str) -> iam.IRole:
    return iam.Role.from_role_arn(stack, f"Imported{len(stack.node.children)}", arn)


def allow(*actions: str, resource: str = "arn:aws:s3:::records/*", **more: Any) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=[resource], **more)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instance_arn": "ssoins-1234567890abcdef"}, "instance_arn: got 'ssoins-1234567890abcdef'"),
        ({"account_ids": []}, "account_ids: got"),
        ({"account_ids": ["33333333333"]}, "account_ids: got '33333333333'; it takes account ids"),
        ({"account_ids": ["333333333333"] * 2}, "account_ids: got '333333333333'; each account stands once"),
        ({"account_ids": ["111122223333"]}, "account_ids: got '111122223333'; it takes other accounts"),
        ({"statements": []}, "statements: got"),
        ({"statements": [allow("s3:*", resource="*")]}, "statement: got"),
        ({"statements": [allow("iam:PassRole")]}, "statements: got 'iam:PassRole'; an elevation changes no rights"),
        ({"statements": [allow("s3:GetObject", principals=[iam.AnyPrincipal()])]}, "statements: got"),
        ({"statements": [allow("s3:GetObject", resource="x" * 1000 + str(i)) for i in range(40)]}, "characters"),
        ({"requesters": []}, "requesters: got"),
        ({"approvers": []}, "approvers: got"),
        ({"duration": cdk.Duration.minutes(14)}, "duration: got '14 minutes'; allowed are 15 minutes to 8 hours"),
        ({"duration": cdk.Duration.minutes(481)}, "duration: got '481 minutes'"),
        ({"duration": cdk.Duration.minutes(cdk.Token.as_number({"Ref": "Time"}))}, "duration: got 'a token'"),
        ({"duration": 60}, r"JustInTimeAccess\(duration=…\): got 60"),
        ({"alert_topic": None}, r"JustInTimeAccess\(alert_topic=…\): got None"),
    ],
)
def test_refuses(stack: cdk.Stack, changed: dict[str, Any], message: str) -> None:
    given = arguments(stack, **changed)
    before = len(stack.node.find_all())
    with pytest.raises(ValueError, match=message):
        JustInTimeAccess(stack, "Repair", **given)
    assert len(stack.node.find_all()) == before


@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        (["rds:RestoreDBInstanceToPointInTime"], "og, pg, subgrp is not among"),
        (["rds:RestoreDBInstanceFromDBSnapshot"], "db, og, pg, subgrp alike"),
        (["rds:RestoreDBClusterToPointInTime"], "cluster, cluster-pg, og, subgrp is not among"),
        (["rds:restoredbcluster*"], "cluster, cluster-pg, og, subgrp is not among"),
    ],
)
def test_refuses_a_restore_that_rds_would_deny(stack: cdk.Stack, actions: list[str], missing: str) -> None:
    statements = [iam.PolicyStatement(actions=actions, resources=[f"{RDS}:db:records"])]
    with pytest.raises(ValueError, match=f"statements: got 'rds:Restore.*{missing}"):
        JustInTimeAccess(stack, "Repair", **arguments(stack, statements=statements))
    assert stack.node.try_find_child("Repair") is None


def test_takes_a_restore_whose_resources_stand_in_several_statements(stack: cdk.Stack) -> None:
    statements = [
        iam.PolicyStatement(actions=["rds:RestoreDBInstanceToPointInTime"], resources=[arn]) for arn in RESTORED
    ]
    JustInTimeAccess(stack, "Repair", **arguments(stack, statements=statements))


def test_takes_a_restore_of_what_is_known_only_at_deployment(stack: cdk.Stack) -> None:
    group = cdk.CfnParameter(stack, "Group").value_as_string
    statement = iam.PolicyStatement(
        actions=["rds:RestoreDBInstanceToPointInTime"], resources=[f"{RDS}:db:records", group]
    )
    JustInTimeAccess(stack, "Repair", **arguments(stack, statements=[statement]))


@pytest.mark.parametrize("argument", ["requesters", "approvers"])
@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("arn:aws:iam::999999999999:role/Lead", "started and approved in their own account"),
        (
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Lead_0123456789abcdef",
            "a role of AWS or of a permission set takes no policies",
        ),
    ],
)
def test_refuses_roles_out_of_reach(stack: cdk.Stack, argument: str, arn: str, message: str) -> None:
    given = arguments(stack, **{argument: [imported(stack, arn)]})
    with pytest.raises(ValueError, match=rf"{argument}: got '{arn}'; .*{message}"):
        JustInTimeAccess(stack, "Repair", **given)
    assert stack.node.try_find_child("Repair") is None


def test_refuses_who_would_approve_their_own_request(stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=r"approvers: got .*; who asks may not approve"):
        JustInTimeAccess(stack, "Repair", **{**given, "approvers": [*given["approvers"], *given["requesters"]]})
    assert stack.node.try_find_child("Repair") is None


def test_refuses_a_role_that_stands_twice(stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=r"approvers: got .*; each role stands once"):
        JustInTimeAccess(stack, "Repair", **{**given, "approvers": given["approvers"] * 2})
    assert stack.node.try_find_child("Repair") is None


def test_refuses_more_approvers_than_a_step_takes(stack: cdk.Stack) -> None:
    roles = [imported(stack, f"arn:aws:iam::111122223333:role/Lead{number}") for number in range(11)]
    with pytest.raises(ValueError, match="approvers: got '11 roles'; an approval step takes 10"):
        JustInTimeAccess(stack, "Repair", **arguments(stack, approvers=roles))
    assert stack.node.try_find_child("Repair") is None


def test_exposes_what_it_defines(stack: cdk.Stack) -> None:
    access = JustInTimeAccess(stack, "Repair", **arguments(stack))
    assert access.permission_set.session_duration == "PT1H"
    assert access.runbook.document_type == "Automation"
