"""What stands beside a resource: firewalls, parameter groups, the role of API Gateway, and what moves a function."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no type information
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.mending.groups import _CODE
from tests.mending.test_mend import fixed, mended, properties, resources, template, why

# ---------------------------------------------------------------------------------------------------- parameter groups


def database(engine: str, version: Any, **values: Any) -> str:
    return template("AWS::RDS::DBInstance", {"Engine": engine, "EngineVersion": version, **values})


TLS = "DatabaseTlsRequired"


@pytest.mark.parametrize(
    ("engine", "version", "family", "parameters"),
    [
        ("postgres", "13.4", "postgres13", {"rds.force_ssl": "1"}),
        ("postgres", 13.4, "postgres13", {"rds.force_ssl": "1"}),
        ("mysql", "8.0.35", "mysql8.0", {"require_secure_transport": "1"}),
        ("mariadb", "10.6.14", "mariadb10.6", {"require_secure_transport": "1"}),
        ("sqlserver-se", "15.00.4073.23.v1", "sqlserver-se-15.0", {"rds.force_ssl": "1"}),
    ],
)
def test_a_database_gets_a_parameter_group(
    engine: str, version: Any, family: str, parameters: dict[str, str], tmp_path: Path
) -> None:
    found = mended(database(engine, version), tmp_path, rules=[TLS])
    assert fixed(found) == {f"{TLS} It"}
    assert properties(found)["DBParameterGroupName"] == {"Ref": "ItParameters"}
    group = properties(found, "ItParameters")
    assert (group["Family"], group["Parameters"]) == (family, parameters)


@pytest.mark.parametrize(
    ("version", "family"),
    [("8.0.mysql_aurora.3.04.0", "aurora-mysql8.0"), ("5.7.mysql_aurora.2.11.2", "aurora-mysql5.7")],
)
def test_a_cluster_gets_a_parameter_group_of_clusters(version: str, family: str, tmp_path: Path) -> None:
    values = {"Engine": "aurora-mysql", "EngineVersion": version}
    found = mended(template("AWS::RDS::DBCluster", values), tmp_path, rules=[TLS, "DatabaseActivityLogged"])
    assert fixed(found) == {f"{TLS} It", "DatabaseActivityLogged It"}
    assert found.added == ["ItParameters"]
    assert resources(found)["ItParameters"]["Type"] == "AWS::RDS::DBClusterParameterGroup"
    group = properties(found, "ItParameters")
    assert group["Family"] == family
    assert group["Parameters"]["require_secure_transport"] == "ON"
    assert group["Parameters"]["server_audit_logging"] == "1"


def test_a_parameter_group_that_is_there_is_used(tmp_path: Path) -> None:
    own = {
        "Type": "AWS::RDS::DBParameterGroup",
        "Properties": {
            "Description": "Own",
            "Family": "postgres13",
            "Parameters": {"shared_preload_libraries": "pg_cron", "log_connections": "0"},
        },
    }
    values = {"Engine": "postgres", "EngineVersion": "13.4", "DBParameterGroupName": {"Ref": "Own"}}
    text = template("AWS::RDS::DBInstance", values, Own=own)
    found = mended(text, tmp_path, rules=["DatabaseActivityLogged"])
    assert found.added == []
    assert properties(found, "Own")["Parameters"] == {
        "shared_preload_libraries": "pg_cron,pgaudit",
        "log_connections": "1",
        "log_disconnections": "1",
        "pgaudit.log": "ddl,role,write",
    }


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"Engine": "postgres", "EngineVersion": "13.4", "DBParameterGroupName": "shared"}, "not in the template"),
        ({"Engine": "postgres"}, "no version of the engine"),
        ({"Engine": "postgres", "EngineVersion": {"Ref": "AWS::Region"}}, "A parameter"),
        ({"Engine": "mysql", "EngineVersion": "5.6.41"}, "no parameter for it"),
        ({"Engine": "mysql", "EngineVersion": "8"}, "no version of the engine"),
    ],
)
def test_a_database_whose_parameters_nobody_tells_is_left(values: dict[str, Any], reason: str, tmp_path: Path) -> None:
    found = mended(template("AWS::RDS::DBInstance", values), tmp_path, rules=[TLS])
    assert not found.changed
    assert reason in why(found, TLS)


def test_aurora_serverless_of_the_first_kind_keeps_its_parameters(tmp_path: Path) -> None:
    values = {"Engine": "aurora-postgresql", "EngineVersion": "13.9", "EngineMode": "serverless"}
    found = mended(template("AWS::RDS::DBCluster", values), tmp_path, rules=[TLS])
    assert not found.changed


@pytest.mark.parametrize(
    ("engine", "there", "exported"),
    [
        ("postgres", None, ["postgresql", "upgrade"]),
        ("mysql", ["error"], ["error", "audit", "general", "slowquery"]),
        ("sqlserver-ex", None, ["error"]),
    ],
)
def test_a_database_delivers_its_logs(engine: str, there: Any, exported: list[str], tmp_path: Path) -> None:
    values = {} if there is None else {"EnableCloudwatchLogsExports": there}
    found = mended(database(engine, "1.0", **values), tmp_path, rules=["DatabaseLogsExported"])
    assert properties(found)["EnableCloudwatchLogsExports"] == exported


def test_with_log_ins_by_iam_those_that_were_denied_are_delivered_too(tmp_path: Path) -> None:
    values = {"Engine": "aurora-postgresql", "EnableIAMDatabaseAuthentication": True}
    found = mended(template("AWS::RDS::DBCluster", values), tmp_path, rules=["DatabaseLogsExported"])
    assert properties(found)["EnableCloudwatchLogsExports"] == ["postgresql", "iam-db-auth-error"]


def test_logs_that_a_parameter_chooses_are_left(tmp_path: Path) -> None:
    text = database("postgres", "13.4", EnableCloudwatchLogsExports={"Ref": "AWS::NoValue"})
    found = mended(text, tmp_path, rules=["DatabaseLogsExported"])
    assert not found.changed
    assert "decides" in why(found, "DatabaseLogsExported")


MONITORED = "ResourceUseMonitored"


def test_databases_are_monitored_by_one_role(tmp_path: Path) -> None:
    other = {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mysql", "MonitoringInterval": 0}}
    text = template("AWS::RDS::DBInstance", {"Engine": "postgres"}, Other=other)
    found = mended(text, tmp_path, rules=[MONITORED])
    assert fixed(found) == {f"{MONITORED} It"}
    assert found.added == ["DatabaseMonitoringRole"]
    for name in ("It", "Other"):
        assert properties(found, name)["MonitoringInterval"] == 60
        assert properties(found, name)["MonitoringRoleArn"] == {"Fn::GetAtt": ["DatabaseMonitoringRole", "Arn"]}


def test_a_role_that_a_database_names_stays(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111122223333:role/monitoring"
    values = {"Engine": "postgres", "MonitoringInterval": 0, "MonitoringRoleArn": arn}
    found = mended(template("AWS::RDS::DBInstance", values), tmp_path, rules=[MONITORED])
    assert found.added == []
    assert properties(found) == {**values, "MonitoringInterval": 60}


def test_an_interval_that_a_parameter_chooses_is_left(tmp_path: Path) -> None:
    values = {"Engine": "postgres", "MonitoringInterval": {"Fn::If": ["Is", 0, 0]}}
    found = mended(template("AWS::RDS::DBInstance", values), tmp_path, rules=[MONITORED])
    assert not found.changed


def test_a_cluster_of_containers_is_measured(tmp_path: Path) -> None:
    found = mended(template("AWS::ECS::Cluster", {"ClusterName": "clinic"}), tmp_path, rules=[MONITORED])
    assert properties(found)["ClusterSettings"] == [{"Name": "containerInsights", "Value": "enabled"}]


# ----------------------------------------------------------------------------------------------------------- firewalls


def behind(*names: str) -> str:
    balancer = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {}}
    return yaml.safe_dump({"Resources": dict.fromkeys(names, balancer)}, sort_keys=False)


def test_load_balancers_share_one_firewall_with_its_log(tmp_path: Path) -> None:
    found = mended(behind("It", "Other"), tmp_path, rules=["LoadBalancerWafAttached"])
    assert fixed(found) == {"LoadBalancerWafAttached It", "LoadBalancerWafAttached Other"}
    assert found.added == [
        "WebFirewall",
        "WebFirewallLogs",
        "EncryptionKey",
        "WebFirewallLogging",
        "ItFirewall",
        "OtherFirewall",
    ]
    rules = properties(found, "WebFirewall")["Rules"]
    blocking = [rule["Name"] for rule in rules if "None" in rule["OverrideAction"]]
    assert blocking == ["AmazonIpReputationList", "KnownBadInputsRuleSet"]
    name = properties(found, "WebFirewallLogs")["LogGroupName"]["Fn::Join"]
    assert name[1][0] == "aws-waf-logs"
    again = mended(found.text, tmp_path, rules=["LoadBalancerWafAttached"])
    assert not again.changed


def test_a_firewall_that_is_there_already_serves_the_next_too(tmp_path: Path) -> None:
    first = mended(behind("It"), tmp_path, rules=["LoadBalancerWafAttached"])
    body = parse(first.text, "", [])
    body["Resources"]["Other"] = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {}}
    found = mended(json.dumps(body), tmp_path, rules=["LoadBalancerWafAttached"])
    assert found.added == ["OtherFirewall"]


def api(**others: Any) -> str:
    rest = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}}
    return yaml.safe_dump({"Resources": {"Api": rest, **others}}, sort_keys=False)


STAGE: dict[str, Any] = {
    "Type": "AWS::ApiGateway::Stage",
    "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
}
DEPLOYMENT: dict[str, Any] = {"Type": "AWS::ApiGateway::Deployment", "Properties": STAGE["Properties"]}


@pytest.mark.parametrize(("raw", "end"), [(STAGE, "${It}"), (DEPLOYMENT, "prod")])
def test_a_stage_gets_the_firewall(raw: Any, end: str, tmp_path: Path) -> None:
    found = mended(api(It=raw), tmp_path, rules=["EdgeWafAttached"])
    assert fixed(found) == {"EdgeWafAttached It"}
    arn = properties(found, "ItFirewall")["ResourceArn"]["Fn::Sub"]
    assert arn == f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/restapis/${{Api}}/stages/{end}"
    assert resources(found)["ItFirewall"].get("DependsOn") == (None if raw is STAGE else "It")


def test_a_stage_of_an_api_elsewhere_is_left(tmp_path: Path) -> None:
    elsewhere = {"Type": STAGE["Type"], "Properties": {"RestApiId": "a1b2c3", "StageName": "prod"}}
    found = mended(api(It=elsewhere), tmp_path, rules=["EdgeWafAttached"])
    assert not found.changed


SAM = "AWS::Serverless-2016-10-31"
EVENT = {"Type": "Api", "Properties": {"Path": "/a", "Method": "get"}}
FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"CodeUri": "s3://b/k", "Handler": "i.h", "Runtime": "python3.13", "Events": {"Get": EVENT}},
}


@pytest.mark.parametrize("made", [True, False])
def test_a_stage_that_sam_makes_gets_the_firewall(made: bool, tmp_path: Path) -> None:
    rest = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod"}}
    text = yaml.safe_dump({"Transform": SAM, "Resources": {"It": FUNCTION if made else rest}}, sort_keys=False)
    found = mended(text, tmp_path, rules=["EdgeWafAttached"])
    assert len(found.fixed) == 1
    stage = "ServerlessRestApiProdStage" if made else "ItprodStage"
    assert resources(found)[f"{stage}Firewall"]["DependsOn"] == stage
    arn = properties(found, f"{stage}Firewall")["ResourceArn"]["Fn::Sub"]
    assert arn.endswith("${ServerlessRestApi}/stages/Prod" if made else "${It}/stages/prod")


def test_a_stage_of_sam_whose_id_nobody_can_tell_is_left(tmp_path: Path) -> None:
    rest = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod-1"}}
    text = yaml.safe_dump({"Transform": SAM, "Resources": {"It": rest}}, sort_keys=False)
    assert not mended(text, tmp_path, rules=["EdgeWafAttached"]).changed


# ------------------------------------------------------------------------------------------------------- logs of APIs

LOGGED = ["ApiAccessLogged", "ApiExecutionLogged"]


@pytest.mark.parametrize("raw", [STAGE, DEPLOYMENT])
def test_a_stage_logs_once_the_account_has_a_role_for_it(raw: Any, tmp_path: Path) -> None:
    found = mended(api(It=raw), tmp_path, rules=LOGGED)
    assert fixed(found) == {"ApiAccessLogged It", "ApiExecutionLogged It"}
    stage = properties(found) if raw is STAGE else properties(found)["StageDescription"]
    assert stage["MethodSettings"] == [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"}]
    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["ItAccessLogs", "Arn"]}
    assert resources(found)["It"]["DependsOn"] == "ApiLogsAccount"
    assert resources(found)["ItAccessLogs"]["DependsOn"] == "ApiLogsAccount"
    for kept in ("ApiLogsRole", "ApiLogsAccount"):
        assert resources(found)[kept]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize(
    ("raw", "setting"),
    [
        (STAGE, "AccessLogSetting"),
        ({"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"StageName": "live"}}, "AccessLogSettings"),
    ],
)
def test_a_stage_that_logs_to_a_group_of_no_one_is_left(raw: Any, setting: str, tmp_path: Path) -> None:
    arn = {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:records"}
    stage = {"Type": raw["Type"], "Properties": {**raw["Properties"], setting: {"DestinationArn": arn}}}
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "records-live"}}
    found = mended(api(It=stage, Group=group), tmp_path, rules=["ApiAccessLogged"])
    assert not found.changed
    assert "only its owner knows" in why(found, "ApiAccessLogged")


def test_bodies_stay_out_of_the_logs_of_a_stage_that_a_deployment_makes(tmp_path: Path) -> None:
    settings = [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "INFO", "DataTraceEnabled": True}]
    described = {"MethodSettings": settings, "DataTraceEnabled": True}
    made = {"Type": DEPLOYMENT["Type"], "Properties": {**DEPLOYMENT["Properties"], "StageDescription": described}}
    found = mended(api(It=made), tmp_path, rules=["ApiBodiesNotLogged"])
    assert fixed(found) == {"ApiBodiesNotLogged It"}
    stage = properties(found)["StageDescription"]
    assert stage == {"MethodSettings": [{**settings[0], "DataTraceEnabled": False}], "DataTraceEnabled": False}


def test_the_role_of_the_account_that_is_there_is_used(tmp_path: Path) -> None:
    account = {"Type": "AWS::ApiGateway::Account", "Properties": {"CloudWatchRoleArn": "arn:aws:iam::1:role/logs"}}
    settings = [{"HttpMethod": "GET", "ResourcePath": "/a", "LoggingLevel": "OFF", "MetricsEnabled": True}]
    stage = {"Type": STAGE["Type"], "Properties": {**STAGE["Properties"], "MethodSettings": settings}}
    found = mended(api(It=stage, Account=account), tmp_path, rules=["ApiExecutionLogged"])
    assert found.added == []
    assert resources(found)["It"]["DependsOn"] == "Account"
    assert [one["LoggingLevel"] for one in properties(found)["MethodSettings"]] == ["ERROR", "ERROR"]


def test_the_role_with_which_apis_log_stays(tmp_path: Path) -> None:
    account = {
        "Type": "AWS::ApiGateway::Account",
        "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "Type": "AWS::IAM::Role",
        "DeletionPolicy": "RetainExceptOnCreate",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
    }
    found = mended(yaml.safe_dump({"Resources": {"It": account, "Role": role}}), tmp_path, rules=["ApiLoggingKept"])
    assert fixed(found) == {"ApiLoggingKept It"}
    assert resources(found)["Role"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources(found)["Role"]["UpdateReplacePolicy"] == "Retain"


def conditional(*conditions: str | None) -> str:
    buckets = {
        f"Bucket{number}": {"Type": "AWS::S3::Bucket", **({"Condition": one} if one else {})}
        for number, one in enumerate(conditions)
    }
    given = {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    return yaml.safe_dump({"Conditions": {"Here": given}, "Resources": buckets}, sort_keys=False)


@pytest.mark.parametrize(
    ("conditions", "expected"), [(("Here", "Here"), "Here"), (("Here", None), None), ((None, "Here"), None)]
)
def test_the_bucket_for_logs_is_made_on_the_condition_of_what_logs_there(
    conditions: tuple[str | None, ...], expected: str | None, tmp_path: Path
) -> None:
    found = mended(conditional(*conditions), tmp_path, rules=["BucketAccessLogged"])
    assert len(found.fixed) == 2
    for made in ("AccessLogs", "AccessLogsPolicy"):
        assert resources(found)[made].get("Condition") == expected


def test_the_api_of_a_function_logs_by_globals(tmp_path: Path) -> None:
    text = yaml.safe_dump({"Transform": SAM, "Resources": {"It": FUNCTION}}, sort_keys=False)
    found = mended(text, tmp_path, rules=LOGGED)
    assert len(found.fixed) == 2
    shared = parse(found.text, "", [])["Globals"]["Api"]
    assert set(shared) == {"AccessLogSetting", "MethodSettings"}
    group = next(name for name in found.added if name.endswith("AccessLogs"))
    assert resources(found)[group]["DependsOn"] == "ApiLogsAccount"


def test_an_api_of_sam_logs_by_its_own_properties(tmp_path: Path) -> None:
    rest = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod"}}
    text = yaml.safe_dump({"Transform": SAM, "Resources": {"It": rest}}, sort_keys=False)
    found = mended(text, tmp_path, rules=LOGGED)
    assert len(found.fixed) == 2
    assert set(properties(found)) == {"StageName", "AccessLogSetting", "MethodSettings"}
    assert resources(found)["It"]["DependsOn"] == "ApiLogsAccount"


# ------------------------------------------------------------------------------------------------------------ runtimes


def inline(code: Any, runtime: str = "python3.7", **values: Any) -> str:
    role = "arn:aws:iam::111122223333:role/role"
    named = {"Handler": "index.handler", "Role": role, "Runtime": runtime, "Code": {"ZipFile": code}, **values}
    return template("AWS::Lambda::Function", named)


CODE = "import json, boto3\nimport cfnresponse\n\ndef handler(event, context):\n    print(json.dumps(event))\n"


@pytest.mark.parametrize(
    "code",
    [
        CODE,
        {"Fn::Sub": CODE + "    print('${AWS::Region}')\n"},
        {"Fn::Join": ["\n", ["import os", "def handler(event, context):", "    return os.environ"]]},
        {"Fn::Join": ["", ["def handler(event, context):\n    return '", {"Ref": "AWS::Region"}, "'"]]},
    ],
)
def test_code_in_the_template_that_runs_on_all_runtimes_is_moved(code: Any, tmp_path: Path) -> None:
    found = mended(inline(code), tmp_path, rules=["RuntimeSupported"])
    assert fixed(found) == {"RuntimeSupported It"}
    assert properties(found)["Runtime"] == "python3.13"


@pytest.mark.parametrize(
    "code",
    [
        "import requests\n",
        "from botocore.vendored import requests\n",
        "import botocore.vendored.requests\n",
        "import base64\nbase64.encodestring(b'')\n",
        "import json\njson.loads('1', encoding='utf-8')\n",
        "import re\nre.match('a(?i)', 'A')\n",
        "import collections\ncollections.Mapping\n",
        "from time import clock\n",
        "print 'of Python 2'\n",
        "async = 1\n",
        {"Ref": "Code"},
        {"Fn::Sub": ["${A}", {"A": "x"}], "Fn::Join": []},
    ],
)
def test_code_that_may_not_run_on_a_newer_runtime_is_left(code: Any, tmp_path: Path) -> None:
    found = mended(inline(code), tmp_path, rules=["RuntimeSupported"])
    assert not found.changed
    assert "--given runtimes" in why(found, "RuntimeSupported")


NODE = "const https = require('https');\nexports.handler = (event, context, done) => done(null, event.id);\n"


@pytest.mark.parametrize(
    "code", [NODE, "exports.handler = async () => 1;\n", NODE + "const answer = require( 'cfn-response' );\n"]
)
def test_code_for_node_that_runs_on_all_runtimes_is_moved(code: str, tmp_path: Path) -> None:
    found = mended(inline(code, "nodejs14.x"), tmp_path, rules=["RuntimeSupported"])
    assert fixed(found) == {"RuntimeSupported It"}
    assert properties(found)["Runtime"] == "nodejs22.x"


@pytest.mark.parametrize(
    "code",
    [
        "const aws = require('aws-sdk');\n",
        "const aws = require('aws-sdk/clients/s3');\n",
        "const name = 'aws-sdk'; const aws = require(name);\n",
        "const load = require; const aws = load('aws-sdk');\n",
        "import aws from 'aws-sdk';\n",
        "require('crypto').createCipher('aes192', 'password');\n",
    ],
)
def test_code_for_node_that_may_not_run_on_a_newer_runtime_is_left(code: str, tmp_path: Path) -> None:
    assert not mended(inline(code, "nodejs14.x"), tmp_path, rules=["RuntimeSupported"]).changed


@pytest.mark.parametrize(
    "values",
    [{"Layers": ["arn:aws:lambda:us-east-1:111122223333:layer:a:1"]}, {"Code": {"S3Bucket": "b", "S3Key": "k"}}],
)
def test_code_that_does_not_stand_in_the_template_is_left(values: Any, tmp_path: Path) -> None:
    found = mended(inline(CODE, **values), tmp_path, rules=["RuntimeSupported"])
    assert not found.changed


def test_python_2_is_left(tmp_path: Path) -> None:
    assert not mended(inline(CODE, "python2.7"), tmp_path, rules=["RuntimeSupported"]).changed


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [("nodejs12.x", "nodejs22.x"), ("python3.7", "python3.12"), ("dotnetcore3.1", "dotnet10"), ("ruby2.7", "ruby2.7")],
)
def test_a_runtime_that_is_given_is_taken_for_its_language(runtime: str, expected: str, tmp_path: Path) -> None:
    text = inline(CODE, runtime, Code={"S3Bucket": "b", "S3Key": "k"})
    given = {"runtimes": "nodejs22.x, python3.12, dotnet10"}
    found = mended(text, tmp_path, rules=["RuntimeSupported"], given=given)
    assert properties(found)["Runtime"] == expected


def test_one_runtime_may_be_given_alone(tmp_path: Path) -> None:
    found = mended(inline("import numpy\n"), tmp_path, rules=["RuntimeSupported"], given={"runtimes": "python3.13"})
    assert properties(found)["Runtime"] == "python3.13"


# -------------------------------------------------------------------------------------------- who takes a role, and how


def trusting(*services: str, **others: Any) -> str:
    principal = {"Service": list(services), **others}
    statement = {"Sid": "Take", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    return template("AWS::IAM::Role", {"AssumeRolePolicyDocument": document, "ManagedPolicyArns": policies})


def test_services_that_state_no_source_keep_a_statement_of_their_own(tmp_path: Path) -> None:
    text = trusting("ecs-tasks.amazonaws.com", "lambda.amazonaws.com", AWS="arn:aws:iam::111122223333:root")
    found = mended(text, tmp_path, rules=["ServicesActForAccount"])
    assert fixed(found) == {"ServicesActForAccount It"}
    others, own = properties(found)["AssumeRolePolicyDocument"]["Statement"]
    assert others["Principal"] == {"Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::111122223333:root"}
    assert "Condition" not in others
    assert own == {
        "Sid": "TakeOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }


# --------------------------------------------------------------------------------------------- default security groups

CLOSED = ["DefaultSecurityGroupClosed"]
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


def test_default_security_groups_are_closed_by_one_function(tmp_path: Path) -> None:
    found = mended(yaml.safe_dump({"Resources": {"It": VPC, "Other": VPC}}), tmp_path, rules=CLOSED)
    assert fixed(found) == {"DefaultSecurityGroupClosed It", "DefaultSecurityGroupClosed Other"}
    assert [one for one in found.added if resources(found)[one]["Type"] == "AWS::Lambda::Function"] == [
        "CloseDefaultGroup"
    ]
    statement = properties(found, "CloseDefaultGroupRole")["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert [one["Fn::Sub"].rpartition("/")[2] for one in statement["Resource"]] == [
        "${It.DefaultSecurityGroup}",
        "${Other.DefaultSecurityGroup}",
    ]
    assert properties(found, "ItDefaultGroupClosed")["DefaultSecurityGroupId"] == {
        "Fn::GetAtt": ["It", "DefaultSecurityGroup"]
    }
    assert "        ZipFile: |\n" in found.text
    # CloudFormation takes no more of a function's code in a template.
    assert len(properties(found, "CloseDefaultGroup")["Code"]["ZipFile"]) <= 4096
    assert not mended(found.text, tmp_path, rules=CLOSED).changed


@pytest.mark.parametrize(
    "others",
    [
        {"User": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-0a1b2c3d"}}},
        {
            "User": {
                "Type": "AWS::EC2::Instance",
                "Properties": {"SecurityGroupIds": [{"Fn::GetAtt": ["It", "DefaultSecurityGroup"]}]},
            }
        },
    ],
)
def test_a_default_security_group_in_use_stays_open(others: Any, tmp_path: Path) -> None:
    found = mended(yaml.safe_dump({"Resources": {"It": VPC, **others}}), tmp_path, rules=CLOSED)
    assert not found.changed
    assert "default security group" in why(found, CLOSED[0])


class Ec2:
    """What the function calls of EC2."""

    def __init__(self, code: str = "") -> None:
        self.revoked: list[tuple[str, Any]] = []
        self._code = code

    def revoke_security_group_ingress(self, **named: Any) -> None:
        self._revoke("in", named)

    def revoke_security_group_egress(self, **named: Any) -> None:
        self._revoke("out", named)

    def _revoke(self, way: str, named: Any) -> None:
        if self._code:
            raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "Revoke")
        self.revoked.append((way, named["IpPermissions"][0]))


def closed(ec2: Ec2, kind: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the function's code, and return what it tells CloudFormation."""
    told: list[str] = []
    answers = types.SimpleNamespace(SUCCESS="SUCCESS", FAILED="FAILED", send=lambda *sent: told.append(sent[2]))
    monkeypatch.setitem(sys.modules, "cfnresponse", answers)
    monkeypatch.setitem(sys.modules, "boto3", types.SimpleNamespace(client=lambda name: ec2))
    space: dict[str, Any] = {}
    exec(_CODE, space)
    monkeypatch.setattr(space["time"], "sleep", lambda seconds: None)
    space["handler"]({"RequestType": kind, "ResourceProperties": {"DefaultSecurityGroupId": "sg-0a"}}, None)
    (answer,) = told
    return answer


def test_the_function_takes_what_aws_puts_into_such_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    ec2 = Ec2()
    assert closed(ec2, "Create", monkeypatch) == "SUCCESS"
    assert ec2.revoked == [
        ("in", {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-0a"}]}),
        ("out", {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
        ("out", {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}),
    ]


@pytest.mark.parametrize(
    ("code", "kind", "answer"),
    [
        ("InvalidPermission.NotFound", "Create", "SUCCESS"),
        ("UnauthorizedOperation", "Update", "FAILED"),
        ("InternalError", "Create", "FAILED"),
        ("InternalError", "Delete", "SUCCESS"),
    ],
)
def test_the_function_tells_how_it_went(code: str, kind: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert closed(Ec2(code), kind, monkeypatch) == answer


# ------------------------------------------------------------------------------------------------------------- builds

UNDER_KEY = ["StoreEncryptedWithCustomerKey"]


def build(role: Any) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    raw = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}
    values = {
        "ServiceRole": role,
        "Artifacts": {"Type": "S3", "Location": "builds"},
        "Environment": {
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/standard:7.0",
            "Type": "LINUX_CONTAINER",
        },
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
    }
    return template("AWS::CodeBuild::Project", values, Role=raw)


def test_a_build_comes_under_the_key_that_its_role_may_use(tmp_path: Path) -> None:
    found = mended(build({"Fn::GetAtt": ["Role", "Arn"]}), tmp_path, rules=UNDER_KEY)
    key = {"Fn::GetAtt": ["EncryptionKey", "Arn"]}
    assert properties(found)["EncryptionKey"] == key
    (policy,) = properties(found, "Role")["Policies"]
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == key


def test_a_build_whose_role_is_elsewhere_keeps_its_key(tmp_path: Path) -> None:
    found = mended(build("arn:aws:iam::111122223333:role/build"), tmp_path, rules=UNDER_KEY)
    assert not found.changed
    assert "Whether its role may use a key" in why(found, UNDER_KEY[0])


# ------------------------------------------------------------------------------------------------ what is made anew


def test_a_launch_configuration_holds_nothing_and_is_made_anew(tmp_path: Path) -> None:
    kind = "AWS::AutoScaling::LaunchConfiguration"
    values = {"ImageId": "ami-0a1b2c3d", "InstanceType": "m6i.large"}
    found = mended(template(kind, values), tmp_path, rules=["InstanceMetadataV2"])
    assert fixed(found) == {"InstanceMetadataV2 It"}
    named = mended(template(kind, {**values, "LaunchConfigurationName": "it"}), tmp_path, rules=["InstanceMetadataV2"])
    assert "--allow-replacement" in why(named, "InstanceMetadataV2")


def test_backups_of_a_database_are_kept_longer_in_place(tmp_path: Path) -> None:
    found = mended(database("mysql", "8.0.35", BackupRetentionPeriod=0), tmp_path, rules=["DatabaseBackupsKept"])
    assert fixed(found) == {"DatabaseBackupsKept It"}


# ------------------------------------------------------------------------------------------------------------ cfn-lint


def test_cfn_lint_takes_what_stands_beside(tmp_path: Path) -> None:
    def errors(text: str) -> set[str]:
        found = lint(text, config=ManualArgs(regions=["us-east-1"]))
        return {f"{one.rule.id} {one.message}" for one in found if one.rule.id.startswith("E")}

    texts = [
        database("postgres", "13.14"),
        template("AWS::RDS::DBCluster", {"Engine": "aurora-mysql", "EngineVersion": "8.0.mysql_aurora.3.04.0"}),
        behind("It"),
        yaml.safe_dump({"Resources": {"It": VPC}}),
        api(It=STAGE),
        api(It=DEPLOYMENT),
        yaml.safe_dump({"Transform": SAM, "Resources": {"It": FUNCTION}}, sort_keys=False),
    ]
    for text in texts:
        found = mended(text, tmp_path)
        assert found.changed
        assert errors(found.text) - errors(text) == set()


def test_how_a_store_is_kept_stays_as_its_author_said(tmp_path: Path) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "Properties": {"BillingMode": "PAY_PER_REQUEST"},
    }
    found = mended(yaml.safe_dump({"Resources": {"It": table}}), tmp_path, rules=["RetainedOnDelete"])
    assert fixed(found) == {"RetainedOnDelete It"}
    assert resources(found)["It"]["DeletionPolicy"] == "Retain"
    assert resources(found)["It"]["UpdateReplacePolicy"] == "Retain"


# ------------------------------------------------------------------------------------------------- policies of buckets


@pytest.mark.parametrize("named", [{"Ref": "It"}, {"Fn::Sub": "visits-${AWS::AccountId}"}])
def test_a_policy_that_names_the_bucket_as_the_template_does_is_its_own(named: Any, tmp_path: Path) -> None:
    own = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": named, "PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }
    values = {"BucketName": {"Fn::Sub": "visits-${AWS::AccountId}"}}
    text = template("AWS::S3::Bucket", values, Own=own)
    found = mended(text, tmp_path, rules=["BucketTlsRequired", "RetainedOnDelete"])
    # A bucket has one policy.
    assert found.added == []
    assert properties(found, "Own")["PolicyDocument"]["Statement"][0]["Sid"] == "DenyPlainHttp"
    assert resources(found)["Own"]["DeletionPolicy"] == "RetainExceptOnCreate"
