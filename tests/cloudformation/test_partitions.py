from __future__ import annotations

import json
from importlib.resources import files

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.partitions import PARTITIONS, partition_of, url_suffix_of


def test_regions_are_in_the_partitions_that_botocore_says() -> None:
    pytest.importorskip("botocore")
    known = json.loads(files("botocore").joinpath("data", "partitions.json").read_text("utf-8"))["partitions"]
    assert set(PARTITIONS) < {one["id"] for one in known}
    for one in known:
        regions = [region for region in one["regions"] if not region.startswith("aws-")]
        assert {partition_of(region) for region in regions} == {one["id"]}
        assert url_suffix_of(one["id"]) == one["outputs"]["dnsSuffix"]


def test_what_nobody_knows_is_in_the_standard_partition() -> None:
    assert partition_of("xx-nowhere-1") == "aws"
    assert partition_of("${Token[AWS.Region.4]}") == "aws"


def test_a_template_is_in_the_partition_of_its_region() -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:s3:::records.${AWS::URLSuffix}"}
    resolved = {
        region: App().add("t", {"Resources": {}}, region=region).resolve(arn) for region in (None, "cn-north-1")
    }
    assert resolved[None] == "arn:aws:s3:::records.amazonaws.com"
    assert resolved["cn-north-1"] == "arn:aws-cn:s3:::records.amazonaws.com.cn"
