from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, SEVERAL, SUBNETS, judged, one, rule, to_do

NO_VALUE = {"Ref": "AWS::NoValue"}
NO_PHI = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]


def _edge(behavior: str) -> dict[str, Any]:
    associated: Any = {"LambdaFunctionAssociations": [{"LambdaFunctionARN": {"Ref": "Version"}}]}
    config = {behavior: [associated] if behavior == "CacheBehaviors" else associated}
    return {
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Subject"}}},
        "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
    }


ROLE = {"Fn::GetAtt": ["Role", "Arn"]}


def _role(service: Any) -> dict[str, Any]:
    services = ["lambda.amazonaws.com", service]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": ["subnet-1"]}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": []}), "failed"),
        (one("AWS::Lambda::Function"), "failed"),
        (one("AWS::Lambda::Function", VpcConfig=GIVEN), "unknown"),
        (one("AWS::Lambda::Function") | _edge("DefaultCacheBehavior"), "not_applicable"),
        (one("AWS::Lambda::Function") | _edge("CacheBehaviors"), "not_applicable"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": SUBNETS}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": SEVERAL}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": {"Fn::Split": [",", GIVEN]}}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": GIVEN}), "unknown"),
        (one("AWS::Lambda::Function", Role=ROLE) | _role("edgelambda.amazonaws.com"), "not_applicable"),
        (one("AWS::Lambda::Function", Role=ROLE) | _role("lambda.amazonaws.com"), "failed"),
        (one("AWS::Lambda::Function", Role=ROLE) | _role(GIVEN), "failed"),
        (one("AWS::Lambda::Function", Role=GIVEN) | _role("edgelambda.amazonaws.com"), "failed"),
        (one("AWS::Lambda::Function", Tags=NO_PHI), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_in_vpc", resources) == expected


CUSTOM = {"Custom": {"Type": "Custom::Filler", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Subject", "Arn"]}}}}


def _caller(kind: str, path: str) -> dict[str, Any]:
    return {"Caller": {"Type": kind, "Properties": {path: {"Ref": "Subject"}}}}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (CUSTOM, "not_applicable"),
        ({"Custom": CUSTOM["Custom"] | {"Type": "AWS::CloudFormation::CustomResource"}}, "not_applicable"),
        (CUSTOM | _caller("AWS::Lambda::Permission", "FunctionName"), "failed"),
        (CUSTOM | _caller("AWS::Lambda::EventSourceMapping", "FunctionName"), "failed"),
        (CUSTOM | _caller("AWS::Lambda::Url", "TargetFunctionArn"), "failed"),
        (_caller("AWS::Lambda::Permission", "FunctionName"), "failed"),
    ],
)
def test_functions_of_custom_resources_alone_see_no_data(others: dict[str, Any], expected: str) -> None:
    assert judged("function_in_vpc", one("AWS::Lambda::Function") | others) == expected


def _of_role(*actions: str, services: Any = "lambda.amazonaws.com", **more: Any) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}] if actions else []
    own = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": policies, **more}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": own}}


SUBJECT = {"Fn::GetAtt": ["Subject", "Arn"]}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def _called(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Caller": {"Type": kind, "Properties": properties}}


def _by_rule(pattern: Any = None, **given: Any) -> dict[str, Any]:
    taken = {"EventPattern": pattern} if pattern else {"ScheduleExpression": "rate(1 day)"}
    return _called("AWS::Events::Rule", Targets=[{"Id": "a", "Arn": SUBJECT, **given}], **taken)


def _authorizing(kind: str) -> dict[str, Any]:
    return _called("AWS::ApiGateway::Authorizer", Type=kind, AuthorizerUri={"Fn::Sub": "x/${Subject.Arn}/y"})


URL = {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": SUBJECT}}
NIGHTLY = _by_rule()


def _let(service: str) -> dict[str, Any]:
    permission = {"FunctionName": SUBJECT, "Principal": f"{service}.amazonaws.com"}
    return {"Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission}}


STARTS = _of_role("ecs:RunTask", "iam:PassRole", "logs:PutLogEvents", ManagedPolicyArns=[BASIC])


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (NIGHTLY | _let("events") | STARTS, "not_applicable"),
        (NIGHTLY | _of_role("logs:*", "ec2:Describe*", "ses:SendEmail"), "failed"),
        (NIGHTLY | _of_role("logs:CreateLogStream", "ec2:Describe*", "ses:SendEmail"), "not_applicable"),
        (NIGHTLY | _of_role(ManagedPolicyArns=[BASIC]), "not_applicable"),
        (_by_rule({"source": ["aws.health"]}) | STARTS, "not_applicable"),
        (_by_rule({"source": ["clinic.visits"]}, Input="{}") | STARTS, "not_applicable"),
        (
            _authorizing("TOKEN") | STARTS,
            "not_applicable",
        ),
        (_authorizing("TOKEN") | _let("apigateway") | STARTS, "not_applicable"),
        # Data may come to it.
        (NIGHTLY | _let("apigateway") | STARTS, "failed"),
        (NIGHTLY | _let("s3") | STARTS, "failed"),
        (STARTS, "failed"),
        (_let("events") | STARTS, "failed"),
        (_by_rule({"source": ["clinic.visits"]}) | STARTS, "failed"),
        (_by_rule({"source": ["aws.s3"]}) | STARTS, "failed"),
        (
            NIGHTLY | STARTS | {"Url": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": SUBJECT}}},
            "failed",
        ),
        (_called("AWS::Lambda::EventSourceMapping", FunctionName=SUBJECT) | STARTS, "failed"),
        (
            _authorizing("REQUEST") | STARTS,
            "failed",
        ),
        (_called("AWS::SNS::Subscription", TopicArn={"Ref": "Topic"}, Endpoint=SUBJECT) | STARTS, "failed"),
        (NIGHTLY | _of_role("s3:GetObject"), "failed"),
        (NIGHTLY | _of_role("secretsmanager:GetSecretValue"), "failed"),
        (NIGHTLY | _of_role("lambda:InvokeFunction"), "failed"),
        (NIGHTLY | _of_role("ec2:*"), "failed"),
        (NIGHTLY | _of_role("*"), "failed"),
        (NIGHTLY | _of_role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]), "failed"),
        (NIGHTLY | _of_role(ManagedPolicyArns=[GIVEN]), "failed"),
        (NIGHTLY | _of_role(services=["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]), "failed"),
        (NIGHTLY, "failed"),
    ],
)
def test_functions_that_no_data_comes_to(others: dict[str, Any], expected: str) -> None:
    assert judged("function_in_vpc", one("AWS::Lambda::Function", Role=ROLE) | others) == expected


def test_what_is_given_the_name_of_a_database_is_to_reach_it() -> None:
    database = {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {}}}
    variables = {"Variables": {"HOST": {"Fn::GetAtt": ["Db", "Endpoint.Address"]}}}
    function = one("AWS::Lambda::Function", Role=ROLE, Environment=variables)
    assert judged("function_in_vpc", function | NIGHTLY | STARTS | database) == "failed"


# --------------------------------------------------------------------------------------------- said once a template

FUNCTION: dict[str, Any] = {"Type": "AWS::Lambda::Function", "Properties": {}}
VPC: dict[str, Any] = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
ONE = "VpcConfig is not set, so the function runs outside any VPC."
NO_NETWORK = "the app has none; AWS's conformance pack for HIPAA counts each (lambda-inside-vpc)"
ALONE = f"{ONE.removesuffix('.')}, and {NO_NETWORK}."
NONE_THERE = "none of them names anything that is in one"


def _functions(number: int) -> dict[str, Any]:
    return {f"F{index}": FUNCTION for index in range(number)}


def _told(*bodies: dict[str, Any]) -> list[tuple[str, str]]:
    """Return of each finding in an app of these templates the resource and the message."""
    app = App()
    for number, body in enumerate(bodies):
        app.add(f"{number}.json", body)
    found = [result.finding() for result in evaluate(app, [rule("function_in_vpc")])]
    return [(one.resource_logical_id, one.message) for one in found if one]


def _all(number: int, names: str) -> str:
    return f"VpcConfig is not set: {number} functions ({names}) run outside any VPC, and {NO_NETWORK}."


def test_an_app_without_a_network_is_told_once_a_template() -> None:
    assert _told({"Resources": _functions(12)}) == [("F0", _all(12, "F0, F1, F2 and 9 more"))]
    assert _told({"Resources": _functions(2)}, {"Resources": _functions(3)}) == [
        ("F0", _all(2, "F0, F1")),
        ("F0", _all(3, "F0, F1, F2")),
    ]
    assert _told({"Resources": _functions(1)}) == [("F0", ALONE)]


@pytest.mark.parametrize(
    "network",
    [
        {"Resources": {"Vpc": VPC}},
        {"Resources": {"Vpc": VPC | {"Condition": "Costly"}}, "Conditions": {"Costly": {"Fn::Equals": [GIVEN, "a"]}}},
        {"Parameters": {"Network": {"Type": "AWS::EC2::VPC::Id"}}},
        {"Parameters": {"Network": {"Type": "List<AWS::EC2::Subnet::Id>"}}},
        {"Parameters": {"Network": {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"}}},
        {"Resources": one("AWS::RDS::DBSubnetGroup", SubnetIds=["subnet-1"])},
        {"Resources": one("AWS::RDS::DBInstance", DBSubnetGroupName=GIVEN)},
        {"Resources": one("AWS::ECS::Service", NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": GIVEN}})},
        {"Resources": one("AWS::AutoScaling::AutoScalingGroup", VPCZoneIdentifier=["subnet-1"])},
        {"Resources": one("AWS::EC2::SecurityGroup", VpcId={"Fn::ImportValue": "vpc"})},
        {"Resources": one("AWS::CloudFormation::Stack", TemplateURL="a", Parameters={"PrivateSubnet1": GIVEN})},
        {"Resources": one("AWS::Lambda::Function", VpcConfig={"SubnetIds": {"Fn::If": ["In", ["subnet-1"], []]}})},
        {"Resources": one("AWS::Lambda::Function", VpcConfig={"Fn::If": ["In", {"SubnetIds": SUBNETS}, NO_VALUE]})},
        {"Resources": one("AWS::Lambda::Function", VpcConfig=GIVEN)},
    ],
)
def test_where_there_is_a_network_those_that_name_nothing_in_it_are_told_once(network: dict[str, Any]) -> None:
    own = {"Parameters": {"Given": {"Type": "String"}}, "Conditions": {"In": {"Fn::Equals": [GIVEN, "in"]}}}
    both = {key: {**own.get(key, {}), **network.get(key, {})} for key in ("Parameters", "Conditions", "Resources")}
    alike = {**both, "Resources": {**both["Resources"], **_functions(2)}}
    # Also where another stack has it.
    for bodies in ([alike], [{"Resources": _functions(2)}, {"Resources": {}, **both}]):
        told = _told(*bodies)
        assert "F1" not in dict(told)
        assert sum(NONE_THERE in message for _, message in told) == 1


ATTACHMENT = {
    "Type": "AWS::SecretsManager::SecretTargetAttachment",
    "Properties": {"SecretId": {"Ref": "Login"}, "TargetId": {"Ref": "Db"}},
}


@pytest.mark.parametrize(
    ("given", "alone"),
    [
        ({"Fn::GetAtt": ["Db", "Endpoint.Address"]}, True),
        ({"Fn::Sub": "postgresql://${Db.Endpoint.Address}/visits"}, True),
        ({"Ref": "Login"}, True),
        ({"Ref": "Attached"}, True),
        ({"Ref": "Table"}, False),
        ({"Ref": "Token"}, False),
    ],
)
def test_a_function_that_names_something_in_the_network_is_told_by_itself(given: Any, alone: bool) -> None:
    stores = {
        "Vpc": VPC,
        "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {}},
        "Login": {"Type": "AWS::SecretsManager::Secret", "Properties": {}},
        "Token": {"Type": "AWS::SecretsManager::Secret", "Properties": {}},
        "Attached": ATTACHMENT,
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
    }
    named = one("AWS::Lambda::Function", Environment={"Variables": {"STORE": given}})
    told = dict(_told({"Resources": _functions(2) | named | stores}))
    assert told.get("Subject") == (ONE if alone else None)
    assert ("(F0, F1)" if alone else "(F0, F1, Subject)") in told["F0"]


@pytest.mark.parametrize(
    "properties",
    [
        {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}},
        {"VpcConfig": NO_VALUE},
        {"VpcConfig": {"SubnetIds": NO_VALUE}},
        {"VpcConfig": {"Fn::If": ["In", NO_VALUE, NO_VALUE]}},
        {"Environment": {"Variables": {"TABLE": "visits"}}},
    ],
)
def test_what_names_no_network_is_none(properties: dict[str, Any]) -> None:
    body = {
        "Parameters": {"Given": {"Type": "String"}},
        "Conditions": {"In": {"Fn::Equals": [GIVEN, "in"]}},
        "Resources": {**_functions(2), **one("AWS::Lambda::Function", **properties)},
    }
    assert _told(body) == [("F0", _all(3, "F0, F1, Subject"))]


def test_a_policy_about_subnets_is_no_network() -> None:
    allowed = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"StringLike": {"ec2:Subnet": "*"}}}
    policy = one("AWS::IAM::Policy", PolicyDocument={"Statement": [allowed]})
    assert _told({"Resources": policy | _functions(2)}) == [("F0", _all(2, "F0, F1"))]


def test_sam_and_its_globals() -> None:
    made = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a.b", "Runtime": "python3.13"}}
    body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": made, "B": made}}
    assert _told(body) == [("A", _all(2, "A, B"))]
    given = {"Function": {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}}
    assert _told({**body, "Globals": given}) == []


def test_those_that_have_no_part_in_it_are_neither_first_nor_counted() -> None:
    edge = {"Edge": {"Type": "AWS::Lambda::Function", "Properties": {"Role": ROLE}}} | _role("edgelambda.amazonaws.com")
    serving = {
        "Serving": FUNCTION,
        "Custom": {"Type": "Custom::It", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Serving", "Arn"]}}},
    }
    harmless = {"Harmless": {"Type": "AWS::Lambda::Function", "Properties": {"Tags": NO_PHI}}}
    # CDK's own are told by a notice, by their kind.
    helper = {
        "Helper": {**FUNCTION, "Metadata": {"aws:cdk:path": "S/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/Resource"}}
    }
    assert _told({"Resources": edge | serving | harmless | _functions(3)}) == [("F0", _all(3, "F0, F1, F2"))]
    assert _told({"Resources": helper | _functions(2)}) == [("Helper", ONE), ("F0", _all(2, "F0, F1"))]
    assert _told({"Resources": helper | _functions(1)}) == [("Helper", ONE), ("F0", ALONE)]


def test_the_first_is_there_whatever_conditions_come_to() -> None:
    body = {
        "Parameters": {"Given": {"Type": "String"}},
        "Conditions": {"May": {"Fn::Equals": [GIVEN, "a"]}, "Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Never": FUNCTION | {"Condition": "Never"},
            "Perhaps": FUNCTION | {"Condition": "May"},
            **_functions(2),
        },
    }
    assert _told(body) == [("F0", _all(3, "Perhaps, F0, F1"))]


def test_functions_on_conditions_alone_are_told_by_the_first_that_is_there() -> None:
    names = [f"C{number}" for number in range(12)]
    conditions = {name: {"Fn::Equals": [{"Ref": name}, "yes"]} for name in names}
    body = {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Conditions": conditions,
        "Resources": {f"F{number}": FUNCTION | {"Condition": "C0"} for number in range(5)},
    }
    assert _told(body) == [("F0", _all(5, "F0, F1, F2 and 2 more"))]
    body["Resources"] = {f"F{number}": FUNCTION | {"Condition": name} for number, name in enumerate(names)}
    told = _told(body)
    assert [name for name, _ in told] == [f"F{number}" for number in range(12)]
    assert told[0][1] == _all(12, "F0, F1, F2 and 9 more")
    assert told[1][1].endswith("(when C1 is yes and C0 is not yes).")


def test_the_others_say_which_one_speaks_for_them() -> None:
    app = App()
    app.add("a.json", {"Resources": _functions(3)})
    results = list(evaluate(app, [rule("function_in_vpc")]))
    assert [result.verdict.outcome.value for result in results] == ["failed", "not_applicable", "not_applicable"]
    assert [result.verdict.said_of for result in results] == [None, results[0].resource, results[0].resource]


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({}, "Without a NAT gateway or endpoints in that VPC"),
        ({"Vpc": {"Type": "AWS::EC2::VPC"}}, "The app has neither a NAT gateway nor endpoints"),
        ({"Vpc": {"Type": "AWS::EC2::VPC"}, "Nat": {"Type": "AWS::EC2::NatGateway"}}, ""),
        ({"Vpc": {"Type": "AWS::EC2::VPC"}, "Logs": {"Type": "AWS::EC2::VPCEndpoint"}}, ""),
    ],
)
@pytest.mark.parametrize("in_cdk", [False, True])
def test_the_fix_says_what_a_function_reaches_there(network: dict[str, Any], said: str, in_cdk: bool) -> None:
    told = to_do("function_in_vpc", one("AWS::Lambda::Function") | network, in_cdk=in_cdk)
    assert ("NAT gateway" in told) == bool(said)
    assert said in told
