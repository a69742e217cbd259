"""What a template's text names."""

from typing import Any

import pytest

from hipaa_constructs.cloudformation.naming import is_about, named, names


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ({"Ref": "Bucket"}, {"Bucket"}),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, {"Bucket"}),
        ({"Fn::GetAtt": "Bucket.Arn"}, {"Bucket"}),
        ({"Fn::Sub": "${Bucket.Arn}/${!Literal}/${AWS::Region}/${Key}"}, {"Bucket", "Key"}),
        ({"Fn::Sub": ["${Name}/*", {"Name": {"Ref": "Bucket"}}]}, {"Name", "Bucket"}),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]}, {"Bucket"}),
        ({"Fn::GetAtt": [{"Ref": "Chosen"}, "Arn"]}, {"Chosen"}),
        ({"Fn::GetAtt": []}, {"[]"}),
        ({"Ref": {"Ref": "Inner"}}, {"Inner"}),
        # A property of that name beside others is no function.
        ({"Ref": "main", "Other": {"Ref": "Key"}}, {"Key"}),
        ("Bucket", set()),
        (None, set()),
    ],
)
def test_all_that_is_named_is_found(value: Any, ids: set[str]) -> None:
    assert set(named(value)) == ids
    assert all(names([{"Deeper": value}], one) for one in ids)
    assert not names(value, "Absent")


@pytest.mark.parametrize(
    "value",
    [{"Ref": "Bucket"}, {"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket}"}, {"Fn::Sub": "${Bucket.Arn}"}],
)
def test_a_value_is_about_the_one_that_it_refers_to(value: Any) -> None:
    assert is_about(value, "Bucket")
    assert not is_about(value, "Other")
    assert not is_about([value], "Bucket")


@pytest.mark.parametrize("written", ["${BucketOfLogs}", "${BucketOfLogs.Arn}", "${Logs.Bucket}"])
def test_a_resource_is_not_taken_for_one_whose_name_has_its_own_within(written: str) -> None:
    assert not is_about({"Fn::Sub": written}, "Bucket")
    assert not names({"Fn::Sub": written}, "Bucket")
