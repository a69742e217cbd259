"""What a fix says of a store that CloudFormation would make anew for it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.mutation.template_sites import schema_of
from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.facts.deletion import NAMED
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.replacements import replaces
from tests.compliance.rules.support import one, rule, to_do, verdict

_FILES = "AWS::EFS::FileSystem"
_OWN = "store_encrypted_with_customer_key"
_TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
_MSK = {"EncryptionInfo": {"EncryptionInTransit": {"InCluster": False}}}


@pytest.mark.parametrize(
    ("module", "resources", "said"),
    [
        (_OWN, one(_FILES, Encrypted=True), "CloudFormation replaces one that exists by an empty one"),
        ("store_encrypted", one(_FILES), "CloudFormation replaces a file system that exists by an empty one"),
        ("database_encrypted", one("AWS::RDS::DBInstance"), "CloudFormation replaces a database that exists"),
        (
            "database_encrypted_with_customer_key",
            one("AWS::RDS::DBInstance", StorageEncrypted=True),
            "fill the new one from a snapshot",
        ),
        ("kafka_tls_required", one("AWS::MSK::Cluster", **_MSK), "CloudFormation replaces one that exists"),
        (_OWN, one("AWS::OpenSearchService::Domain", EncryptionAtRestOptions={"Enabled": True}), "may replace"),
    ],
)
@pytest.mark.parametrize("in_cdk", [False, True])
def test_that_a_store_is_replaced_is_said_once(module: str, resources: dict[str, Any], said: str, in_cdk: bool) -> None:
    told = to_do(module, resources, in_cdk=in_cdk)
    assert said in told
    assert told.count("CloudFormation ") == 1


@pytest.mark.parametrize(
    ("module", "resources"),
    [
        (_OWN, one("AWS::DynamoDB::Table")),
        (_OWN, one("AWS::Logs::LogGroup")),
        ("multi_az", one("AWS::RDS::DBInstance")),
        # A policy of a queue is no store's.
        (_OWN, one("AWS::SQS::Queue")),
        ("store_encrypted", one("AWS::OpenSearchService::Domain")),
        # What is there already is no change.
        (
            "kafka_tls_required",
            one(
                "AWS::MSK::Cluster",
                EncryptionInfo={"EncryptionInTransit": {"ClientBroker": "PLAINTEXT", "InCluster": True}},
            ),
        ),
    ],
)
def test_what_is_changed_in_place_says_nothing_of_it(module: str, resources: dict[str, Any]) -> None:
    assert "replace" not in to_do(module, resources)


def test_what_is_retained_is_not_told_to_be() -> None:
    resources = one(_FILES, Encrypted=True)
    assert "deploy UpdateReplacePolicy: Retain first, and copy the files" in to_do(_OWN, resources)
    resources["Subject"]["UpdateReplacePolicy"] = "Retain"
    told = to_do(_OWN, resources)
    assert "for this: copy the files with AWS DataSync" in told
    assert "UpdateReplacePolicy" not in told


@pytest.mark.parametrize(
    ("module", "resources", "named"),
    [
        ("database_encrypted", one("AWS::RDS::DBInstance", DBInstanceIdentifier="visits"), "DBInstanceIdentifier"),
        (_OWN, one("AWS::Logs::LogGroup", LogGroupName="visits"), ""),
        ("store_encrypted_with_customer_key", one("AWS::Backup::BackupVault", BackupVaultName="v"), "BackupVaultName"),
        ("database_encrypted", one("AWS::RDS::DBInstance"), ""),
        # What keeps no data, and what keeps nothing at all.
        (_OWN, one("AWS::EKS::Cluster", Name="clinic"), "Name"),
        (_OWN, one("AWS::EKS::Cluster"), ""),
        ("target_tls_required", one(_TARGETS, Protocol="HTTP", TargetType="ip", Name="portal"), "Name"),
        ("target_tls_required", one(_TARGETS, Protocol="HTTP", TargetType="ip"), ""),
    ],
)
def test_one_of_a_name_of_its_author_needs_another(module: str, resources: dict[str, Any], named: str) -> None:
    said = to_do(module, resources)
    assert ("The new one has to have another" in said) is bool(named)
    assert f"another {named}" in said or not named


_NEW = "CloudFormation replaces one that exists by a new one for this."
_EMPTY = "CloudFormation replaces one that exists by an empty one for this"


@pytest.mark.parametrize(
    ("module", "resources", "said"),
    [
        (_OWN, one("AWS::HealthLake::FHIRDatastore", DatastoreTypeVersion="R4"), _EMPTY),
        (_OWN, one("AWS::S3Vectors::VectorBucket"), _EMPTY),
        (_OWN, one("AWS::Kendra::Index"), _EMPTY),
        (_OWN, one("AWS::QBusiness::Application"), _EMPTY),
        (_OWN, one("AWS::SageMaker::Domain"), _EMPTY),
        (_OWN, one("AWS::SageMaker::NotebookInstance"), _EMPTY),
        (_OWN, one("AWS::BedrockAgentCore::Memory"), _EMPTY),
        (_OWN, one("AWS::SES::MailManagerArchive"), _EMPTY),
        (_OWN, one("AWS::Wisdom::KnowledgeBase"), _EMPTY),
        (_OWN, one("AWS::Personalize::DatasetGroup"), _EMPTY),
        (_OWN, one("AWS::AmazonMQ::Broker"), _EMPTY),
        ("multi_az", one("AWS::AmazonMQ::Broker", DeploymentMode="SINGLE_INSTANCE"), _EMPTY),
        (_OWN, one("AWS::DMS::ReplicationInstance"), _NEW),
        (_OWN, one("AWS::EKS::Cluster"), _NEW),
        ("image_tags_immutable", one("AWS::ECR::Repository"), ""),
    ],
)
def test_whatever_a_key_encrypts_is_replaced_by_its_schema(module: str, resources: dict[str, Any], said: str) -> None:
    told = to_do(module, resources)
    assert said in told
    assert ("replace" in told) is bool(said)


def test_all_that_a_key_encrypts_says_so_where_it_is_replaced() -> None:
    of_keys = rule(_OWN)
    replaced = 0
    for kind in of_keys.resource_types:
        found = verdict(_OWN, one(kind))
        fix = of_keys.fix_of(kind)
        if found is None or found.outcome.value != "failed" or fix is None:
            continue
        paths = [path.removeprefix("?").replace("[]", "") for path in fix.properties]
        if replaces(kind, paths) is Ternary.YES:
            replaced += 1
            assert "CloudFormation replaces" in to_do(_OWN, one(kind)), kind
    assert replaced > 20


# Whose names are no obstacle: of several kinds, of which some are not unique, and some are what the resource is.
_NOT_NAMED = {
    "AWS::ApiGateway::DomainNameV2",
    "AWS::AppSync::ApiCache",
    "AWS::Athena::NamedQuery",
    "AWS::ECS::TaskSet",
    "AWS::Lambda::Permission",
}


def test_what_schemas_identify_by_a_name_of_the_authors_is_known() -> None:
    kinds = {kind for one in all_rules() for kind in one.resource_types for fix in one.fixes if _replaces(fix, kind)}
    assert "AWS::EKS::Cluster" in kinds
    assert {kind for kind in kinds - _NOT_NAMED - NAMED.keys() if _own_names(kind)} == set()
    assert {kind for kind, name in NAMED.items() if name not in schema_of(kind)["properties"]} == set()


def _replaces(fix: Fix, kind: str) -> bool:
    paths = [path.removeprefix("?").replace("[]", "") for path in fix.properties]
    return (not fix.resource_types or kind in fix.resource_types) and replaces(kind, paths) is not Ternary.NO


def _own_names(kind: str) -> set[str]:
    schema = schema_of(kind)
    given = set(schema["properties"]) - {path.split("/")[2] for path in schema.get("readOnlyProperties", ())}
    ids = [schema.get("primaryIdentifier", ()), *schema.get("additionalIdentifiers", ())]
    return {path.split("/")[2] for one in ids for path in one} & given
