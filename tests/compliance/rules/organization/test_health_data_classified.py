from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hipaa_constructs.compliance.classification import METADATA_KEY
from tests.compliance.rules.support import outcome, verdict

GOVERNED = {"classification": "NO_PHI", "reason": "It holds opening hours.", "approved_by": "Dana Cole"}
NO_PHI_ITSELF = {"Metadata": {METADATA_KEY: GOVERNED}}


@pytest.mark.parametrize(
    ("kind", "metadata", "expected"),
    [
        ("AWS::HealthLake::FHIRDatastore", NO_PHI_ITSELF, "failed"),
        ("AWS::HealthImaging::Datastore", NO_PHI_ITSELF, "failed"),
        ("AWS::Omics::SequenceStore", NO_PHI_ITSELF, "failed"),
        ("AWS::HealthLake::FHIRDatastore", {}, "not_applicable"),
        ("AWS::S3::Bucket", NO_PHI_ITSELF, "passed"),
        ("AWS::SQS::Queue", NO_PHI_ITSELF, "passed"),
    ],
)
def test_what_is_made_for_health_data_is_phi(kind: str, metadata: Mapping[str, Any], expected: str) -> None:
    assert outcome("health_data_classified", {"Subject": {"Type": kind, **metadata}}) == expected


def replicated(**source: Any) -> dict[str, Any]:
    rules = [{"Destination": {"Bucket": {"Fn::GetAtt": ["Subject", "Arn"]}}, "Status": "Enabled"}]
    properties = {"ReplicationConfiguration": {"Role": "r", "Rules": rules}}
    return {"Source": {"Type": "AWS::S3::Bucket", "Properties": properties, **source}}


def delivered(**source: Any) -> dict[str, Any]:
    to = {"ExtendedS3DestinationConfiguration": {"BucketARN": {"Fn::GetAtt": ["Subject", "Arn"]}, "RoleARN": "r"}}
    return {"Source": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": to, **source}}


@pytest.mark.parametrize("filled", [replicated, delivered])
def test_what_receives_from_phi_is_phi(filled: Any) -> None:
    subject = {"Subject": {"Type": "AWS::S3::Bucket", **NO_PHI_ITSELF}}
    said = verdict("health_data_classified", {**subject, **filled()})
    assert said is not None
    assert said.message == "It is classified as NO_PHI, and receives from Source, which counts as PHI."
    assert outcome("health_data_classified", {**subject, **filled(**NO_PHI_ITSELF)}) == "passed"
