"""Templates are mended as far as it is sure, and each change is proven by judging them again."""

from __future__ import annotations

import datetime
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.mending import Mending, mend, replacing, write
from hipaa_constructs.mending.loops import MADE_BY_LOOP
from hipaa_constructs.mending.mend import _NOT_GONE
from tests.compliance.beside import test_messages as messages
from tests.compliance.beside import test_networks as networks
from tests.compliance.beside import test_secrets as secrets
from tests.compliance.beside import test_stores as stores
from tests.compliance.rules.examples import all_examples

TODAY = datetime.date(2026, 11, 28)
TEMPLATES = sorted((Path(__file__).parent / "templates").iterdir())
CLINIC = Path(__file__).parent / "templates" / "clinic.yaml"
GIVEN = {
    "backup-plan": "Plan",
    "backup-role": "arn:aws:iam::111122223333:role/backup",
    "private-subnets": "Subnets",
    "security-groups": "sg-0a1b2c3d, sg-0a1b2c3e",
}


def mended(text: str, tmp_path: Path, name: str = "template.yaml", **options: Any) -> Mending:
    file = tmp_path / name
    file.write_bytes(text.encode("utf-8"))
    (found,) = mend([file], today=TODAY, **options)
    return found


def resources(mending: Mending) -> Any:
    return parse(mending.text, "", [])["Resources"]


def properties(mending: Mending, name: str = "It") -> Any:
    return resources(mending)[name].get("Properties", {})


def template(kind: str, values: dict[str, Any] | None = None, **others: Any) -> str:
    raw = {"Type": kind, **({"Properties": values} if values is not None else {})}
    return yaml.safe_dump({"Resources": {"It": raw, **others}}, sort_keys=False)


def why(mending: Mending, rule: str) -> str:
    return next(one.why for one in mending.left if one.finding.rule_id == f"HIPAA.Constructs-{rule}")


def fixed(mending: Mending) -> set[str]:
    return {f"{one.rule_id.removeprefix('HIPAA.Constructs-')} {one.resource_logical_id}" for one in mending.fixed}


def test_a_clinic(tmp_path: Path) -> None:
    found = mended(CLINIC.read_text("utf-8"), tmp_path)
    assert fixed(found) >= {
        "BucketTlsRequired Referrals",
        "BucketEncryptedWithCustomerKey Referrals",
        "BucketAccessLogged Referrals",
        "BucketVersioned Referrals",
        "RetainedOnDelete Referrals",
        "QueueTlsRequired Jobs",
        "StoreEncryptedWithCustomerKey Jobs",
        "StoreEncrypted Told",
        "PointInTimeRecovery Patients",
        "DeletionProtected Visits",
        "FileSystemTlsRequired Files",
        "StoreBackedUp Files",
        "FunctionLogsKept Intake",
        "LogGroupRetention OldLogs",
        "VpcFlowLogged Network",
        "DnsQueriesLogged Network",
    }
    # A parameter decides; a new file system; subnets.
    assert why(found, "DeletionProtected").startswith("A parameter")
    assert "--allow-replacement" in why(found, "StoreEncrypted")
    assert "--given private-subnets" in why(found, "FunctionInVpc")
    text = found.text
    # All lines but those that are about a value that changes stand there, in their order.
    lines = iter(text.split("\n"))
    changed = {"    Default: 14", "    AllowedValues: [1, 14, 365, 2192, 3653]", "  Failed: {Type: AWS::SQS::Queue}"}
    assert [line for line in found.before.split("\n") if line not in changed and line not in lines] == []
    assert "AttributeDefinitions: &attributes" in text
    assert "AttributeDefinitions: *attributes" in text
    # The statement is joined into the policy that is there.
    assert resources(found)["ReferralsPolicy"]["Properties"]["PolicyDocument"]["Statement"][1]["Sid"] == "DenyPlainHttp"
    assert "ReferralsPolicy2" not in resources(found)
    # One key, and one bucket for logs.
    assert found.added.count("EncryptionKey") == 1
    assert [name for name in found.added if name.startswith("AccessLogs")] == ["AccessLogs", "AccessLogsPolicy"]
    assert parse(text, "", [])["Parameters"]["LogDays"] == {
        "Type": "Number",
        "Default": 2192,
        "AllowedValues": [2192, 3653],
    }


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_a_second_run_changes_nothing(file: Path, tmp_path: Path) -> None:
    first = mended(file.read_text("utf-8"), tmp_path, file.name)
    assert first.changed
    second = mended(first.text, tmp_path, file.name)
    assert not second.changed
    assert second.diff == ""
    assert [one.finding.rule_id for one in second.left] == [one.finding.rule_id for one in first.left]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_cfn_lint_says_no_more_of_it(file: Path, tmp_path: Path) -> None:
    def errors(text: str) -> set[str]:
        found = lint(text, config=ManualArgs(regions=["us-east-1"]))
        return {f"{one.rule.id} {one.message}" for one in found if one.rule.id.startswith("E")}

    text = file.read_text("utf-8")
    for options in ({}, {"allow_replacement": True}):
        assert errors(mended(text, tmp_path, file.name, **options).text) - errors(text) == set()


def test_the_diff_is_a_patch(tmp_path: Path) -> None:
    found = mended("Resources:\n  It:\n    Type: AWS::KMS::Key", tmp_path, rules=["KeyRotated"])
    assert found.diff.split("\n")[2:] == [
        "@@ -1,3 +1,5 @@",
        " Resources:",
        "   It:",
        "-    Type: AWS::KMS::Key",
        "\\ No newline at end of file",
        "+    Type: AWS::KMS::Key",
        "+    Properties:",
        "+      EnableKeyRotation: true",
        "\\ No newline at end of file",
        "",
    ]


def test_rules_are_chosen(tmp_path: Path) -> None:
    found = mended(template("AWS::KMS::Key", {}), tmp_path, rules=["HIPAA.Constructs-KeyRotated"])
    assert fixed(found) == {"KeyRotated It"}
    assert found.left == []
    assert "DeletionPolicy" not in resources(found)["It"]


# ------------------------------------------------------------------------------------------------ what is decided


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Ref": "Choice"}, id="a parameter"),
        pytest.param({"Fn::If": ["IsProduction", True, False]}, id="a condition"),
        pytest.param({"Fn::ImportValue": "protection"}, id="another stack"),
    ],
)
def test_what_deployment_decides_is_left(value: Any, tmp_path: Path) -> None:
    body = {
        "Parameters": {"Choice": {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]}},
        "Conditions": {"IsProduction": {"Fn::Equals": [{"Ref": "Choice"}, "true"]}},
        "Resources": {"It": {"Type": "AWS::DynamoDB::Table", "Properties": {"DeletionProtectionEnabled": value}}},
    }
    found = mended(yaml.safe_dump(body), tmp_path, rules=["DeletionProtected"])
    assert not found.changed
    assert why(found, "DeletionProtected").startswith("A parameter, a condition or another function decides")


def test_a_branch_on_the_way_to_a_value_is_left(tmp_path: Path) -> None:
    encryption = {"Fn::If": ["IsProduction", {"Enabled": False}, {"Ref": "AWS::NoValue"}]}
    body = {
        "Parameters": {"Choice": {"Type": "String"}},
        "Conditions": {"IsProduction": {"Fn::Equals": [{"Ref": "Choice"}, "true"]}},
        "Resources": {"It": {"Type": "AWS::EC2::Instance", "Properties": {"MetadataOptions": encryption}}},
    }
    found = mended(yaml.safe_dump(body), tmp_path, rules=["InstanceMetadataV2"])
    assert not found.changed
    assert "decides" in why(found, "InstanceMetadataV2")


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"Type": "Number", "Default": 14}, {"Type": "Number", "Default": 2192, "MinValue": 2192}),
        ({"Type": "String", "Default": "14"}, {"Type": "String", "Default": "2192", "AllowedValues": ["2192"]}),
        (
            {"Type": "Number", "Default": 14, "AllowedValues": [14, 3653]},
            {"Type": "Number", "Default": 3653, "AllowedValues": [3653]},
        ),
        (
            {"Type": "Number", "Default": 14, "AllowedValues": ["14", "2192", "3653"]},
            {"Type": "Number", "Default": "2192", "AllowedValues": ["2192", "3653"]},
        ),
        ({"Type": "String"}, {"Type": "String", "AllowedValues": ["2192"]}),
        (
            {"Type": "Number", "Default": 14, "AllowedValues": [7, 14]},
            {"Type": "Number", "Default": 2192, "AllowedValues": [2192]},
        ),
    ],
)
def test_a_parameter_that_sets_a_number_is_narrowed(parameter: Any, expected: Any, tmp_path: Path) -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}}
    body = {"Parameters": {"Days": parameter}, "Resources": {"It": group, "Other": group}}
    found = mended(json.dumps(body), tmp_path, rules=["LogGroupRetention"])
    assert parse(found.text, "", [])["Parameters"]["Days"] == expected
    # What a parameter without a default decides is told once in a template.
    told_once = "Default" not in parameter
    assert fixed(found) == {"LogGroupRetention It", *(() if told_once else ("LogGroupRetention Other",))}


def test_a_parameter_that_means_something_else_too_stays(tmp_path: Path) -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}}
    other = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Days"}}}
    body = {
        "Parameters": {"Days": {"Type": "Number", "Default": 14}},
        "Resources": {"It": group, "Other": other},
    }
    found = mended(json.dumps(body), tmp_path, rules=["LogGroupRetention"])
    assert not found.changed


# --------------------------------------------------------------------------------------------------- replacement


def test_what_makes_a_store_anew_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    text = template("AWS::EFS::FileSystem", {"Encrypted": False})
    assert why(mended(text, tmp_path, rules=["StoreEncrypted"]), "StoreEncrypted").endswith(
        "--allow-replacement does it."
    )
    allowed = mended(text, tmp_path, rules=["StoreEncrypted"], allow_replacement=True)
    assert properties(allowed)["Encrypted"] is True


def test_what_cannot_be_changed_at_all_is_not_called_a_replacement(tmp_path: Path) -> None:
    text = template("AWS::EC2::Volume", {"AvailabilityZone": "us-east-1a", "Size": 8})
    assert "takes a new one and a copy" in why(mended(text, tmp_path, rules=["VolumeEncrypted"]), "VolumeEncrypted")


# ------------------------------------------------------------------------------------------------------ the proof


def test_what_is_not_proven_is_taken_back(tmp_path: Path) -> None:
    # Its root volume is the image's, whatever is set.
    text = template("AWS::EC2::Instance", {"ImageId": "ami-0abcdef1234567890"})
    found = mended(text, tmp_path, rules=["VolumeEncrypted"])
    assert not found.changed
    assert why(found, "VolumeEncrypted") == _NOT_GONE


FAILING = sorted(
    name
    for name, examples in all_examples().items()
    if any(expected == "failed" for example in examples for expected, _ in example.templates())
)


@pytest.mark.parametrize("name", FAILING)
def test_of_what_fails_nothing_new_is_found_when_it_is_mended(name: str, tmp_path: Path) -> None:
    for number, example in enumerate(all_examples()[name]):
        for other, (expected, written) in enumerate(example.templates()):
            if expected != "failed":
                continue
            text = json.dumps({"Resources": written}, indent=2)
            found = mended(text, tmp_path, f"{number}-{other}.json", allow_replacement=True)
            before, after = (_found(parse(one, "", [])) for one in (text, found.text))
            assert after <= before
            assert len(before - after) == len({(one.rule_id, one.resource_logical_id) for one in found.fixed})


def _found(body: Any) -> set[tuple[str, str]]:
    app = App()
    app.today = TODAY
    app.add("Test.template.json", body)
    return {(one.rule_id, one.resource_logical_id) for one in findings(app)}


# ---------------------------------------------------------------------------------------------------------- keys


def statements(mending: Mending, name: str = "EncryptionKey") -> dict[str, Any]:
    return {one["Sid"]: one for one in properties(mending, name)["KeyPolicy"]["Statement"]}


def test_whoever_used_a_queue_may_use_it_under_the_key(tmp_path: Path) -> None:
    found = mended(template("AWS::SQS::Queue"), tmp_path)
    through = statements(found)["ThroughServicesOfThisAccount"]
    assert through["Condition"]["StringEquals"] == {
        "kms:CallerAccount": {"Ref": "AWS::AccountId"},
        "kms:ViaService": [{"Fn::Sub": "sqs.${AWS::Region}.amazonaws.com"}],
    }


def test_a_key_of_log_groups_alone_lets_nobody_through(tmp_path: Path) -> None:
    found = mended(template("AWS::Logs::LogGroup"), tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert list(statements(found)) == ["Administer", "Use", "CloudWatchLogs"]


def test_a_key_is_used_again_for_what_comes_later(tmp_path: Path) -> None:
    text = mended(template("AWS::Logs::LogGroup"), tmp_path, rules=["StoreEncryptedWithCustomerKey"]).text
    more = parse(text, "", [])
    more["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    found = mended(json.dumps(more), tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert found.added == []
    services = statements(found)["ThroughServicesOfThisAccount"]["Condition"]["StringEquals"]["kms:ViaService"]
    assert services == [{"Fn::Sub": "sqs.${AWS::Region}.amazonaws.com"}]


def test_what_sends_to_a_topic_may_use_the_key(tmp_path: Path) -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "It"}]}}
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Arn": {"Ref": "It"}, "Id": "it"}]}}
    found = mended(template("AWS::SNS::Topic", {}, Alarm=alarm, Rule=rule), tmp_path, rules=["StoreEncrypted"])
    assert fixed(found) == {"StoreEncrypted It"}
    assert statements(found)["Cloudwatch"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    # EventBridge names no account.
    context = statements(found)["EventsToSns"]["Condition"]["ArnLike"]
    assert list(context) == ["kms:EncryptionContext:aws:sns:topicArn"]


@pytest.mark.parametrize(
    "principal",
    [
        pytest.param({"AWS": "999988887777"}, id="another account"),
        pytest.param("*", id="everyone"),
        pytest.param({"AWS": {"Ref": "Partner"}}, id="whom a parameter says"),
        pytest.param({"CanonicalUser": "abc"}, id="a canonical user"),
    ],
)
def test_a_queue_that_lets_strangers_in_gets_no_key(principal: Any, tmp_path: Path) -> None:
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": "*"}
    policy = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "It"}], "PolicyDocument": {"Statement": allow}},
    }
    body = {
        "Parameters": {"Partner": {"Type": "String"}},
        "Resources": {"It": {"Type": "AWS::SQS::Queue"}, "Policy": policy},
    }
    found = mended(yaml.safe_dump(body), tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert not found.changed
    assert "lets in callers" in why(found, "StoreEncryptedWithCustomerKey")


def test_a_queue_that_a_topic_of_the_template_tells_gets_a_key_for_it(tmp_path: Path) -> None:
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "Topic"}}},
    }
    policy = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "It"}], "PolicyDocument": {"Statement": [allow]}},
    }
    text = template("AWS::SQS::Queue", {}, Topic={"Type": "AWS::SNS::Topic"}, Policy=policy)
    found = mended(text, tmp_path, rules=["StoreEncryptedWithCustomerKey"])
    assert statements(found)["Sns"]["Principal"] == {"Service": "sns.amazonaws.com"}


def test_a_website_gets_no_key(tmp_path: Path) -> None:
    text = template("AWS::S3::Bucket", {"WebsiteConfiguration": {"IndexDocument": "index.html"}})
    found = mended(text, tmp_path, rules=["BucketEncryptedWithCustomerKey"])
    assert not found.changed


@pytest.mark.parametrize(("action", "locked"), [("s3:GetObject", True), ("s3:PutObject", False)])
def test_a_trails_bucket_that_the_app_writes_too_is_not_locked(action: str, locked: bool, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": {"Fn::Sub": "${It.Arn}/Backup/*"}}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}, "Roles": ["web"]}
    text = template(
        "AWS::S3::Bucket",
        Trail={"Type": "AWS::CloudTrail::Trail", "Properties": {"IsLogging": True, "S3BucketName": {"Ref": "It"}}},
        Policy={"Type": "AWS::IAM::Policy", "Properties": policy},
    )
    found = mended(text, tmp_path, rules=["AuditBucketLocked"])
    assert ("ObjectLockEnabled" in properties(found)) is locked


def test_a_topic_with_a_policy_of_its_own_still_hears_alarms(tmp_path: Path) -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "It"}]}}
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "It"}}
    publishing = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}
    written = template("AWS::SNS::Topic", {}, Alarm=alarm, Publishing=publishing)
    found = mended(written, tmp_path, rules=["QueueTlsRequired"])
    sids = [one["Sid"] for one in properties(found, "ItPolicy")["PolicyDocument"]["Statement"]]
    assert sids == ["AlarmsOfThisAccount", "DenyPlainHttp"]


# ---------------------------------------------------------------------------------------------- functions and logs


def function(role: Any) -> str:
    trust = {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    }
    values = {
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "x"},
        "Runtime": "python3.13",
        "Handler": "i.h",
    }
    return template(
        "AWS::Lambda::Function",
        values,
        Role={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **role}},
    )


def allow(resource: Any, *actions: str) -> Any:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]}


WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ({"ManagedPolicyArns": [MANAGED]}, True),
        (allow("*", *WRITE), True),
        (allow("arn:aws:logs:*:*:*", "logs:*"), True),
        (allow({"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"}, *WRITE), True),
        (allow("arn:aws:logs:*:*:log-group:/aws/lambda/it:*", *WRITE), False),
        (allow("*", "logs:PutLogEvents"), False),
        (allow("*", "s3:*"), False),
        ({}, False),
    ],
)
def test_a_function_gets_a_log_group_that_its_role_may_write_to(role: Any, may: bool, tmp_path: Path) -> None:
    found = mended(function(role), tmp_path, rules=["FunctionLogsKept"])
    assert properties(found)["LoggingConfig"] == {"LogGroup": {"Ref": "ItLogs"}}
    assert properties(found, "ItLogs")["KmsKeyId"] == {"Fn::GetAtt": ["EncryptionKey", "Arn"]}
    written = {one["PolicyName"]: one["PolicyDocument"] for one in properties(found, "Role").get("Policies", [])}
    assert ("WriteLogsOfFunctions" in written) is not may
    if not may:
        (statement,) = written["WriteLogsOfFunctions"]["Statement"]
        assert statement["Action"] == list(WRITE)
        assert statement["Resource"] == {"Fn::GetAtt": ["ItLogs", "Arn"]}


def test_a_role_of_several_functions_may_write_to_the_log_group_of_each(tmp_path: Path) -> None:
    body = yaml.safe_load(function({}))
    body["Resources"]["Other"] = body["Resources"]["It"]
    found = mended(yaml.safe_dump(body), tmp_path, rules=["FunctionLogsKept"])
    (written,) = properties(found, "Role")["Policies"]
    (statement,) = written["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [{"Fn::GetAtt": ["ItLogs", "Arn"]}, {"Fn::GetAtt": ["OtherLogs", "Arn"]}]


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ({"Ref": "RoleArn"}, "Whether its role may write"),
        ({"Fn::ImportValue": "role"}, "Whether its role may write"),
    ],
)
def test_a_role_of_another_place_is_left(role: Any, reason: str, tmp_path: Path) -> None:
    body = yaml.safe_load(function({}))
    body["Parameters"] = {"RoleArn": {"Type": "String"}}
    body["Resources"]["It"]["Properties"]["Role"] = role
    found = mended(yaml.safe_dump(body), tmp_path, rules=["FunctionLogsKept"])
    assert not found.changed
    assert reason in why(found, "FunctionLogsKept")


def test_a_load_balancer_logs_once_the_bucket_lets_it(tmp_path: Path) -> None:
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "60"}]
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    found = mended(template(kind, {"LoadBalancerAttributes": attributes}), tmp_path)
    assert {"LoadBalancerLogged It", "DeletionProtected It"} <= fixed(found)
    set_ = {one["Key"]: one["Value"] for one in properties(found)["LoadBalancerAttributes"]}
    assert set_["access_logs.s3.bucket"] == {"Ref": "AccessLogs"}
    assert set_["deletion_protection.enabled"] == "true"
    assert resources(found)["It"]["DependsOn"] == "AccessLogsPolicy"
    network = mended(template(kind, {"Type": "network"}), tmp_path)
    assert "network load balancer" in why(network, "LoadBalancerLogged")


def test_an_attribute_that_a_condition_adds_is_left(tmp_path: Path) -> None:
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    body = {
        "Parameters": {"Choice": {"Type": "String"}},
        "Conditions": {"Kept": {"Fn::Equals": [{"Ref": "Choice"}, "true"]}},
        "Resources": {
            "It": {
                "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "Properties": {"LoadBalancerAttributes": [{"Fn::If": ["Kept", attribute, {"Ref": "AWS::NoValue"}]}]},
            }
        },
    }
    found = mended(yaml.safe_dump(body), tmp_path, rules=["DeletionProtected"])
    assert not found.changed


# ---------------------------------------------------------------------------------------------- what only one knows


def test_what_is_given_is_set(tmp_path: Path) -> None:
    parameters = "Parameters:\n  Subnets:\n    Type: List<AWS::EC2::Subnet::Id>\n  Plan:\n    Type: String\n"
    text = f"{parameters}{function({})}"
    found = mended(text, tmp_path, rules=["FunctionInVpc"], given=GIVEN)
    assert properties(found)["VpcConfig"] == {
        "SubnetIds": {"Ref": "Subnets"},
        "SecurityGroupIds": ["sg-0a1b2c3d", "sg-0a1b2c3e"],
    }
    recovered = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    store = f"{parameters}{template('AWS::DynamoDB::Table', recovered, Other={'Type': 'AWS::S3::Bucket'})}"
    found = mended(store, tmp_path, rules=["StoreBackedUp"], given=GIVEN)
    assert fixed(found) == {"StoreBackedUp It", "StoreBackedUp Other"}
    selection = properties(found, "BackupSelection")
    assert selection["BackupPlanId"] == {"Ref": "Plan"}
    assert len(selection["BackupSelection"]["Resources"]) == 2


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        (stores.database(BackupRetentionPeriod=1, Engine="postgres"), "DatabaseBackupsKept StoreBackedUp"),
        (
            {"It": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}}},
            "PointInTimeRecovery StoreBackedUp RetainedOnDelete DeletionProtected",
        ),
    ],
)
def test_what_one_finding_tells_of_a_store_is_mended_each_by_itself(
    told: dict[str, Any], rules: str, tmp_path: Path
) -> None:
    text = yaml.safe_dump({"Parameters": {"Plan": {"Type": "String"}}, "Resources": told})
    found = mended(text, tmp_path, rules=rules.split(), given=GIVEN)
    assert fixed(found) == {f"{rule} It" for rule in rules.split()}


def test_what_one_finding_tells_of_several_resources_is_mended_each_by_itself(tmp_path: Path) -> None:
    subnet = yaml.safe_dump({"Resources": networks.public() | networks.MACHINE})
    found = mended(subnet, tmp_path, rules=["NoPublicAddress"])
    assert fixed(found) == {"NoPublicAddress Subnet"}
    assert properties(found, "Subnet")["MapPublicIpOnLaunch"] is False

    called = yaml.safe_dump({"Resources": {**messages.function(Role="arn:aws:iam::1:role/r"), **messages.subscribed()}})
    found = mended(called, tmp_path, rules=["FailedMessagesKept"])
    assert "FailedMessagesKept Subscription" in fixed(found)


def test_a_password_is_mended_though_its_copy_is_told_by_itself_then(tmp_path: Path) -> None:
    text = yaml.safe_dump({"Parameters": secrets.HIDDEN, "Resources": secrets.database() | secrets.secret()})
    found = mended(text, tmp_path, rules=["MasterPasswordManaged"])
    assert not any("It would bring" in one.why for one in found.left)


# ------------------------------------------------------------------------------------------------- kinds of templates


def test_serverless(tmp_path: Path) -> None:
    text = (CLINIC.parent / "serverless.yaml").read_text("utf-8")
    found = mended(text, tmp_path)
    assert properties(found, "Intake")["LoggingConfig"] == {"LogGroup": {"Ref": "IntakeLogs"}}
    assert properties(found, "Api")["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["ApiAccessLogs", "Arn"]}


def test_what_is_replaced_is_asked_of_what_changed_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counting(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        return changed(*given)

    changed = replacing._changed
    monkeypatch.setattr(replacing, "_changed", counting)
    counts = []
    for number in (10, 20):
        asked = 0
        buckets = "".join(f"  B{one}:\n    Type: AWS::S3::Bucket\n" for one in range(number))
        assert mended(f"Resources:\n{buckets}", tmp_path).fixed
        counts.append(asked)
    assert 0 < counts[1] < 3 * counts[0]


def test_a_loop_is_mended_in_its_body(tmp_path: Path) -> None:
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Tables:\n    - Name\n    - [One, Two]\n"
        "    - Table${Name}:\n        Type: AWS::DynamoDB::Table\n        Properties: {BillingMode: PAY_PER_REQUEST}\n"
    )
    found = mended(text, tmp_path, rules=["DeletionProtected"])
    assert fixed(found) == {"DeletionProtected TableOne", "DeletionProtected TableTwo"}
    assert "Properties: {BillingMode: PAY_PER_REQUEST, DeletionProtectionEnabled: true}\n" in found.text


def test_what_a_loop_writes_says_nothing_of_one_alone(tmp_path: Path) -> None:
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Wards:\n    - Name\n    - [One, Two]\n"
        "    - Films${Name}:\n        Type: AWS::S3::Bucket\n      Orders${Name}:\n        Type: AWS::SQS::Queue\n"
        "      Reads${Name}:\n        Type: AWS::Lambda::Function\n        Properties: {Role: !GetAtt Role.Arn}\n"
        "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
        "      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]\n"
    )
    found = mended(text, tmp_path, rules=["BucketAccessLogged", "FailedMessagesKept", "FunctionLogsKept"])
    assert fixed(found) == {"BucketAccessLogged FilmsOne", "BucketAccessLogged FilmsTwo"}
    assert "LogFilePrefix: 'Films${Name}/'\n" in found.text
    assert "DeadLetters" not in found.text
    assert "LogGroup" not in found.text
    assert {one.why for one in found.left} == {MADE_BY_LOOP}


def test_what_a_macro_may_write_is_left_as_it_is(tmp_path: Path) -> None:
    text = (
        "Resources:\n  It:\n    Type: AWS::KMS::Key\n"
        "    Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\n"
    )
    found = mended(text, tmp_path, rules=["KeyRotated"])
    assert "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\n" in found.text


def test_what_a_framework_fills_in_stays_as_it_is(tmp_path: Path) -> None:
    text = """\
Resources:
  It:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: ${self:custom.bucket}
"""
    found = mended(text, tmp_path, "serverless.yml", rules=["BucketVersioned"])
    assert fixed(found) == {"BucketVersioned It"}
    assert properties(found) == {
        "BucketName": "${self:custom.bucket}",
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    assert not mended(text, tmp_path, "serverless.yml", rules=["KeyRotated"]).changed


def test_nested_templates_are_judged_together(tmp_path: Path) -> None:
    parent = tmp_path / "parent.yaml"
    child = tmp_path / "child.yaml"
    parent.write_text(
        "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties: {EnableKeyRotation: true}\n"
        "  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n"
        "      Parameters: {KeyArn: !GetAtt Key.Arn}\n"
    )
    child.write_text(
        "Parameters:\n  KeyArn: {Type: String}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
        "    Properties: {KmsMasterKeyId: !Ref KeyArn}\n"
    )
    above, below = mend([parent, child], today=TODAY)
    assert "QueueTlsRequired Queue" in fixed(below)
    # The key of the other template counts.
    assert "EncryptionKey" not in below.added
    assert "RetainedOnDelete Key" in fixed(above) or not above.changed


def test_what_two_resources_share_by_an_anchor_changes_for_one(tmp_path: Path) -> None:
    text = (
        "Resources:\n  It:\n    Type: AWS::Logs::LogGroup\n    Properties: &days\n      RetentionInDays: 14\n"
        "  Other:\n    Type: AWS::KMS::Key\n    Metadata: *days\n"
    )
    found = mended(text, tmp_path, rules=["LogGroupRetention"])
    assert properties(found) == {"RetentionInDays": 2192}
    assert resources(found)["Other"]["Metadata"] == {"RetentionInDays": 14}


def test_ends_of_lines_and_the_mark_stay(tmp_path: Path) -> None:
    file = tmp_path / "windows.yaml"
    file.write_bytes(b"\xef\xbb\xbfResources:\r\n  It:\r\n    Type: AWS::KMS::Key\r\n")
    (found,) = mend([file], today=TODAY, rules=["KeyRotated"])
    write(found)
    assert file.read_bytes() == (
        b"\xef\xbb\xbfResources:\r\n  It:\r\n    Type: AWS::KMS::Key\r\n"
        b"    Properties:\r\n      EnableKeyRotation: true\r\n"
    )


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target.yaml", tmp_path / "link.yaml"
    target.write_text(template("AWS::KMS::Key"))
    link.symlink_to(target)
    (found,) = mend([link], today=TODAY, rules=["KeyRotated"])
    write(found)
    assert link.is_symlink()
    assert "EnableKeyRotation: true" in target.read_text()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_who_may_read_a_template_stays(mode: int, tmp_path: Path) -> None:
    found = mended(template("AWS::KMS::Key"), tmp_path, rules=["KeyRotated"])
    found.file.chmod(mode)
    write(found)
    assert stat.S_IMODE(found.file.stat().st_mode) == mode
    assert [one.name for one in tmp_path.iterdir()] == [found.file.name]


def test_what_somebody_else_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    found = mended(template("AWS::KMS::Key"), tmp_path, rules=["KeyRotated"])
    found.file.write_text(template("AWS::SQS::Queue"))
    with pytest.raises(UnusableInput, match="changed by somebody else"):
        write(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (template("AWS::KMS::Key").encode("utf-16"), "it is UTF-16; CloudFormation reads UTF-8"),
        (b"Resources: {It: {Type: AWS::KMS::Key}}\n---\nResources: {}\n", "not valid YAML"),
        (b"Resources:\n  It: [\n", "not valid YAML"),
        (b"\x93\x94", "is not UTF-8"),
        (b"Resources: {It: {Type: A::B::C, Metadata: {'aws:cdk:path': S/It}}}", "the CDK wrote it.*secure_defaults"),
    ],
)
def test_what_cannot_be_mended_is_unusable(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_bytes(content)
    with pytest.raises(UnusableInput, match=said):
        mend([file], today=TODAY)
    assert file.read_bytes() == content


def test_a_template_of_a_cloud_assembly_is_refused_also_without_paths(tmp_path: Path) -> None:
    (tmp_path / "cdk.out").write_text('{"version": "48.0.0"}')
    with pytest.raises(UnusableInput, match="the CDK wrote it"):
        mended(template("AWS::KMS::Key"), tmp_path, "Stack.template.json")


@pytest.mark.parametrize(("image", "count"), [("postgres:15", 1), ({"Ref": "Image"}, 1), ("records:1", 2)])
def test_the_server_of_a_database_is_not_started_twice(image: Any, count: int, tmp_path: Path) -> None:
    task = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"ContainerDefinitions": [{"Name": "one", "Image": image}]},
    }
    service = {"TaskDefinition": {"Ref": "Task"}, "ServiceRegistries": [{"RegistryArn": "arn:x"}], "DesiredCount": 1}
    body = yaml.safe_load(template("AWS::ECS::Service", service, Task=task))
    body["Parameters"] = {"Image": {"Type": "String", "Default": "mysql:8", "AllowedValues": ["mysql:8"]}}
    found = mended(yaml.safe_dump(body, sort_keys=False), tmp_path)
    assert properties(found)["DesiredCount"] == count
    if count == 1:
        assert "move that to Amazon RDS or Aurora" in why(found, "MultiAz")


@pytest.mark.parametrize(
    ("container", "said"), [({"User": "root"}, "User is a number"), ({"User": {"Fn::ImportValue": "user"}}, "Run as")]
)
def test_what_is_left_is_said_in_the_words_for_the_resource(container: Any, said: str, tmp_path: Path) -> None:
    task = {"ContainerDefinitions": [{"Name": "one", "Image": "records:1", **container}]}
    found = mended(template("AWS::ECS::TaskDefinition", task), tmp_path)
    assert why(found, "ContainersUnprivileged").startswith(f"How is its owner's decision. {said}")


def test_the_items_that_a_list_has_stay(tmp_path: Path) -> None:
    fields = [{"SingleHeader": {"Name": "password"}}, {"UriPath": {}}, {"QueryString": {}}]
    logs = {"ResourceArn": "arn:aws:wafv2", "LogDestinationConfigs": ["arn:aws:logs"], "RedactedFields": fields}
    found = mended(template("AWS::WAFv2::LoggingConfiguration", logs), tmp_path)
    assert properties(found)["RedactedFields"] == [
        *fields,
        {"SingleHeader": {"Name": "authorization"}},
        {"SingleHeader": {"Name": "cookie"}},
    ]
