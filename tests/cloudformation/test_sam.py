"""What AWS SAM makes of its resources, as rules see it before deployment."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipaa_constructs.cloudformation import sam_roles
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import Reference, Unknown, as_items, dig, spread
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.facts.empty_functions import handles_no_data
from hipaa_constructs.compliance.facts.empty_machines import carries_nothing
from hipaa_constructs.compliance.unread import unread
from hipaa_constructs.iam.document import policies_at

SAM = "AWS::Serverless-2016-10-31"
TODAY = datetime.date(2026, 11, 28)


def loaded(resources: dict[str, Any], **sections: Any) -> Template:
    return App().add("t.json", {"Transform": SAM, **sections, "Resources": resources})


def sam(kind: str, /, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::Serverless::{kind}", "Properties": properties}


def found(template: Template) -> set[tuple[str, str]]:
    return {(one.rule_id.rpartition("-")[2], one.resource_logical_id) for one in findings(template.app)}


def test_a_function_is_a_function_with_a_role() -> None:
    template = loaded({"Visit": sam("Function", Handler="a.b", Events={}, CodeUri="src/")})
    function, role = template.resources["Visit"], template.resources["VisitRole"]
    assert (function.type, role.type) == ("AWS::Lambda::Function", "AWS::IAM::Role")
    assert isinstance(function.get("Role"), Reference)
    assert function.get("Role").resource is role
    assert function.get("Handler") == "a.b"
    assert "Events" not in function.properties


def test_a_function_with_a_role_makes_none() -> None:
    template = loaded({"Visit": sam("Function", Role="arn:aws:iam::111122223333:role/own")})
    assert set(template.resources) == {"Visit"}


def test_globals_are_merged() -> None:
    shared = {"Environment": {"Variables": {"A": "1", "B": "1"}}, "Layers": ["x"], "Timeout": 3}
    own = sam("Function", Environment={"Variables": {"B": "2"}}, Layers=["y"], Timeout=9)
    template = loaded({"Visit": own}, Globals={"Function": shared})
    function = template.resources["Visit"]
    assert function.get("Environment.Variables") == {"A": "1", "B": "2"}
    assert function.get("Layers") == ["x", "y"]
    assert function.get("Timeout") == 9


def test_a_secret_in_globals_is_found() -> None:
    shared = {"Environment": {"Variables": {"DB_PASSWORD": "hunter2-and-more"}}}
    template = loaded({"Visit": sam("Function")}, Globals={"Function": shared})
    assert ("NoSecretsInEnvironment", "Visit") in found(template)


@pytest.mark.parametrize(
    "policies",
    [
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
        [
            {"DynamoDBCrudPolicy": {"TableName": "t"}},
            {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
        ],
        "AdministratorAccess",
        ["arn:aws:iam::aws:policy/AdministratorAccess"],
    ],
)
def test_policies_are_the_roles(policies: Any) -> None:
    template = loaded({"Visit": sam("Function", Policies=policies)})
    assert ("GrantsBounded", "VisitRole") in found(template)


_READS_ANY = {"S3ReadPolicy": {"BucketName": "*"}}
_READS_ONE = {"S3ReadPolicy": {"BucketName": {"Ref": "Records"}}}


@pytest.mark.parametrize(
    ("policies", "wide"),
    [
        ([_READS_ANY], True),
        (_READS_ANY, True),
        ([_READS_ONE], False),
        ([{**_READS_ONE, "DynamoDBCrudPolicy": {"TableName": "*"}}], True),
        ([{"SSMParameterReadPolicy": {"ParameterName": "clinic/*"}}], False),
        ([{"AWSSecretsManagerGetSecretValuePolicy": {"SecretArn": "*"}}], True),
        ([{"AWSSecretsManagerGetSecretValuePolicy": {"SecretArn": {"Ref": "Login"}}}], False),
        ([{"AWSSecretsManagerRotationPolicy": {"FunctionName": "turn"}}], False),
        ([{"Fn::If": ["Live", _READS_ANY, {"Ref": "AWS::NoValue"}]}], True),
        ([{"Fn::If": ["Live", _READS_ONE, {"Fn::If": ["Live", _READS_ONE, _READS_ANY]}]}], True),
        ([{"NoSuchPolicy": {"BucketName": "*"}}], False),
    ],
)
@pytest.mark.parametrize("kind", ["Function", "StateMachine"])
def test_a_policy_template_grants_what_it_stands_for(kind: str, policies: Any, wide: bool) -> None:
    stores = {"Records": {"Type": "AWS::S3::Bucket"}, "Login": {"Type": "AWS::SecretsManager::Secret"}}
    live = {"Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}, "Parameters": {"Stage": {}}}
    template = loaded({"Visit": sam(kind, Policies=policies), **stores}, **live)
    assert (("DataGrantsNameResources", "VisitRole") in found(template)) is wide


def test_the_bucket_that_a_policy_template_names_is_found() -> None:
    template = loaded(
        {
            "Visit": sam("Function", Policies=[{"S3WritePolicy": {"BucketName": {"Ref": "Code"}}}], CodeUri=_IN_CODE),
            "Code": {"Type": "AWS::S3::Bucket"},
        }
    )
    assert ("FetchedCodePinned", "Visit") in found(template)


_IN_CODE = {"Bucket": {"Ref": "Code"}, "Key": "visit.zip"}


def test_every_policy_template_grants_something_of_an_account() -> None:
    written = Path(sam_roles.__file__).with_name("sam_policies.json").read_text("utf-8")
    templates = json.loads(written)["policies"]
    assert len(templates) > 80
    for name, statements in templates.items():
        asked = set(re.findall(r"\$\{(\w+)\}", json.dumps(statements)))
        role = loaded({"Visit": sam("Function", Policies=[{name: dict.fromkeys(asked, "clinic")}])}).resources[
            "VisitRole"
        ]
        (policy,) = policies_at(role, "Policies[].PolicyDocument")
        assert not isinstance(policy, Unknown)
        assert len(policy) == len(statements)
        for statement in policy:
            assert all(isinstance(action, str) for action in statement.actions)
            assert all(re.match(r"\*$|arn:|clinic$", str(item)) for item in statement.resources), name


def test_a_policy_of_the_template_is_referred_to() -> None:
    template = loaded({"Visit": sam("Function", Policies=[{"Ref": "Own"}]), "Own": {"Type": "AWS::IAM::ManagedPolicy"}})
    assert template.resources["VisitRole"].get("ManagedPolicyArns")[1].resource.logical_id == "Own"


@pytest.mark.parametrize(("auth", "open_to_all"), [("NONE", True), ("AWS_IAM", False)])
def test_a_function_url(auth: str, open_to_all: bool) -> None:
    template = loaded({"Visit": sam("Function", FunctionUrlConfig={"AuthType": auth})})
    assert (("FunctionUrlAuthorized", "VisitUrl") in found(template)) is open_to_all


def _event(kind: str = "Api", **properties: Any) -> dict[str, Any]:
    return {"Get": {"Type": kind, "Properties": {"Path": "/visits", "Method": "get", **properties}}}


DEFAULT = {"DefaultAuthorizer": "Pool", "Authorizers": {"Pool": {"UserPoolArn": "arn"}}}


@pytest.mark.parametrize(
    ("event", "auth", "open_to_all"),
    [
        (_event(), {}, True),
        (_event(), DEFAULT, False),
        (_event(Auth={"Authorizer": "NONE"}), DEFAULT, True),
        (_event(Auth={"Authorizer": "AWS_IAM"}), {}, False),
        (_event(Auth={"ApiKeyRequired": True}), {}, True),
        (_event(RestApiId={"Ref": "Other"}), {}, False),
    ],
)
def test_the_implicit_api(event: dict[str, Any], auth: dict[str, Any], open_to_all: bool) -> None:
    template = loaded({"Visit": sam("Function", Events=event)}, Globals={"Api": {"Auth": auth}})
    assert (("ApiAuthorized", "ServerlessRestApi") in found(template)) is open_to_all
    assert ("ServerlessRestApiProdStage" in template.resources) is (event != _event(RestApiId={"Ref": "Other"}))


@pytest.mark.parametrize(
    ("kind", "event", "name", "stage"),
    [
        ("Api", _event(RestApiId={"Ref": "Front"}), "StageName", "FrontliveStage"),
        ("HttpApi", _event("HttpApi", ApiId={"Ref": "Front"}), "StageName", "FrontliveStage"),
    ],
)
def test_an_api_has_a_stage_and_the_methods_of_its_events(
    kind: str, event: dict[str, Any], name: str, stage: str
) -> None:
    template = loaded({"Front": sam(kind, **{name: "live"}), "Visit": sam("Function", Events=event)})
    assert {("ApiAuthorized", "Front"), ("ApiAccessLogged", stage)} <= found(template)
    closed = loaded({"Front": sam(kind, StageName="live", Auth=DEFAULT), "Visit": sam("Function", Events=event)})
    assert ("ApiAuthorized", "Front") not in found(closed)


@pytest.mark.parametrize(
    ("given", "open_to_old_tls"),
    [({}, True), ({"DisableExecuteApiEndpoint": True}, False), ({"SecurityPolicy": "TLS_1_2"}, False)],
)
def test_the_own_address_of_an_api(given: dict[str, Any], open_to_old_tls: bool) -> None:
    template = loaded({"Front": sam("Api", StageName="live", **given)})
    assert (("EndpointTlsMinimum", "Front") in found(template)) is open_to_old_tls


def test_the_default_stage_of_an_http_api() -> None:
    template = loaded({"Visit": sam("Function", Events=_event("HttpApi"))})
    assert template.resources["ServerlessHttpApiApiGatewayDefaultStage"].get("StageName") == "$default"


def test_an_own_definition_is_judged() -> None:
    paths: dict[str, Any] = {"/visits": {"get": {}}}
    template = loaded({"Front": sam("Api", StageName="live", DefinitionBody={"paths": paths})})
    assert ("ApiAuthorized", "Front") in found(template)
    secured = loaded({"Front": sam("Api", StageName="live", DefinitionBody={"paths": paths}, Auth=DEFAULT)})
    assert ("ApiAuthorized", "Front") not in found(secured)
    elsewhere = loaded({"Front": sam("Api", StageName="live", DefinitionUri="api.yaml")})
    (one,) = (one for one in findings(elsewhere.app) if one.rule_id.endswith("ApiAuthorized"))
    assert one.outcome == "unknown"


DENIED = {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
ENDPOINT = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}


@pytest.mark.parametrize(
    ("policy", "limited"),
    [
        ({"SourceVpcWhitelist": ["vpce-1"]}, True),
        ({"SourceVpcWhitelist": ["vpc-1"]}, True),
        ({"IntrinsicVpceWhitelist": [{"Ref": "Endpoint"}]}, True),
        ({"IntrinsicVpcWhitelist": [{"Ref": "Network"}], "AwsAccountWhitelist": ["111122223333"]}, True),
        ({"CustomStatements": [DENIED | {"Condition": ENDPOINT}, DENIED | {"Effect": "Allow"}]}, True),
        (
            {"CustomStatements": DENIED | {"Effect": "Allow", "Condition": {"StringEquals": {"aws:SourceVpc": "v"}}}},
            True,
        ),
        ({"SourceVpcBlacklist": ["vpce-1"]}, False),
        ({"IpRangeWhitelist": ["10.0.0.0/8"]}, False),
        ({"AwsAccountWhitelist": ["111122223333"]}, False),
        ({"CustomStatements": [DENIED | {"Effect": "Allow"}]}, False),
        ({"SourceVpcWhitelist": ["no id"]}, False),
        ({}, False),
    ],
)
def test_a_resource_policy_stands_in_the_definition(policy: dict[str, Any], limited: bool) -> None:
    private = {"StageName": "live", "EndpointConfiguration": {"Type": "PRIVATE"}}
    template = loaded({"Front": sam("Api", **private, Auth={"ResourcePolicy": policy})})
    assert (("PrivateApiLimited", "Front") in found(template)) is not limited


def test_a_resource_policy_of_an_event_is_about_its_path() -> None:
    event = _event(
        RestApiId={"Ref": "Front"}, Auth={"ResourcePolicy": {"IntrinsicVpceWhitelist": [{"Ref": "Endpoint"}]}}
    )
    private = sam("Api", StageName="live", EndpointConfiguration="PRIVATE")
    template = loaded({"Front": private, "Visit": sam("Function", Events=event)})
    written = template.resources["Front"].raw["Properties"]["Body"]["x-amazon-apigateway-policy"]["Statement"]
    assert {statement["Resource"] for statement in written} == {"execute-api:/*/*/visits"}
    assert ("PrivateApiLimited", "Front") not in found(template)


def test_a_definition_keeps_its_own_policy_beside_that_of_sam() -> None:
    definition = {"paths": {}, "x-amazon-apigateway-policy": {"Statement": [DENIED]}}
    api = sam(
        "Api", StageName="live", DefinitionBody=definition, Auth={"ResourcePolicy": {"IpRangeBlacklist": ["::/0"]}}
    )
    written = loaded({"Front": api}).resources["Front"].raw["Properties"]["Body"]["x-amazon-apigateway-policy"]
    assert [statement["Effect"] for statement in written["Statement"]] == ["Deny", "Allow", "Deny"]


def test_a_table_keeps_what_stands_beside_its_properties() -> None:
    kept = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}, "Tags": {"backup": "daily"}}
    table = sam("SimpleTable", **kept)
    template = loaded({"Visits": {**table, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}})
    judged = found(template)
    assert template.resources["Visits"].tags() == {"backup": "daily"}
    assert ("DeletionProtected", "Visits") in judged
    assert ("PointInTimeRecovery", "Visits") not in judged
    assert ("RetainedOnDelete", "Visits") not in judged


def test_what_a_macro_makes_beside_these_is_said_to_be_unseen() -> None:
    template = loaded({"Graph": sam("GraphQLApi")})
    assert template.resources["Graph"].type == "AWS::Serverless::GraphQLApi"
    (finding,) = unread(template.app)
    assert finding.message == "AWS SAM makes resources of Graph at deployment, unseen by the rules."


def test_a_connector_within_a_resource_is_said_to_be_unseen() -> None:
    to_table = {"Properties": {"Destination": {"Id": "Visits"}, "Permissions": ["Read", "Write"]}}
    function = {**sam("Function", Handler="intake.handler"), "Connectors": {"ToVisits": to_table}}
    plain = {"Type": "AWS::SNS::Topic", "Connectors": {"ToIntake": {"Properties": {"Destination": {"Id": "Intake"}}}}}
    template = loaded({"Intake": function, "Visits": sam("SimpleTable"), "Booked": plain})
    connector = template.resources["IntakeToVisits"]
    assert (connector.type, connector.get("Source.Id")) == ("AWS::Serverless::Connector", "Intake")
    (finding,) = unread(template.app)
    assert "IntakeToVisits" in finding.message
    assert "BookedToIntake" in finding.message


def test_a_state_machine_has_a_role() -> None:
    logged = {"Level": "ALL", "IncludeExecutionData": True}
    reading = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    template = loaded({"Flow": sam("StateMachine", Logging=logged, Policies=[reading], DefinitionUri="flow.json")})
    flow, role = template.resources["Flow"], template.resources["FlowRole"]
    assert flow.type == "AWS::StepFunctions::StateMachine"
    assert flow.get("LoggingConfiguration.Level") == "ALL"
    assert flow.get("RoleArn") == Reference(role, "Arn")
    trusted = "AssumeRolePolicyDocument.Statement.0.Principal.Service"
    assert (role.get("ManagedPolicyArns"), role.get(trusted)) == ([], ["states.amazonaws.com"])
    assert ("DataGrantsNameResources", "FlowRole") in found(template)
    assert set(loaded({"Flow": sam("StateMachine", Role="arn:aws:iam::111122223333:role/own")}).resources) == {"Flow"}


def test_an_application_is_a_nested_stack() -> None:
    repository = {"ApplicationId": "arn:aws:serverlessrepo:us-east-1:1:applications/a", "SemanticVersion": "1.0.0"}
    template = loaded({"Alerts": sam("Application", Location=repository), "Own": sam("Application", Location="a.yaml")})
    assert {one.type for one in template.resources.values()} == {"AWS::CloudFormation::Stack"}
    (finding,) = unread(template.app)
    assert finding.message.startswith("The templates of 2 nested stacks are not at hand")


def test_an_application_at_hand_is_followed(tmp_path: Path) -> None:
    own = {"Type": "AWS::Serverless::Application", "Properties": {"Location": "inner.json"}}
    (tmp_path / "outer.json").write_text(json.dumps({"Transform": SAM, "Resources": {"Inner": own}}))
    (tmp_path / "inner.json").write_text(json.dumps({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}))
    app = load([tmp_path])
    assert [template.use for template in app.templates if template.parent] == [f"Inner of {tmp_path}/outer.json"]
    assert not unread(app)


def test_what_is_written_out_is_not_said_to_be_unseen() -> None:
    template = loaded({"Records": sam("SimpleTable"), "Tools": sam("LayerVersion", ContentUri="tools/")})
    assert not unread(template.app)


def test_without_the_transform_nothing_is_made() -> None:
    template = App().add("t.json", {"Resources": {"Visit": sam("Function")}})
    assert set(template.resources) == {"Visit"}


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["Auth", "DefinitionBody", "Environment", "Events", "FunctionUrlConfig", "Policies", "PrimaryKey", "Tags"]
)


@given(
    kind=st.sampled_from(["Api", "Function", "HttpApi", "SimpleTable"]),
    properties=st.dictionaries(_KEYS, _JSON, max_size=4) | _JSON,
    shared=_JSON,
)
@settings(max_examples=80)
def test_no_template_is_too_odd(kind: str, properties: Any, shared: Any) -> None:
    resource = {"Type": f"AWS::Serverless::{kind}", "Properties": properties}
    template = loaded({"Odd": resource}, Globals={kind: shared})
    assert "Odd" in template.resources
    assert not [one for one in findings(template.app) if "could not read" in one.message]


def test_events_that_invoke_a_function_become_what_invokes_it() -> None:
    events = {
        "Arrivals": {"Type": "S3", "Properties": {"Bucket": {"Ref": "Scans"}, "Events": "s3:ObjectCreated:*"}},
        "Orders": {"Type": "SNS", "Properties": {"Topic": {"Ref": "Topic"}}},
        "Visits": {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["laboratory"]}}},
        "Results": {"Type": "Kinesis", "Properties": {"Stream": {"Fn::GetAtt": ["Stream", "Arn"]}}},
    }
    queue = {"Type": "SQS", "TargetArn": "arn:aws:sqs:us-east-1:111122223333:failed"}
    beside = {"Scans": "AWS::S3::Bucket", "Topic": "AWS::SNS::Topic", "Stream": "AWS::Kinesis::Stream"}
    template = loaded(
        {
            **{name: {"Type": kind} for name, kind in beside.items()},
            "Intake": sam("Function", Events=events),
            "Kept": sam("Function", Events=events, DeadLetterQueue=queue),
            "Sent": sam(
                "Function",
                Events=events,
                EventInvokeConfig={"DestinationConfig": {"OnFailure": {"Destination": queue["TargetArn"]}}},
            ),
        }
    )
    bucket = template.resources["Scans"]
    told = bucket.get("NotificationConfiguration.LambdaConfigurations")
    assert [str(one["Function"]) for one in told] == ["${Intake.Arn}", "${Kept.Arn}", "${Sent.Arn}"]
    kinds = {name: template.resources[f"Intake{name}"].type for name in ("Orders", "Visits", "Results")}
    assert kinds == {
        "Orders": "AWS::SNS::Subscription",
        "Visits": "AWS::Events::Rule",
        "Results": "AWS::Lambda::EventSourceMapping",
    }
    failed = {name for rule, name in found(template) if rule == "FailedMessagesKept"}
    assert {"Intake", "IntakeOrders", "IntakeVisits", "IntakeResults"} <= failed
    assert not {"Kept", "Sent"} & failed


def _invoked(kind: str, **properties: Any) -> Template:
    event = {"Come": {"Type": kind, "Properties": properties}}
    return loaded({"Intake": sam("Function", Events=event), "Pool": {"Type": "AWS::Cognito::UserPool"}})


def test_a_rule_of_iot_calls_the_function() -> None:
    template = _invoked("IoTRule", Sql="SELECT * FROM 'beds/+'", AwsIotSqlVersion="2016-03-23")
    payload = template.resources["IntakeCome"].get("TopicRulePayload")
    assert (dig(payload, "Sql"), dig(payload, "AwsIotSqlVersion")) == ("SELECT * FROM 'beds/+'", "2016-03-23")
    (action,) = as_items(dig(payload, "Actions"))
    assert dig(action, "Lambda.FunctionArn").resource is template.resources["Intake"]
    permission = template.resources["IntakeComePermission"]
    assert permission.get("Principal") == "iot.amazonaws.com"
    assert str(permission.get("SourceArn")).endswith(":rule/${IntakeCome}")
    (told,) = (one for one in assess(template.app, today=TODAY).open if one.rule_id.endswith("-FailedMessagesKept"))
    assert told.resource_logical_id == "Intake"
    assert "So is it with IntakeCome, which calls it" in told.message
    assert "The event IoTRule of AWS SAM takes no error action" in told.fix
    assert "TopicRulePayload.ErrorAction: " not in told.fix


@pytest.mark.parametrize(
    ("given", "state"), [({}, None), ({"Enabled": False}, "DISABLED"), ({"Enabled": True}, "ENABLED")]
)
def test_a_schedule_is_a_rule(given: dict[str, Any], state: str | None) -> None:
    template = _invoked("Schedule", Schedule="rate(1 day)", Input="{}", **given)
    rule = template.resources["IntakeCome"]
    assert (rule.get("ScheduleExpression"), rule.get("State")) == ("rate(1 day)", state)
    (target,) = as_items(rule.get("Targets"))
    assert dig(target, "Arn").resource is template.resources["Intake"]
    assert dig(target, "Input") == "{}"
    assert template.resources["IntakeComePermission"].get("SourceArn").resource is rule


@pytest.mark.parametrize("own", [False, True])
def test_a_schedule_of_the_scheduler_has_a_role(own: bool) -> None:
    queue, role = "arn:aws:sqs:us-east-1:111122223333:failed", "arn:aws:iam::111122223333:role/own"
    given = {"RoleArn": role} if own else {}
    template = _invoked("ScheduleV2", ScheduleExpression="rate(1 day)", DeadLetterConfig={"Arn": queue}, **given)
    schedule = template.resources["IntakeCome"]
    assert schedule.type == "AWS::Scheduler::Schedule"
    assert schedule.get("Target.DeadLetterConfig.Arn") == queue
    assert ("IntakeComeRole" in template.resources) is not own
    if own:
        assert schedule.get("Target.RoleArn") == role
        return
    made = template.resources["IntakeComeRole"]
    assert schedule.get("Target.RoleArn").resource is made
    actions = [
        action
        for policy in policies_at(made, "Policies[].PolicyDocument")
        if not isinstance(policy, Unknown)
        for statement in policy
        for action in statement.actions
    ]
    assert actions == ["lambda:InvokeFunction", "sqs:SendMessage"]


def test_a_function_of_a_schedule_alone_is_read_as_such() -> None:
    """What comes by the clock brings no data, so that a function which only logs needs no queue for what fails."""
    template = _invoked("Schedule", Schedule="rate(1 day)")
    assert handles_no_data(template.resources["Intake"])
    assert not handles_no_data(_invoked("IoTRule", Sql="SELECT * FROM 'beds/+'").resources["Intake"])


def _started(kind: str, **properties: Any) -> Template:
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    events = {"Come": {"Type": kind, "Properties": properties}}
    return loaded({"Flow": sam("StateMachine", Definition=definition, Events=events)})


@pytest.mark.parametrize(
    ("kind", "properties", "path", "empty"),
    [
        ("Schedule", {"Schedule": "rate(1 day)"}, "Targets[]", True),
        ("ScheduleV2", {"ScheduleExpression": "rate(1 day)"}, "Target", True),
        ("EventBridgeRule", {"Pattern": {"source": ["aws.ecs"]}, "InputPath": "$.detail"}, "Targets[]", True),
        ("CloudWatchEvent", {"Pattern": {"source": ["laboratory"]}}, "Targets[]", False),
    ],
)
def test_what_starts_a_state_machine_has_a_role(kind: str, properties: Any, path: str, empty: bool) -> None:
    """What its executions carry comes with what starts it."""
    template = _started(kind, **properties)
    machine, role = template.resources["Flow"], template.resources["FlowComeRole"]
    (target,) = spread(template.resources["FlowCome"].properties, path)
    assert (dig(target, "Arn").resource, dig(target, "RoleArn").resource) == (machine, role)
    (policy,) = policies_at(role, "Policies[].PolicyDocument")
    (statement,) = policy if not isinstance(policy, Unknown) else ()
    assert (statement.actions, statement.resources[0].resource) == (["states:StartExecution"], machine)
    assert carries_nothing(machine) is empty
    given = _started(kind, **properties, RoleArn="arn:aws:iam::111122223333:role/own")
    assert "FlowComeRole" not in given.resources


def test_a_role_that_sam_makes_is_asked_for_no_condition() -> None:
    template = _invoked("ScheduleV2", ScheduleExpression="rate(1 day)")
    assert "IntakeComeRole" in template.resources
    assert not [one for one in findings(template.app) if one.rule_id.endswith("-ServicesActForAccount")]


@pytest.mark.parametrize("own", [False, True])
def test_a_topic_may_hand_on_by_a_queue(own: bool) -> None:
    mine = {"QueueArn": {"Fn::GetAtt": ["Mine", "Arn"]}, "QueueUrl": {"Ref": "Mine"}}
    event = {"Type": "SNS", "Properties": {"Topic": {"Ref": "Topic"}, "SqsSubscription": mine if own else True}}
    beside = {"Topic": {"Type": "AWS::SNS::Topic"}, "Mine": {"Type": "AWS::SQS::Queue"}}
    template = loaded({"Intake": sam("Function", Events={"Come": event}), **beside})
    made = template.resources
    queue = made["Mine" if own else "IntakeComeQueue"]
    assert ("IntakeComeQueue" in made) is not own
    assert (made["IntakeCome"].get("Protocol"), made["IntakeCome"].get("Endpoint").resource) == ("sqs", queue)
    mapping = made["IntakeComeEventSourceMapping"]
    assert (mapping.get("EventSourceArn").resource, mapping.get("FunctionName").resource) == (queue, made["Intake"])
    (policy,) = as_items(made["IntakeComeQueuePolicy"].get("Queues"))
    assert policy.resource is queue
    # What fails stays in the queue.
    assert ("FailedMessagesKept", "Intake") not in found(template)


def test_what_a_log_group_gets_goes_to_the_function() -> None:
    template = _invoked("CloudWatchLogs", LogGroupName="/visits", FilterPattern="ERROR")
    taken = template.resources["IntakeCome"]
    assert taken.type == "AWS::Logs::SubscriptionFilter"
    assert (taken.get("LogGroupName"), taken.get("FilterPattern")) == ("/visits", "ERROR")
    assert taken.get("DestinationArn").resource is template.resources["Intake"]
    permission = template.resources["IntakeComePermission"]
    assert permission.get("Principal") == "logs.amazonaws.com"
    assert str(permission.get("SourceArn")).endswith(":log-group:/visits:*")


@pytest.mark.parametrize(("trigger", "open_to_all"), [("PreSignUp", False), (["PostConfirmation"], True)])
def test_a_trigger_stands_in_its_user_pool(trigger: Any, open_to_all: bool) -> None:
    template = _invoked("Cognito", UserPool={"Ref": "Pool"}, Trigger=trigger)
    (name,) = [trigger] if isinstance(trigger, str) else trigger
    assert template.resources["Pool"].get(f"LambdaConfig.{name}").resource is template.resources["Intake"]
    assert (("UserPoolSignUpClosed", "Pool") in found(template)) is open_to_all


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("s3://releases/intake/code.zip", {"S3Bucket": "releases", "S3Key": "intake/code.zip"}),
        ({"Bucket": "releases", "Key": "a.zip"}, {"S3Bucket": "releases", "S3Key": "a.zip"}),
        (
            {"Bucket": "releases", "Key": "a.zip", "Version": "1"},
            {"S3Bucket": "releases", "S3Key": "a.zip", "S3ObjectVersion": "1"},
        ),
        ("src/", {}),
    ],
)
def test_code_that_lies_in_s3(uri: Any, code: dict[str, Any]) -> None:
    template = loaded({"Visit": sam("Function", Handler="a.b", CodeUri=uri)})
    assert template.resources["Visit"].get("Code") == code


@pytest.mark.parametrize("kind", ["Function", "StateMachine"])
@pytest.mark.parametrize(
    ("policies", "names"),
    [
        ([{"KinesisStreamPolicy": {"StreamName": "vitals"}}], ["KinesisStreamPolicy"]),
        ({"KinesisStreamPolicy": {"StreamName": "vitals"}}, ["KinesisStreamPolicy"]),
        ([{"Fn::If": ["Streams", {"KinesisStreamPolicy": {}}, {"Ref": "AWS::NoValue"}]}], ["KinesisStreamPolicy"]),
        ([{"KinesisStreamReadPolicy": {"StreamName": "vitals"}}], []),
        (["AmazonS3ReadOnlyAccess", {"Ref": "Own"}, {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/X"}], []),
        ([{"Version": "2012-10-17", "Statement": []}], []),
        ([], []),
    ],
)
def test_a_policy_template_that_sam_lacks_is_told(kind: str, policies: Any, names: list[str]) -> None:
    template = loaded({"It": sam(kind, Policies=policies), "Own": {"Type": "AWS::IAM::ManagedPolicy"}})
    found = [one for one in unread(template.app) if "policy template" in one.message]
    assert [one.outcome for one in found] == ["unknown"] * len(names)
    assert all(name in one.message for name, one in zip(names, found, strict=True))


def test_policies_beside_a_role_are_not_read_by_sam_either() -> None:
    role = "arn:aws:iam::111122223333:role/vitals"
    template = loaded({"It": sam("Function", Role=role, Policies=[{"KinesisStreamPolicy": {}}])})
    assert not unread(template.app)


@pytest.mark.parametrize(
    ("preference", "alarms"),
    [
        ({"Type": "AllAtOnce", "Alarms": [{"Ref": "Late"}]}, ["${Late}"]),
        ({"Alarms": {"Fn::If": ["Watched", ["late"], [{"Ref": "AWS::NoValue"}]]}}, ["late"]),
        ({"Type": "AllAtOnce"}, []),
    ],
)
def test_a_preference_for_deployments_becomes_a_group_with_its_alarms(preference: Any, alarms: Any) -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "late"}}
    function = sam("Function", AutoPublishAlias="live", DeploymentPreference=preference)
    always = {"Watched": {"Fn::Equals": ["a", "a"]}}
    group = loaded({"Visit": function, "Late": alarm}, Conditions=always).resources["VisitDeploymentGroup"]
    assert group.type == "AWS::CodeDeploy::DeploymentGroup"
    names = [str(dig(one, "Name")) for one in as_items(group.get("AlarmConfiguration.Alarms"))]
    assert names == alarms


@pytest.mark.parametrize("given", [{"AutoPublishAlias": "live"}, {"DeploymentPreference": {"Alarms": ["late"]}}])
def test_a_function_whose_versions_are_not_brought_out_has_no_group(given: dict[str, Any]) -> None:
    assert "VisitDeploymentGroup" not in loaded({"Visit": sam("Function", **given)}).resources
    off = sam("Function", AutoPublishAlias="live", DeploymentPreference={"Enabled": False, "Alarms": ["late"]})
    assert "VisitDeploymentGroup" not in loaded({"Visit": off}).resources
