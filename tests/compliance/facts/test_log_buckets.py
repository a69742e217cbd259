"""What one resource is told of does not depend on what others are told."""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.facts.log_buckets import TRAIL, logs_in


def trail(number: int) -> dict[str, Any]:
    """Return a template with a trail into a bucket in one of two worlds."""
    stage = {"Type": "String", "Default": "test"}
    chosen = {"Fn::If": ["Live", {"Ref": "Bucket"}, "elsewhere"]}
    return {
        "Parameters": {f"Stage{number}": stage},
        "Conditions": {"Live": {"Fn::Equals": [{"Ref": f"Stage{number}"}, "live"]}},
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": chosen}},
        },
    }


def kinds(bucket: Resource) -> list[Any]:
    """Return what a bucket holds, in each world that differs for it."""
    found = bucket.template.app.worlds.explore(lambda: sorted(logs_in(bucket)))
    assert found.complete
    return [value for _, value in found.worlds]


def test_a_bucket_depends_on_its_own_trail_alone() -> None:
    app = App()
    templates = [app.add(f"{number}.json", trail(number)) for number in range(10)]
    lone = app.add("lone.json", {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    assert [kinds(template.resources["Bucket"]) for template in templates] == [[[], [TRAIL]]] * 10
    assert kinds(lone.resources["Bucket"]) == [[]]
