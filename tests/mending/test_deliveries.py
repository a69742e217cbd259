"""What is handed over: messages that fail, requests by load balancers, logs of workflows, and rights of functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from tests.mending.test_mend import fixed, mended, properties, resources, template, why

# ------------------------------------------------------------------------------------------------- messages that fail

FAILED = "FailedMessagesKept"
ARN = {"Fn::GetAtt": ["ItDeadLetters", "Arn"]}


def role(service: str, *statements: dict[str, Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    held = [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [*statements]}}]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            **({"Policies": held} if statements else {}),
        },
    }


def test_a_queue_gets_a_queue_for_what_fails(tmp_path: Path) -> None:
    found = mended(template("AWS::SQS::Queue"), tmp_path)
    assert f"{FAILED} It" in fixed(found)
    assert properties(found)["RedrivePolicy"] == {"deadLetterTargetArn": ARN, "maxReceiveCount": 5}
    made = properties(found, "ItDeadLetters")
    assert made["MessageRetentionPeriod"] == 1209600
    assert made["KmsMasterKeyId"] == properties(found)["KmsMasterKeyId"]
    (deny,) = properties(found, "ItDeadLettersPolicy")["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert not mended(found.text, tmp_path).changed


def test_in_json_too(tmp_path: Path) -> None:
    text = json.dumps({"Resources": {"It": {"Type": "AWS::SQS::Queue"}}}, indent=4)
    found = mended(text, tmp_path, "template.json", rules=[FAILED])
    assert fixed(found) == {f"{FAILED} It"}
    assert json.loads(found.text)["Resources"]["It"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == ARN


@pytest.mark.parametrize(("key", "expected"), [("alias/clinic", "alias/clinic"), ("alias/aws/sqs", None)])
def test_the_key_of_a_queue_is_that_of_what_fails(key: str, expected: str | None, tmp_path: Path) -> None:
    found = mended(template("AWS::SQS::Queue", {"KmsMasterKeyId": key}), tmp_path, rules=[FAILED])
    made = {"Fn::GetAtt": ["EncryptionKey", "Arn"]}
    assert properties(found, "ItDeadLetters")["KmsMasterKeyId"] == (expected or made)


def test_a_queue_that_keeps_the_order_gets_one_that_does(tmp_path: Path) -> None:
    found = mended(template("AWS::SQS::Queue", {"FifoQueue": True}), tmp_path, rules=[FAILED])
    assert properties(found, "ItDeadLetters")["FifoQueue"] is True


@pytest.mark.parametrize("kept", [True, False])
def test_the_queue_stays_if_others_do(kept: bool, tmp_path: Path) -> None:
    policies = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if kept else {}
    text = yaml.safe_dump({"Resources": {"It": {"Type": "AWS::SQS::Queue", **policies}}})
    found = mended(text, tmp_path, rules=[FAILED])
    assert fixed(found) == {f"{FAILED} It"}
    for made in ("ItDeadLetters", "ItDeadLettersPolicy"):
        assert resources(found)[made].get("DeletionPolicy") == ("Retain" if kept else None)


def test_a_topic_may_send_what_a_subscriber_did_not_take(tmp_path: Path) -> None:
    values = {"TopicArn": {"Ref": "Told"}, "Protocol": "https", "Endpoint": "https://clinic.example/told"}
    found = mended(
        template("AWS::SNS::Subscription", values, Told={"Type": "AWS::SNS::Topic"}), tmp_path, rules=[FAILED]
    )
    assert fixed(found) == {f"{FAILED} It"}
    assert properties(found)["RedrivePolicy"] == {"deadLetterTargetArn": ARN}
    sends = properties(found, "ItDeadLettersPolicy")["PolicyDocument"]["Statement"][1]
    assert sends["Principal"] == {"Service": "sns.amazonaws.com"}
    assert sends["Condition"] == {"ArnLike": {"aws:SourceArn": {"Ref": "Told"}}}
    key = properties(found, "EncryptionKey")["KeyPolicy"]["Statement"]
    assert any(one["Principal"] == {"Service": "sns.amazonaws.com"} for one in key)


@pytest.mark.parametrize(
    ("topic", "others"),
    [
        ("arn:aws:sns:us-east-1:444455556666:told", {}),
        ({"Ref": "Told"}, {"Told": {"Type": "AWS::SNS::Topic", "Properties": {"FifoTopic": True}}}),
    ],
)
def test_a_subscription_to_another_topic_is_left(topic: Any, others: Any, tmp_path: Path) -> None:
    values = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:111122223333:queue"}
    found = mended(template("AWS::SNS::Subscription", values, **others), tmp_path, rules=[FAILED])
    assert not found.changed
    assert "Whose its topic is" in why(found, FAILED)


def test_a_rule_sends_what_its_targets_did_not_take(tmp_path: Path) -> None:
    own = {"Arn": "arn:aws:sqs:us-east-1:111122223333:own"}
    targets = [
        {"Id": "A", "Arn": "arn:aws:lambda:us-east-1:111122223333:function:a"},
        {"Id": "B", "Arn": "arn:aws:lambda:us-east-1:111122223333:function:b", "DeadLetterConfig": own},
    ]
    values = {"EventPattern": {"source": ["clinic.visits"]}, "Targets": targets}
    found = mended(template("AWS::Events::Rule", values), tmp_path, rules=[FAILED])
    assert fixed(found) == {f"{FAILED} It"}
    assert [one["DeadLetterConfig"] for one in properties(found)["Targets"]] == [{"Arn": ARN}, own]
    sends = properties(found, "ItDeadLettersPolicy")["PolicyDocument"]["Statement"][1]
    assert sends["Principal"] == {"Service": "events.amazonaws.com"}


MAPPED: dict[str, Any] = {
    "Visits": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": "code", "S3Key": "code.zip"},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        },
    },
}
MAPPING = {"EventSourceArn": {"Fn::GetAtt": ["Visits", "Arn"]}, "StartingPosition": "LATEST"}


def test_a_function_may_say_at_which_records_it_failed(tmp_path: Path) -> None:
    values = {**MAPPING, "FunctionName": {"Ref": "Function"}}
    text = template("AWS::Lambda::EventSourceMapping", values, Role=role("lambda.amazonaws.com"), **MAPPED)
    found = mended(text, tmp_path, rules=[FAILED])
    assert fixed(found) == {f"{FAILED} It"}
    assert properties(found)["DestinationConfig"] == {"OnFailure": {"Destination": ARN}}
    (held,) = properties(found, "Role")["Policies"]
    assert held["PolicyDocument"]["Statement"] == [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ARN}]


def sam(event: str = "Kinesis", *, given: dict[str, Any] | None = None, **values: Any) -> str:
    told = {"StartingPosition": "LATEST", "Stream": {"Fn::GetAtt": ["Visits", "Arn"]}, **(given or {})}
    events = {"Records": {"Type": event, "Properties": told}}
    function = {"CodeUri": "s3://b/k", "Handler": "i.h", "Runtime": "python3.13", "Events": events, **values}
    made = {"Visits": MAPPED["Visits"], "It": {"Type": "AWS::Serverless::Function", "Properties": function}}
    roles = {"Role": role("lambda.amazonaws.com")} if "Role" in values else {}
    return yaml.safe_dump({"Transform": "AWS::Serverless-2016-10-31", "Resources": {**made, **roles}}, sort_keys=False)


@pytest.mark.parametrize("own", [False, True])
def test_a_function_of_sam_may_say_at_which_records_it_failed(own: bool, tmp_path: Path) -> None:
    text = sam(**({"Role": {"Fn::GetAtt": ["Role", "Arn"]}} if own else {}))
    found = mended(text, tmp_path, rules=[FAILED])
    assert fixed(found) == {f"{FAILED} ItRecords"}
    arn = {"Fn::GetAtt": ["ItRecordsDeadLetters", "Arn"]}
    (event,) = properties(found)["Events"].values()
    by_sam = {} if own else {"Type": "SQS"}
    assert event["Properties"]["DestinationConfig"] == {"OnFailure": {**by_sam, "Destination": arn}}
    if own:
        (held,) = properties(found, "Role")["Policies"]
        assert held["PolicyDocument"]["Statement"][0]["Resource"] == arn
    assert not mended(found.text, tmp_path, rules=[FAILED]).changed


def of_rule(**given: Any) -> str:
    return sam("EventBridgeRule", given={"Pattern": {"source": ["clinic.visits"]}, "EventBusName": "visits", **given})


def test_a_rule_of_sam_sends_what_the_function_did_not_take(tmp_path: Path) -> None:
    found = mended(of_rule(), tmp_path, rules=[FAILED])
    assert fixed(found) == {f"{FAILED} It", f"{FAILED} ItRecords"}
    (event,) = properties(found)["Events"].values()
    arn = {"Fn::GetAtt": ["ItRecordsDeadLetters", "Arn"]}
    assert event["Properties"]["DeadLetterConfig"] == {"Arn": arn}
    sends = properties(found, "ItRecordsDeadLettersPolicy")["PolicyDocument"]["Statement"][1]
    assert (sends["Principal"], sends["Resource"]) == ({"Service": "events.amazonaws.com"}, arn)
    assert not mended(found.text, tmp_path, rules=[FAILED]).changed


def test_a_rule_of_sam_is_left_where_deployment_decides(tmp_path: Path) -> None:
    found = mended(of_rule(DeadLetterConfig={"Ref": "Given"}), tmp_path, rules=[FAILED])
    (event,) = properties(found)["Events"].values()
    assert event["Properties"]["DeadLetterConfig"] == {"Ref": "Given"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (sam(Role="arn:aws:iam::111122223333:role/own"), "role may send"),
        (sam("MSK", given={"Topics": ["vitals"]}), "endpoint of SQS"),
        (sam(given={"DestinationConfig": {"Ref": "Given"}}), ""),
    ],
)
def test_a_function_of_sam_is_left_where_the_queue_may_not_be_reached(text: str, reason: str, tmp_path: Path) -> None:
    found = mended(text, tmp_path, rules=[FAILED])
    assert not found.changed
    assert not reason or reason in why(found, FAILED)


def test_a_function_whose_role_is_elsewhere_is_left(tmp_path: Path) -> None:
    text = template("AWS::Lambda::EventSourceMapping", {**MAPPING, "FunctionName": "elsewhere"}, **MAPPED)
    found = mended(text, tmp_path, rules=[FAILED])
    assert not found.changed
    assert "role may send" in why(found, FAILED)


# ------------------------------------------------------------------------------------------------------ load balancers

TLS = "LoadBalancerTlsRequired"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
FORWARD = [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}]
GROUP = {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup"}
BALANCER = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}


def listener(protocol: Any, port: Any, **values: Any) -> dict[str, Any]:
    shared = {"LoadBalancerArn": {"Ref": "Balancer"}, "DefaultActions": FORWARD}
    return {"Type": LISTENER, "Properties": {**shared, "Protocol": protocol, "Port": port, **values}}


def listeners(**raw: Any) -> str:
    return yaml.safe_dump({"Resources": {"Balancer": BALANCER, "Group": GROUP, **raw}}, sort_keys=False)


def test_a_load_balancer_drops_headers_that_http_does_not_allow(tmp_path: Path) -> None:
    found = mended(template(BALANCER["Type"]), tmp_path, rules=["InvalidHeadersDropped"])
    assert fixed(found) == {"InvalidHeadersDropped It"}
    assert properties(found)["LoadBalancerAttributes"] == [
        {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}
    ]


@pytest.mark.parametrize("written", [{}, {"SslPolicy": "ELBSecurityPolicy-2016-08"}])
def test_a_listener_with_a_certificate_speaks_tls_12(written: Any, tmp_path: Path) -> None:
    text = listeners(It=listener("HTTPS", 443, Certificates=[{"CertificateArn": "arn"}], **written))
    found = mended(text, tmp_path, rules=[TLS])
    assert fixed(found) == {f"{TLS} It"}
    assert properties(found)["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_http_leads_to_the_listener_that_does_the_same_by_https(tmp_path: Path) -> None:
    secure = listener("HTTPS", 8443, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    found = mended(listeners(It=listener("HTTP", 80), Secure=secure), tmp_path, rules=[TLS])
    assert fixed(found) == {f"{TLS} It"}
    redirect = {"Protocol": "HTTPS", "Port": "8443", "StatusCode": "HTTP_301"}
    assert properties(found)["DefaultActions"] == [{"Type": "redirect", "RedirectConfig": redirect}]


RULE = {
    "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
    "Properties": {"ListenerArn": {"Ref": "It"}, "Actions": FORWARD, "Conditions": [], "Priority": 1},
}


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({}, "certificate"),
        ({"Secure": listener("HTTPS", 443, DefaultActions=[{"Type": "fixed-response"}])}, "certificate"),
        ({"Secure": listener("HTTPS", 443, LoadBalancerArn={"Ref": "Other"})}, "certificate"),
        ({"Secure": {**listener("HTTPS", 443), "Condition": "Here"}}, "certificate"),
        ({"Secure": listener("HTTPS", 443), "Rule": RULE}, "certificate"),
    ],
)
def test_http_that_leads_nowhere_else_is_left(others: Any, reason: str, tmp_path: Path) -> None:
    body = yaml.safe_load(listeners(It=listener("HTTP", 80), **others))
    body["Conditions"] = {"Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
    found = mended(yaml.safe_dump(body, sort_keys=False), tmp_path, rules=[TLS])
    assert f"{TLS} It" not in fixed(found)
    assert reason in next(one.why for one in found.left if one.finding.resource_logical_id == "It")


# ------------------------------------------------------------------------------------------- workflows and their rights


def test_a_state_machine_logs_what_it_does_and_not_what_it_is_given(tmp_path: Path) -> None:
    values = {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": "{}"}
    text = template("AWS::StepFunctions::StateMachine", values, Role=role("states.amazonaws.com"))
    found = mended(text, tmp_path, rules=["ServiceLogged"])
    assert fixed(found) == {"ServiceLogged It"}
    set_ = properties(found)["LoggingConfiguration"]
    assert (set_["Level"], set_["IncludeExecutionData"]) == ("ALL", False)
    assert "logs:CreateLogDelivery" in str(properties(found, "Role")["Policies"])


def test_a_state_machine_whose_role_is_elsewhere_is_left(tmp_path: Path) -> None:
    values = {"RoleArn": "arn:aws:iam::111122223333:role/role", "DefinitionString": "{}"}
    found = mended(template("AWS::StepFunctions::StateMachine", values), tmp_path, rules=["ServiceLogged"])
    assert not found.changed


SAM_MACHINE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  It:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: it.asl.json
"""


@pytest.mark.parametrize(
    ("written", "before"),
    [
        ("", []),
        ("      Policies: AWSXRayDaemonWriteAccess\n", ["AWSXRayDaemonWriteAccess"]),
        (
            "      Policies:\n        - LambdaInvokePolicy: {FunctionName: one} # the only one\n",
            [{"LambdaInvokePolicy": {"FunctionName": "one"}}],
        ),
    ],
)
def test_a_state_machine_whose_role_sam_makes_logs_by_it(written: str, before: list[Any], tmp_path: Path) -> None:
    found = mended(f"{SAM_MACHINE}{written}", tmp_path, rules=["ServiceLogged"])
    assert fixed(found) == {"ServiceLogged It"}
    values = properties(found)
    assert "LoggingConfiguration" not in values
    assert (values["Logging"]["Level"], values["Logging"]["IncludeExecutionData"]) == ("ALL", False)
    *kept, added = values["Policies"]
    assert kept == before
    assert "logs:CreateLogDelivery" in added["Statement"][0]["Action"]
    assert ("# the only one" in found.text) is ("# the only one" in written)


def test_a_state_machine_of_sam_whose_role_or_policies_are_decided_elsewhere_is_left(tmp_path: Path) -> None:
    for written in (
        "      Role: arn:aws:iam::111122223333:role/role\n",
        "      Policies: !If [Traced, [AWSXRayDaemonWriteAccess], []]\n",
    ):
        text = f"Conditions: {{Traced: !Equals [!Ref AWS::Region, us-east-1]}}\n{SAM_MACHINE}{written}"
        assert not mended(text, tmp_path, rules=["ServiceLogged"]).changed


def test_a_state_machine_of_sam_leaves_out_what_it_is_given(tmp_path: Path) -> None:
    logs = "      Logging: {Level: ALL, IncludeExecutionData: true, Destinations: []}\n"
    found = mended(f"{SAM_MACHINE}{logs}", tmp_path, rules=["ExecutionDataNotLogged"])
    assert fixed(found) == {"ExecutionDataNotLogged It"}
    assert properties(found)["Logging"]["IncludeExecutionData"] is False
    assert "LoggingConfiguration" not in properties(found)


def test_a_state_machine_of_sam_takes_no_key_and_is_asked_for_none(tmp_path: Path) -> None:
    found = mended(SAM_MACHINE, tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert not found.changed
    assert not found.left


CLOSED = "FunctionNetworkRightsClosed"
NETWORK = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"]


def test_the_code_of_a_function_is_denied_what_lambda_needs(tmp_path: Path) -> None:
    own = role("lambda.amazonaws.com", {"Effect": "Allow", "Action": NETWORK, "Resource": "*"})
    found = mended(yaml.safe_dump({"Resources": {"It": own}}), tmp_path, rules=[CLOSED])
    assert fixed(found) == {f"{CLOSED} It"}
    allow, deny = properties(found)["Policies"][0]["PolicyDocument"]["Statement"]
    assert allow["Action"] == NETWORK
    assert (deny["Effect"], [*deny["Condition"]["ArnLike"]]) == ("Deny", ["lambda:SourceFunctionArn"])


def test_the_code_of_a_function_that_works_with_networks_keeps_its_rights(tmp_path: Path) -> None:
    actions = [*NETWORK, "ec2:DescribeInstances"]
    own = role("lambda.amazonaws.com", {"Effect": "Allow", "Action": actions, "Resource": "*"})
    found = mended(yaml.safe_dump({"Resources": {"It": own}}), tmp_path, rules=[CLOSED])
    assert not found.changed
    assert "What its code does" in why(found, CLOSED)


# --------------------------------------------------------------------------------------------------------- containers


def test_where_containers_write_nobody_guesses(tmp_path: Path) -> None:
    values = {"ContainerDefinitions": [{"Name": "app", "Image": "app:1"}]}
    text = template("AWS::ECS::TaskDefinition", values)
    found = mended(text, tmp_path, rules=["ContainerFilesReadOnly"], allow_replacement=True)
    assert not found.changed
    assert "Where its programs write" in why(found, "ContainerFilesReadOnly")


@pytest.mark.parametrize(("image", "changed"), [(":1.2", True), (":latest", False)])
def test_tags_stay_unless_the_template_moves_one(image: str, changed: bool, tmp_path: Path) -> None:
    runs = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "ContainerDefinitions": [{"Name": "app", "Image": {"Fn::Sub": f"${{It.RepositoryUri}}{image}"}}]
        },
    }
    found = mended(template("AWS::ECR::Repository", None, Runs=runs), tmp_path, rules=["ImageTagsImmutable"])
    assert found.changed is changed
    assert changed or "tag latest" in why(found, "ImageTagsImmutable")


# ------------------------------------------------------------------------------------------------------------ cfn-lint


def test_cfn_lint_takes_it(tmp_path: Path) -> None:
    messages = {"TopicArn": {"Ref": "Told"}, "Protocol": "https", "Endpoint": "https://clinic.example/told"}
    body = {
        "Resources": {
            "Jobs": {"Type": "AWS::SQS::Queue"},
            "Told": {"Type": "AWS::SNS::Topic"},
            "Tells": {"Type": "AWS::SNS::Subscription", "Properties": messages},
            "Flow": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": {"Fn::GetAtt": ["FlowRole", "Arn"]},
                    "DefinitionString": '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
                },
            },
            "FlowRole": role("states.amazonaws.com"),
            "It": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {**MAPPING, "FunctionName": {"Ref": "Function"}},
            },
            "Role": role("lambda.amazonaws.com", {"Effect": "Allow", "Action": NETWORK, "Resource": "*"}),
            **MAPPED,
        }
    }
    text = yaml.safe_dump(body, sort_keys=False)
    rules = [FAILED, "ServiceLogged", CLOSED]
    found = mended(text, tmp_path, rules=rules)
    assert {one.split()[0] for one in fixed(found)} == set(rules)
    errors = [one for one in lint(found.text, config=ManualArgs(regions=["us-east-1"])) if one.rule.id.startswith("E")]
    assert errors == []
