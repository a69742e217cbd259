from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.model import Evidence, StoreEvidence


def stores(**resources: Any) -> dict[str, StoreEvidence]:
    app = App()
    app.add("t.json", {"Resources": resources})
    return {store.resource.logical_id: store for store in stores_of(app, Names(app))}


KEY = {"Type": "AWS::KMS::Key", "Properties": {}}


def table(**properties: Any) -> Any:
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def own_key(value: Any) -> Any:
    return {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": value}}


def test_a_store_under_a_key_of_the_app() -> None:
    found = stores(Key=KEY, Table=table(**own_key({"Fn::GetAtt": ["Key", "Arn"]})))
    assert list(found) == ["Table"]
    assert (found["Table"].encryption, found["Table"].key) == ("customer_key", "t.json/Key")


def test_a_store_under_a_key_from_elsewhere() -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234"
    assert stores(Table=table(**own_key(arn)))["Table"].key == arn


def test_a_store_under_aws_key() -> None:
    assert stores(Table=table())["Table"].encryption == "aws_key"


def test_a_store_whose_key_is_not_known() -> None:
    template = stores(Table=table(**own_key({"Fn::ImportValue": "elsewhere"})))
    assert (template["Table"].encryption, template["Table"].key) == ("unknown", "")


def test_a_store_in_clear() -> None:
    found = stores(Files={"Type": "AWS::EFS::FileSystem", "Properties": {"Encrypted": False}})
    assert found["Files"].encryption == "none"


def test_backup_coverage() -> None:
    selection = {
        "Type": "AWS::Backup::BackupSelection",
        "Properties": {"BackupSelection": {"Resources": [{"Fn::GetAtt": ["Table", "Arn"]}]}},
    }
    found = stores(Table=table(), Other=table(), Selection=selection, Topic={"Type": "AWS::SNS::Topic"})
    assert found["Table"].backup == "selected"
    assert found["Other"].backup == "not_selected"
    assert found["Topic"].backup == "not_applicable"


def test_members_count_as_their_cluster_and_settings_as_no_store() -> None:
    found = stores(
        Cluster={"Type": "AWS::RDS::DBCluster", "Properties": {"StorageEncrypted": True}},
        Writer={"Type": "AWS::RDS::DBInstance", "Properties": {"DBClusterIdentifier": {"Ref": "Cluster"}}},
        Function={"Type": "AWS::Lambda::Function", "Properties": {}},
    )
    assert list(found) == ["Cluster"]


def test_a_cluster_with_a_name_of_its_own_is_a_store() -> None:
    named = {"StorageEncrypted": True, "DBClusterIdentifier": "records"}
    assert list(stores(Cluster={"Type": "AWS::RDS::DBCluster", "Properties": named})) == ["Cluster"]


def test_classification_of_a_real_app(clinic: Evidence) -> None:
    found = {str(store.resource): store.classification.value for store in clinic.inventory}
    assert found["Status/Notices/Resource"] == "NO_PHI"
    assert found["Clinic/Table/Resource"] == "PHI"
    assert found["Clinic/Nested/Scans/Resource"] == "PHI"
