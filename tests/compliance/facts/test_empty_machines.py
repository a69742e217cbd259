from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.classification import METADATA_KEY
from hipaa_constructs.compliance.facts.empty_machines import carries_nothing
from tests.compliance.rules.support import GIVEN, judged, verdict

HERE = {"Ref": "Subject"}


def _named(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _task(resource: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **more}


def _machine(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    definition = {"StartAt": "S0", "States": {f"S{number}": state for number, state in enumerate(found)}}
    return {"Subject": _named("AWS::StepFunctions::StateMachine", Definition=definition, **more)}


def _rule(pattern: Any = None, **given: Any) -> dict[str, Any]:
    taken = {"EventPattern": pattern} if pattern else {"ScheduleExpression": "rate(1 day)"}
    return _named("AWS::Events::Rule", Targets=[{"Id": "a", "Arn": HERE, **given}], **taken)


def _starting(service: str, action: str = "states:StartExecution") -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    statement = {"Effect": "Allow", "Action": action, "Resource": HERE}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}
    return _named("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}, Policies=[policy])


JOB = _task("glue:startJobRun.sync")
NIGHTLY = {"Rule": _rule()}
VISITS = {"source": ["clinic.visits"]}


def _carries_nothing(resources: dict[str, Any], *others: dict[str, Any], **sections: Any) -> bool:
    app = App()
    parameters = {"Parameters": {"Given": {"Type": "String"}}}
    template = app.add("t.json", {"Resources": resources, **parameters, **sections})
    for number, other in enumerate(others):
        app.add(f"{number}.json", {"Resources": other})
    return carries_nothing(template.resources["Subject"])


@pytest.mark.parametrize(
    ("starters", "expected"),
    [
        (NIGHTLY, True),
        ({"Schedule": _named("AWS::Scheduler::Schedule", Target={"Arn": HERE})}, True),
        ({"Rule": _rule({"source": ["aws.health"]})}, True),
        ({"Rule": _rule(VISITS, Input='{"job": "nightly"}')}, True),
        ({**NIGHTLY, "Role": _starting("events.amazonaws.com")}, True),
        ({**NIGHTLY, "Role": _starting("lambda.amazonaws.com", "states:DescribeExecution")}, True),
        ({**NIGHTLY, "Failed": _named("AWS::CloudWatch::Alarm", Dimensions=[{"Name": "A", "Value": HERE}])}, True),
        ({}, False),
        ({"Rule": _rule(VISITS)}, False),
        ({"Rule": _rule({"source": ["aws.s3"]})}, False),
        ({**NIGHTLY, "Role": _starting("lambda.amazonaws.com")}, False),
        ({**NIGHTLY, "Role": _starting("apigateway.amazonaws.com", "states:*")}, False),
        ({**NIGHTLY, "Code": _named("AWS::Lambda::Function", Environment={"Variables": {"MACHINE": HERE}})}, False),
        ({**NIGHTLY, "Alias": _named("AWS::StepFunctions::StateMachineVersion", StateMachineArn=HERE)}, False),
    ],
)
def test_who_starts_it(starters: dict[str, Any], expected: bool) -> None:
    assert _carries_nothing({**_machine(JOB), **starters}) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (JOB, True),
        (_task("ecs:runTask.sync", Parameters={"Cluster": "etl"}), True),
        (_task("batch:submitJob.sync"), True),
        (_task("sns:publish", Parameters={"Message.$": "$"}), True),
        (_task("aws-sdk:ec2:runInstances"), True),
        (_task("aws-sdk:rds:startExportTask"), True),
        ({"Type": "Wait", "Seconds": 5}, True),
        ({"Type": "Map", "ItemProcessor": {"StartAt": "In", "States": {"In": JOB}}}, True),
        (_task("lambda:invoke"), False),
        (_task("dynamodb:getItem"), False),
        (_task("athena:getQueryResults"), False),
        (_task("aws-sdk:rds:downloadDBLogFilePortion"), False),
        (_task("aws-sdk:rdsdata:executeStatement"), False),
        (_task("aws-sdk:s3:getObject"), False),
        (_task("http:invoke"), False),
        (_task("states:startExecution.sync:2"), False),
        (_task("ecs:runTask.waitForTaskToken"), False),
        ({"Type": "Task", "Resource": {"Fn::GetAtt": ["Code", "Arn"]}}, False),
        ({"Type": "Task", "Resource": GIVEN}, False),
        (
            {"Type": "Map", "ItemReader": {}, "ItemProcessor": {"StartAt": "In", "States": {"In": JOB}}},
            False,
        ),
        ({"Type": "Map", "ItemProcessor": {"StartAt": "In", "States": {"In": _task("lambda:invoke")}}}, False),
        ({"Type": "Parallel", "Branches": [{"StartAt": "In", "States": {"In": _task("lambda:invoke")}}]}, False),
        (GIVEN, False),
    ],
)
def test_what_its_tasks_bring(found: dict[str, Any], expected: bool) -> None:
    assert _carries_nothing({**_machine({"Type": "Pass"}, found), **NIGHTLY}) is expected


def test_a_definition_that_is_not_at_hand() -> None:
    machine = _named("AWS::StepFunctions::StateMachine", DefinitionS3Location={"Bucket": "b", "Key": "k"})
    assert not _carries_nothing({"Subject": machine, **NIGHTLY})
    machine = _named("AWS::StepFunctions::StateMachine", DefinitionString=GIVEN)
    assert not _carries_nothing({"Subject": machine, **NIGHTLY})


def test_what_another_stack_may_start() -> None:
    outputs = {"Machine": {"Value": HERE, "Export": {"Name": "machine"}}}
    stack = {**_machine(JOB), **NIGHTLY}
    assert not _carries_nothing(stack, Outputs=outputs)
    assert _carries_nothing(stack, {"Key": _named("AWS::KMS::Key")}, Outputs={"Machine": {"Value": HERE}})


def test_no_key_is_asked_for() -> None:
    module = "store_encrypted_with_customer_key"
    assert judged(module, {**_machine(JOB), **NIGHTLY}) == "not_applicable"
    assert judged(module, {**_machine(_task("lambda:invoke")), **NIGHTLY}) == "failed"
    classified = {**_machine(JOB)["Subject"], "Metadata": {METADATA_KEY: {"classification": "PHI"}}}
    assert judged(module, {"Subject": classified, **NIGHTLY}) == "failed"
    key = {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
    own = {**_machine(JOB, EncryptionConfiguration=key), **NIGHTLY, "Key": _named("AWS::KMS::Key")}
    assert judged(module, own) == "passed"


def test_it_is_no_part_of_what_is_said_of_others() -> None:
    rule = _named("AWS::Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Arn": {"Ref": "Empty"}}])
    others = {"Empty": _machine(JOB)["Subject"], "Rule": rule, "Asking": _machine(_task("lambda:invoke"))["Subject"]}
    found = verdict("store_encrypted_with_customer_key", {**_machine(_task("lambda:invoke")), **others})
    assert found is not None
    assert found.outcome == "failed"
    assert found.seen[-1] == "The same is so of Asking."
