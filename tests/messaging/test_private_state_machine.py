from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.messaging.private_state_machine import PrivateStateMachine
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.dependencies import dependencies, in_circles
from tests.edge.support import only

EXPRESS = stepfunctions.StateMachineType.EXPRESS
PASS = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}})


def body(definition: str = PASS) -> stepfunctions.DefinitionBody:
    return stepfunctions.DefinitionBody.from_string(definition)


def chain(start: stepfunctions.IChainable) -> stepfunctions.DefinitionBody:
    return stepfunctions.DefinitionBody.from_chainable(start)


def define(stack: cdk.Stack, **arguments: Any) -> PrivateStateMachine:
    return PrivateStateMachine(stack, "Reading", **{"definition_body": body(), **arguments})


def role_in(stack: cdk.Stack, name: str = "Role") -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def function_in(stack: cdk.Stack) -> PrivateFunction:
    key = KmsRotatedKey(stack, "FunctionKey").key
    return PrivateFunction(
        stack,
        "Triage",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
    )


def granted_to(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The statements of the policies of a role, by the beginning of its logical id."""
    return [
        statement
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        and any(one["Ref"].startswith(role) for one in resource["Properties"]["Roles"])
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    key, role = KmsRotatedKey(stack, "Key").key, role_in(stack)
    topic = AlertTopic(stack, "Oncall", emails=["oncall@clinic.example"], encryption_key=key)
    machine = define(stack, encryption_key=key, topic=topic)
    machine.grant_start_execution(role)
    machine.grant_read(role)
    other = PrivateStateMachine(stack, "Other", definition_body=body(), state_machine_type=EXPRESS, encryption_key=key)
    other.grant_start_sync_execution(role)
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    assert in_circles(dependencies(written)) == []


def test_encryption_of_history_and_logs_with_one_rotated_key(template: dict[str, Any]) -> None:
    machine, group = only(template, "AWS::StepFunctions::StateMachine"), only(template, "AWS::Logs::LogGroup")
    assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    assert machine["EncryptionConfiguration"]["KmsDataKeyReusePeriodSeconds"] == 300
    (key,) = {machine["EncryptionConfiguration"]["KmsKeyId"]["Fn::GetAtt"][0], group["KmsKeyId"]["Fn::GetAtt"][0]}
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_executions_use_the_key_for_this_machine_and_its_logs_alone(template: dict[str, Any]) -> None:
    (machine,) = (name for name, one in template["Resources"].items() if one["Type"].endswith("::StateMachine"))
    uses = {
        json.dumps(one["Action"]): one["Condition"]["StringEquals"]
        for one in granted_to(template, "ReadingRole")
        if "kms:" in json.dumps(one["Action"])
    }
    assert uses['["kms:Decrypt", "kms:GenerateDataKey"]'] == {
        "kms:EncryptionContext:aws:states:stateMachineArn": {"Ref": machine}
    }
    logs = uses['"kms:GenerateDataKey"']["kms:EncryptionContext:SourceArn"]
    assert json.dumps(logs).endswith(':logs:us-east-1:111122223333:*"]]}')


def test_log_delivery_decrypts_for_this_account_alone(template: dict[str, Any]) -> None:
    (statement,) = (
        one
        for one in only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if one["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    )
    assert statement["Action"] == "kms:Decrypt"
    (context,) = statement["Condition"]["ArnLike"].values()
    assert json.dumps(context).endswith(':logs:us-east-1:111122223333:*"]]}')


def test_audit_controls_all_events_are_logged_without_data(template: dict[str, Any]) -> None:
    logging = only(template, "AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    (group,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup")
    assert logging["Destinations"] == [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [group, "Arn"]}}}]
    kept = template["Resources"][group]
    assert (kept["Properties"]["RetentionInDays"], kept["UpdateReplacePolicy"]) == (2557, "Retain")
    # The name shares a statement of the account's policy for log delivery, and is another in each deployment.
    name = kept["Properties"]["LogGroupName"]["Fn::Join"][1]
    assert name[0] == "/aws/vendedlogs/states/Clinic-Reading-FC7EA81E-"
    assert "AWS::StackId" in json.dumps(name[1])


def test_audit_controls_traces_are_on(template: dict[str, Any]) -> None:
    assert only(template, "AWS::StepFunctions::StateMachine")["TracingConfiguration"] == {"Enabled": True}


def test_access_control_the_role_is_for_this_account_and_has_managed_policies_alone(template: dict[str, Any]) -> None:
    role = only(template, "AWS::IAM::Role")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "states.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert not {"Policies", "ManagedPolicyArns"} & set(role)
    assert {one["Type"] for one in template["Resources"].values()}.isdisjoint({"AWS::IAM::Policy"})
    on_everything = [one["Action"] for one in granted_to(template, "ReadingRole") if one["Resource"] == "*"]
    assert {action.partition(":")[0] for actions in on_everything for action in actions} == {"logs", "xray"}


def test_the_machine_waits_for_what_lets_it_log_and_has_no_name(template: dict[str, Any]) -> None:
    (machine,) = (one for one in template["Resources"].values() if one["Type"].endswith("::StateMachine"))
    assert any("Observability" in name for name in machine["DependsOn"])
    assert "StateMachineName" not in machine["Properties"]
    assert machine["Properties"]["StateMachineType"] == "STANDARD"


def test_a_function_is_called_and_none_of_its_versions(app: cdk.App, stack: cdk.Stack) -> None:
    function = function_in(stack)
    define(stack, definition_body=chain(tasks.LambdaInvoke(stack, "Ask", lambda_function=function.function)))
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    (statement,) = (one for one in granted_to(written, "ReadingRole") if one["Action"] == "lambda:InvokeFunction")
    assert statement["Resource"] == {"Fn::GetAtt": [stack.get_logical_id(function.function.node.default_child), "Arn"]}


def test_a_version_is_called_where_the_task_names_one(stack: cdk.Stack) -> None:
    version = function_in(stack).function.current_version
    define(stack, definition_body=chain(tasks.LambdaInvoke(stack, "Ask", lambda_function=version)))
    (statement,) = (
        one for one in granted_to(template_of(stack), "ReadingRole") if one["Action"] == "lambda:InvokeFunction"
    )
    assert statement["Resource"] == stack.resolve(version.function_arn)


def test_a_distributed_map_starts_executions_of_its_own_machine(app: cdk.App, stack: cdk.Stack) -> None:
    many = stepfunctions.DistributedMap(stack, "EachImage", max_concurrency=10)
    many.item_processor(stepfunctions.Pass(stack, "Look"))
    define(stack, definition_body=chain(many))
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    assert "AWS::IAM::Policy" not in {one["Type"] for one in written["Resources"].values()}
    assert in_circles(dependencies(written)) == []
    granted = granted_to(written, "ReadingRole")
    assert "states:StartExecution" in [one["Action"] for one in granted]
    assert ["states:DescribeExecution", "states:StopExecution"] in [one["Action"] for one in granted]


def test_a_task_of_kind_http_is_warned_of(stack: cdk.Stack) -> None:
    call = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True}
    define(stack, definition_body=body(json.dumps({"StartAt": "Call", "States": {"Call": call}})))
    Annotations.from_stack(stack).has_warning("/Clinic/Reading", Match.string_like_regexp("task of kind HTTP"))


def test_nothing_is_warned_of_without_one(stack: cdk.Stack) -> None:
    define(stack)
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


def test_failures_are_told(stack: cdk.Stack) -> None:
    topic = AlertTopic(stack, "Oncall", emails=["oncall@clinic.example"])
    machine = define(stack, topic=topic)
    assert set(machine.alarms) == {"Failed", "TimedOut"}
    template = Template.from_stack(stack)
    for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm",
            {
                "Namespace": "AWS/States",
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "StateMachineArn", "Value": stack.resolve(machine.state_machine.state_machine_arn)}
                ],
                "AlarmActions": [stack.resolve(topic.topic.topic_arn)],
                "Threshold": 1,
                "TreatMissingData": "notBreaching",
            },
        )


def test_nobody_is_told_without_a_topic(template: dict[str, Any], stack: cdk.Stack) -> None:
    assert "AWS::CloudWatch::Alarm" not in {one["Type"] for one in template["Resources"].values()}
    assert define(stack).alarms == {}


def test_grants_to_start_and_no_more(stack: cdk.Stack) -> None:
    define(stack).grant_start_execution(role_in(stack)).assert_success()
    (statement,) = granted_to(template_of(stack), "Role")
    assert statement["Action"] == "states:StartExecution"
    assert "Ref" in statement["Resource"]


def test_grants_to_start_and_wait_with_the_key(stack: cdk.Stack) -> None:
    machine = define(stack, state_machine_type=EXPRESS)
    machine.grant_start_sync_execution(role_in(stack)).assert_success()
    granted = granted_to(template_of(stack), "Role")
    assert [one["Action"] for one in granted] == ["states:StartSyncExecution", "kms:Decrypt"]
    assert granted[1]["Resource"] == stack.resolve(machine.encryption_key.key_arn)


def test_grants_to_read_what_executions_did_with_the_key(stack: cdk.Stack) -> None:
    machine = define(stack)
    machine.grant_read(role_in(stack)).assert_success()
    granted = {json.dumps(one["Action"]): one["Resource"] for one in granted_to(template_of(stack), "Role")}
    assert granted['["states:DescribeStateMachine", "states:ListExecutions"]'] == stack.resolve(
        machine.state_machine.state_machine_arn
    )
    executions = granted[
        '["states:DescribeExecution", "states:DescribeStateMachineForExecution", "states:GetExecutionHistory"]'
    ]
    assert executions["Fn::Join"][1][-3] == ":states:us-east-1:111122223333:execution:"
    assert granted['"kms:Decrypt"'] == stack.resolve(machine.encryption_key.key_arn)


def test_is_granted_what_its_tasks_need(stack: cdk.Stack) -> None:
    machine = define(stack)
    KmsRotatedKey(stack, "Store").grant_decrypt(machine).assert_success()
    assert [one["Action"] for one in granted_to(template_of(stack), "ReadingRole")].count("kms:Decrypt") == 1


@pytest.mark.parametrize(
    ("arguments", "path", "expected"),
    [
        ({"state_machine_type": EXPRESS}, ["StateMachineType"], "EXPRESS"),
        (
            {"kms_data_key_reuse_period_seconds": cdk.Duration.minutes(15)},
            ["EncryptionConfiguration", "KmsDataKeyReusePeriodSeconds"],
            900,
        ),
        ({"definition_substitutions": {"Bucket": "records"}}, ["DefinitionSubstitutions"], {"Bucket": "records"}),
    ],
)
def test_options(arguments: dict[str, Any], path: list[str], expected: Any, stack: cdk.Stack) -> None:
    define(stack, **arguments)
    found: Any = only(template_of(stack), "AWS::StepFunctions::StateMachine")
    for name in path:
        found = found[name]
    assert found == expected


def test_a_timeout_of_a_chain(stack: cdk.Stack) -> None:
    start = stepfunctions.Pass(stack, "Look")
    define(stack, definition_body=chain(start), timeout=cdk.Duration.hours(1))
    definition = json.loads(only(template_of(stack), "AWS::StepFunctions::StateMachine")["DefinitionString"])
    assert definition["TimeoutSeconds"] == 3600


def test_two_share_a_key_and_a_stack(app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    for name in ("First", "Second"):
        PrivateStateMachine(stack, name, definition_body=body(), encryption_key=key)
    template = template_of(stack)
    policies = only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert len([one for one in policies if "delivery.logs" in json.dumps(one["Principal"])]) == 1
    groups = [one for one in template["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    assert len({json.dumps(one["Properties"]["LogGroupName"]) for one in groups}) == 2


def test_the_evidence_lists_it_and_tells_who_reaches_it(app: cdk.App, stack: cdk.Stack) -> None:
    machine = define(stack)
    machine.grant_start_execution(role_in(stack, "Starter"))
    machine.grant_read(role_in(stack, "Reader"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    found = {one.resource.type: one for one in stores_of(read, Names(read))}
    store = found["AWS::StepFunctions::StateMachine"]
    assert (store.encryption, store.key) == ("customer_key", "Clinic/Reading/Key/Resource/Resource")
    assert store.backup == "not_applicable"
    assert store.retention == ("history of executions: 90 days",)
    (made,) = (one for one in read.templates[0].resources.values() if one.type == store.resource.type)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(made).items()}
    assert parties == {"Clinic/Starter": {"write"}, "Clinic/Reader": {"read"}}


def test_takes_a_key_and_can_be_reached(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    machine = define(stack, encryption_key=key)
    assert machine.encryption_key is key
    assert machine.grant_principal is machine.role
    assert machine.state_machine.node.path == "Clinic/Reading/Resource"
    assert machine.log_group.node.path == "Clinic/Reading/Logs/Resource"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"definition_body": PASS}, r"PrivateStateMachine\(definition_body=…\): got '\{"),
        ({"state_machine_type": "EXPRESS"}, r"PrivateStateMachine\(state_machine_type=…\): got 'EXPRESS'"),
        ({"encryption_key": "alias/x"}, r"PrivateStateMachine\(encryption_key=…\): got 'alias/x'"),
        ({"timeout": cdk.Duration.hours(1)}, "timeout: got .*a definition from a string or a file says it itself"),
        (
            {"kms_data_key_reuse_period_seconds": cdk.Duration.seconds(59)},
            "kms_data_key_reuse_period_seconds: got '59 seconds'; allowed are 60 to 900 seconds",
        ),
        (
            {"kms_data_key_reuse_period_seconds": cdk.Duration.seconds(901)},
            "kms_data_key_reuse_period_seconds: got '901 seconds'",
        ),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        define(stack, **arguments)
    assert not stack.node.children


@pytest.mark.parametrize(
    ("kind", "timeout", "message"),
    [
        (EXPRESS, cdk.Duration.minutes(6), "timeout: got '360 seconds'; an execution of a machine of type EXPRESS"),
        (
            stepfunctions.StateMachineType.STANDARD,
            cdk.Duration.days(366),
            "timeout: got '31622400 seconds'.* takes a year at most",
        ),
    ],
)
def test_refuses_a_timeout_beyond_the_type(
    kind: stepfunctions.StateMachineType, timeout: cdk.Duration, message: str, stack: cdk.Stack
) -> None:
    definition = chain(stepfunctions.Pass(stack, "Look"))
    with pytest.raises(ValueError, match=message):
        define(stack, definition_body=definition, state_machine_type=kind, timeout=timeout)


def test_refuses_grants_that_the_type_has_not(stack: cdk.Stack) -> None:
    role = role_in(stack)
    with pytest.raises(ValueError, match="grant_start_sync_execution: got 'Clinic/Reading, which is STANDARD'"):
        define(stack).grant_start_sync_execution(role)
    other = PrivateStateMachine(stack, "Other", definition_body=body(), state_machine_type=EXPRESS)
    with pytest.raises(ValueError, match="grant_read: got 'Clinic/Other, which is EXPRESS'"):
        other.grant_read(role)
