from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS"}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS"},
                }
            },
            "passed",
        ),
        (
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS"}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
                }
            },
            "failed",
        ),
        (
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS"}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": GIVEN},
                }
            },
            "unknown",
        ),
        ("AWS::Glue::SecurityConfiguration", {"EncryptionConfiguration": {}}, "failed"),
        (
            "AWS::Glue::DataCatalogEncryptionSettings",
            {
                "DataCatalogEncryptionSettings": {
                    "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"},
                    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True},
                }
            },
            "passed",
        ),
        (
            "AWS::Glue::DataCatalogEncryptionSettings",
            {"DataCatalogEncryptionSettings": {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}},
            "failed",
        ),
        ("AWS::Glue::Job", {"SecurityConfiguration": "secure"}, "passed"),
        ("AWS::Glue::Job", {}, "failed"),
        ("AWS::Glue::Crawler", {}, "failed"),
        ("AWS::Glue::DevEndpoint", {}, "failed"),
        ("AWS::EMR::Cluster", {}, "failed"),
        ("AWS::EMR::Cluster", {"SecurityConfiguration": GIVEN}, "passed"),
        (
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableAtRestEncryption": True}}},
            "passed",
        ),
        (
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": '{"EncryptionConfiguration": {"EnableAtRestEncryption": false}}'},
            "failed",
        ),
        ("AWS::EMR::SecurityConfiguration", {"SecurityConfiguration": "{"}, "unknown"),
        (
            "AWS::Athena::WorkGroup",
            {
                "WorkGroupConfiguration": {
                    "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}}
                }
            },
            "passed",
        ),
        (
            "AWS::Athena::WorkGroup",
            {
                "WorkGroupConfiguration": {
                    "EnforceWorkGroupConfiguration": False,
                    "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}},
                }
            },
            "failed",
        ),
        (
            "AWS::Athena::WorkGroup",
            {"WorkGroupConfiguration": {"ManagedQueryResultsConfiguration": {"Enabled": True}}},
            "passed",
        ),
        ("AWS::Athena::WorkGroup", {}, "failed"),
        ("AWS::Athena::NamedQuery", {}, "failed"),
        ("AWS::Athena::NamedQuery", {"WorkGroup": "primary"}, "failed"),
        ("AWS::Athena::NamedQuery", {"WorkGroup": "records"}, "passed"),
        ("AWS::Athena::NamedQuery", {"WorkGroup": {"Ref": "Subject"}}, "passed"),
        ("AWS::Athena::NamedQuery", {"WorkGroup": GIVEN}, "passed"),
        ("AWS::Glue::MLTransform", {}, "failed"),
        (
            "AWS::Glue::MLTransform",
            {
                "TransformEncryption": {
                    "MLUserDataEncryption": {"MLUserDataEncryptionMode": "SSE-KMS"},
                    "TaskRunSecurityConfigurationName": "secure",
                }
            },
            "passed",
        ),
        (
            "AWS::Glue::MLTransform",
            {"TransformEncryption": {"MLUserDataEncryption": {"MLUserDataEncryptionMode": "SSE-KMS"}}},
            "failed",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("job_data_encrypted", one(kind, **properties)) == expected


QUERY = "arn:aws:states:::athena:startQueryExecution"
OWN_KEY = {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": "key"}}


def _machine(request: Any, resource: str = QUERY, given: str = "Parameters") -> dict[str, Any]:
    return {"StartAt": "Query", "States": {"Query": {"Type": "Task", "Resource": resource, given: request}}}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (_machine({}), "failed"),
        (_machine({}, f"{QUERY}.sync"), "failed"),
        (_machine({}, "arn:aws-us-gov:states:::aws-sdk:athena:startQueryExecution"), "failed"),
        (_machine({"WorkGroup": "primary"}), "failed"),
        (_machine({"ResultConfiguration": {"OutputLocation": "s3://results/"}}), "failed"),
        (_machine({}, given="Arguments"), "failed"),
        (_machine({"ResultConfiguration": OWN_KEY}), "passed"),
        (_machine({"ResultConfiguration.$": "$.result"}), "passed"),
        (_machine({"WorkGroup": "records"}), "passed"),
        (_machine({"WorkGroup.$": "$.workgroup"}), "passed"),
        (_machine({"WorkGroup": {"Ref": "Subject"}}), "passed"),
        (_machine("{% $states.input %}", given="Arguments"), "passed"),
        (_machine({}, "arn:aws:states:::athena:stopQueryExecution"), "not_applicable"),
        ({"States": {"All": {"Type": "Parallel", "Branches": [_machine({})]}}}, "failed"),
        ({"States": {"Each": {"Type": "Map", "ItemProcessor": _machine({})}}}, "failed"),
        (GIVEN, "unknown"),
        ({"States": GIVEN}, "unknown"),
    ],
)
def test_queries_of_state_machines(definition: Any, expected: str) -> None:
    kind = "AWS::StepFunctions::StateMachine"
    found = verdict("job_data_encrypted", one(kind, Definition=definition))
    assert found
    assert found.outcome.value == expected
    assert found.severity == ("warning" if expected == "failed" else None)
    if isinstance(definition, dict) and definition is not GIVEN and definition["States"] is not GIVEN:
        text = json.dumps(definition)
        if '"Ref"' not in text:
            written = {"Fn::Join": ["", [text[:-1], ', "Comment": "', {"Ref": "Given"}, '"}']]}
            assert judged("job_data_encrypted", one(kind, DefinitionString=written)) == expected


def test_a_definition_in_s3_is_not_at_hand() -> None:
    kind = "AWS::StepFunctions::StateMachine"
    where = {"Bucket": "definitions", "Key": "intake.json"}
    assert judged("job_data_encrypted", one(kind, DefinitionS3Location=where)) == "not_applicable"


@pytest.mark.parametrize(("option", "severity"), [("SSE_KMS", None), ("CSE_KMS", None), ("SSE_S3", "warning")])
def test_results_of_queries_under_the_key_of_s3(option: str, severity: str | None) -> None:
    results = {"ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": option}}}
    found = verdict("job_data_encrypted", one("AWS::Athena::WorkGroup", WorkGroupConfiguration=results))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed" if severity else "passed", severity)


@pytest.mark.parametrize(
    ("kind", "properties", "severity", "message"),
    [
        (
            "AWS::Glue::Job",
            {},
            "warning",
            "SecurityConfiguration is absent, so no key of the account's encrypts the job's logs and its bookmarks, "
            "and what it writes to S3 unless the bucket has one by default.",
        ),
        (
            "AWS::Glue::Crawler",
            {},
            "warning",
            "CrawlerSecurityConfiguration is absent, so no key of the account's encrypts the crawler's logs.",
        ),
        (
            "AWS::EMR::Cluster",
            {},
            None,
            "SecurityConfiguration is absent, so EMR does not encrypt the cluster's disks.",
        ),
        (
            "AWS::Athena::WorkGroup",
            {},
            "warning",
            "EncryptionOption of the query results is absent, so only what their bucket does by itself encrypts them.",
        ),
    ],
)
def test_what_aws_encrypts_by_itself_lacks_a_key(
    kind: str, properties: dict[str, Any], severity: str | None, message: str
) -> None:
    found = verdict("job_data_encrypted", one(kind, **properties))
    assert found is not None
    assert (found.severity, found.message) == (severity, message)


def test_what_has_no_phi_needs_no_key_beside_that() -> None:
    tags = {"hipaa:data-classification": "NO_PHI"}
    assert judged("job_data_encrypted", one("AWS::Glue::Job", Tags=tags)) == "not_applicable"
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    assert judged("job_data_encrypted", one("AWS::EMR::Cluster", Tags=listed)) == "failed"


KEY = {"Key": {"Type": "AWS::KMS::Key"}}
IN_BUCKET = {"Fn::Sub": "s3://${Out}/out/"}


def _bucket(algorithm: str, key: Any = None) -> dict[str, Any]:
    default = {"SSEAlgorithm": algorithm, **({} if key is None else {"KMSMasterKeyID": key})}
    rules = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}
    return {"Out": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "results", "BucketEncryption": rules}}}


@pytest.mark.parametrize(
    ("bucket", "arguments", "of_s3"),
    [
        (_bucket("aws:kms", {"Fn::GetAtt": ["Key", "Arn"]}), {"--out": IN_BUCKET}, False),
        (_bucket("aws:kms", {"Ref": "Key"}), {"--out": "s3://results/out/", "--extra-jars": "s3://code/a.jar"}, False),
        (_bucket("aws:kms", {"Ref": "Key"}), {"--out": IN_BUCKET, "--TempDir": "s3://elsewhere/tmp/"}, True),
        (_bucket("aws:kms", {"Ref": "Key"}), {"--out": {"Fn::Sub": "s3://elsewhere/${Out}/"}}, True),
        (_bucket("aws:kms", {"Ref": "Key"}), {"--out": GIVEN}, True),
        (_bucket("aws:kms"), {"--out": IN_BUCKET}, True),
        (_bucket("AES256"), {"--out": IN_BUCKET}, True),
        ({}, {}, True),
    ],
)
def test_what_a_job_writes_under_the_key_of_its_bucket(
    bucket: dict[str, Any], arguments: dict[str, Any], of_s3: bool
) -> None:
    found = verdict("job_data_encrypted", one("AWS::Glue::Job", DefaultArguments=arguments) | bucket | KEY)
    assert found is not None
    assert "logs and its bookmarks" in found.message
    assert ("what it writes to S3 unless the bucket has one by default" in found.message) is of_s3
