from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, verdict

TRAIL = "AWS::CloudTrail::Trail"


def _basic(arn: str) -> dict[str, Any]:
    return {"DataResources": [{"Type": "AWS::S3::Object", "Values": [arn]}]}


def _advanced(*more: dict[str, Any]) -> dict[str, Any]:
    kind = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
    return {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, kind, *more]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(TRAIL), "failed"),
        (one(TRAIL, EventSelectors=[_basic("arn:aws:s3")]), "passed"),
        (one(TRAIL, EventSelectors=[_basic("arn:aws:s3:::")]), "passed"),
        (one(TRAIL, EventSelectors=[_basic("arn:aws:s3:::records/")]), "failed"),
        (one(TRAIL, EventSelectors=[{**_basic("arn:aws:s3"), "ReadWriteType": "WriteOnly"}]), "failed"),
        (one(TRAIL, EventSelectors=[{"DataResources": [{"Type": "AWS::S3::Object", "Values": GIVEN}]}]), "unknown"),
        (
            one(
                TRAIL,
                EventSelectors=[{"DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]}],
            ),
            "failed",
        ),
        (one(TRAIL, AdvancedEventSelectors=[_advanced()]), "passed"),
        (one(TRAIL, AdvancedEventSelectors=[_advanced({"Field": "readOnly", "Equals": ["false"]})]), "failed"),
        (one(TRAIL, AdvancedEventSelectors=[_advanced({"Field": "resources.ARN", "StartsWith": ["arn"]})]), "failed"),
        (one(TRAIL, AdvancedEventSelectors=[GIVEN]), "unknown"),
        (one(TRAIL, EventSelectors=[{"DataResources": [{"Type": "AWS::S3::Object", "Values": SEVERAL}]}]), "unknown"),
        (
            one(TRAIL, AdvancedEventSelectors=[{"FieldSelectors": [{"Field": "resources.type", "Equals": SEVERAL}]}]),
            "unknown",
        ),
        (one(TRAIL, EventSelectors=GIVEN), "unknown"),
        (one(TRAIL, EventSelectors=[{"DataResources": [{"Type": GIVEN, "Values": ["arn:aws:s3"]}]}]), "unknown"),
        (one(TRAIL, EventSelectors=[{"DataResources": [{"Type": GIVEN, "Values": ["arn:aws:lambda"]}]}]), "failed"),
        (one(TRAIL, EventSelectors=[{"DataResources": [GIVEN]}]), "unknown"),
        (
            one(
                TRAIL,
                EventSelectors=[
                    {"ReadWriteType": GIVEN, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
                ],
            ),
            "unknown",
        ),
        (one(TRAIL) | {"Other": {"Type": TRAIL, "Properties": {"EventSelectors": [_basic("arn:aws:s3")]}}}, "passed"),
        (one("AWS::S3::Bucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trail_records_data_events", resources) == expected


def _events(*kinds: str) -> dict[str, Any]:
    services = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda", "AWS::DynamoDB::Table": "dynamodb"}
    data = [{"Type": kind, "Values": [f"arn:aws:{services[kind]}"]} for kind in kinds]
    return one(TRAIL, EventSelectors=[{"DataResources": data}])


@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::DynamoDB::Table"])
def test_functions_and_tables_of_the_app(kind: str) -> None:
    present = {"Other": {"Type": kind}}
    assert judged("trail_records_data_events", _events("AWS::S3::Object", kind) | present) == "passed"
    found = verdict("trail_records_data_events", _events("AWS::S3::Object") | present)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")
    assert kind in found.message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"Type": "AWS::S3::Object", "Values": [{"Ref": "Records"}]}, "for ${Records}, which is no ARN"),
        ({"Type": "AWS::S3::Object", "Values": [{"Fn::Sub": "${Records}/"}]}, "for ${Records}/, which is no ARN"),
        ({"Type": "AWS::S3::Object", "Values": ["records/"]}, "for records/, which is no ARN"),
        ({"Type": "AWS::S3::Bucket", "Values": ["arn:aws:s3:::records/"]}, "name AWS::S3::Bucket, which they do not"),
        ({"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::records/"]}, None),
        ({"Type": "AWS::S3::Object", "Values": [{"Fn::Sub": "${Records.Arn}/"}]}, None),
        ({"Type": "AWS::S3::Object", "Values": [{"Fn::Sub": "arn:aws:s3:::${Records}/"}]}, None),
    ],
)
def test_selectors_that_record_nothing(data: dict[str, Any], said: str | None) -> None:
    resources = one(TRAIL, EventSelectors=[{"DataResources": [data]}]) | {"Records": {"Type": "AWS::S3::Bucket"}}
    found = verdict("trail_records_data_events", resources)
    assert found is not None
    assert found.outcome == "failed"
    if said is None:
        assert found.message == "No trail of the app records data events of every AWS::S3::Object."
    else:
        assert said in found.message
