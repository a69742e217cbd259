from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import one, outcome

DATABASE = "AWS::RDS::DBInstance"
PARAMETERS = {
    "Hidden": {"Type": "String", "NoEcho": True},
    "Shown": {"Type": "String"},
    "Defaulted": {"Type": "String", "NoEcho": "true", "Default": "changeme"},
    "Stored": {"Type": "AWS::SSM::Parameter::Value<String>"},
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(DATABASE, MasterUserPassword="hunter2hunter2"), "failed"),
        (one(DATABASE, MasterUserPassword="{{resolve:secretsmanager:db:SecretString:password}}"), "passed"),
        (
            one(DATABASE, MasterUserPassword={"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:p}}"}),
            "passed",
        ),
        (one(DATABASE, MasterUserPassword={"Ref": "Hidden"}), "passed"),
        (one(DATABASE, MasterUserPassword={"Ref": "Shown"}), "failed"),
        (one(DATABASE, MasterUserPassword={"Ref": "Defaulted"}), "failed"),
        (one(DATABASE, MasterUserPassword={"Ref": "Stored"}), "passed"),
        (one(DATABASE, ManageMasterUserPassword=True), "not_applicable"),
        (one("AWS::SecretsManager::Secret", SecretString="s3cr3t"), "failed"),
        (one("AWS::SecretsManager::Secret", GenerateSecretString={}), "not_applicable"),
        (one("AWS::ElastiCache::User", Passwords=[{"Ref": "Hidden"}, "clear-text-password"]), "failed"),
        (one("AWS::ElastiCache::ReplicationGroup", AuthToken={"Fn::Join": ["", ["tok", "en"]]}), "failed"),
        (
            one(
                "AWS::OpenSearchService::Domain",
                AdvancedSecurityOptions={"MasterUserOptions": {"MasterUserPassword": "p"}},
            ),
            "failed",
        ),
        (one("AWS::CodeBuild::Project", Source={"Location": "https://user:pass@example.org/repo.git"}), "failed"),
        (one("AWS::CodeBuild::Project", Source={"Location": "https://example.org/repo.git"}), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password", Value="hunter2hunter2"), "failed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db", Value="mysql://app:hunter2@db/ward"), "failed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password", Value={"Ref": "Hidden"}), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/ward/db-password-arn", Value="hunter2hunter2"), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name="/password/host", Value="db.example.org"), "passed"),
        (one("AWS::SSM::Parameter", Type="String", Name={"Ref": "Hidden"}, Value="x"), "passed"),
        (one("AWS::S3::Bucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert outcome("no_literal_secrets", resources, Parameters=PARAMETERS) == expected
