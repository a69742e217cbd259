"""Buckets that AWS itself publishes from, and instances in a VPC read without an account of their own.

Read on 2026-11-27 from github.com/aws-samples/data-perimeter-policy-examples (service_owned_resources.md) and, for what
Systems Manager adds to names, docs.aws.amazon.com/systems-manager/latest/userguide/patch-operations-s3-buckets.html.
"""

from __future__ import annotations

from hipaa_constructs._arguments import is_token

_EVERYWHERE = (
    # Amazon Linux 2 and 2023
    "al2023-repos-{region}-de612dc2",
    "amazonlinux-2-repos-{region}",
    "amazonlinux.{region}.amazonaws.com",
    "packages.{region}.amazonaws.com",
    "repo.{region}.amazonaws.com",
    # the Systems Manager agent, its documents and Distributor
    "amazon-ssm-packages-{region}",
    "amazon-ssm-{region}",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "aws-ssm-{region}",
    "aws-windows-downloads-{region}",
    "ssm-document-categories",
    "{region}-birdwatcher-prod",
    # the plugin of Session Manager, the agents of CloudWatch and CodeDeploy, CloudFormation's helper scripts
    "amazoncloudwatch-agent",
    "amazoncloudwatch-agent-{region}",
    "aws-codedeploy-{region}",
    "cloudformation-examples",
    "session-manager-downloads",
    # layers of images in ECR
    "prod-{region}-starport-layer-bucket",
)
_PATCHING = ("aws-patch-manager-{region}-{suffix}", "aws-patchmanager-macos-{region}-{suffix}")
_PATCHING_SUFFIXES = {
    "af-south-1": "bdd5f65a9",
    "ap-east-1": "632356271",
    "ap-northeast-1": "4849fa78f",
    "ap-northeast-2": "10467995c",
    "ap-northeast-3": "67373598a",
    "ap-south-1": "cb7c62ff9",
    "ap-south-2": "32f4b4128",
    "ap-southeast-1": "7fdfd9ef7",
    "ap-southeast-2": "17283a275",
    "ap-southeast-3": "aa48fc462",
    "ap-southeast-4": "01e2c40d3",
    "ca-central-1": "3148e69e3",
    "ca-west-1": "9e3a4b2f9",
    "eu-central-1": "9163fdaaf",
    "eu-central-2": "184ce43c8",
    "eu-north-1": "795879e9b",
    "eu-south-1": "c52f3f594",
    "eu-south-2": "a4cf248b1",
    "eu-west-1": "5522fb710",
    "eu-west-2": "902a2bc74",
    "eu-west-3": "29bf85721",
    "il-central-1": "e221cb57b",
    "me-central-1": "2932f2f80",
    "me-south-1": "a53fc9dce",
    "sa-east-1": "ddf4b6a09",
    "us-east-1": "1970c647d",
    "us-east-2": "552881074",
    "us-west-1": "8badb4304",
    "us-west-2": "34d7f99f8",
}
_BASELINES = "patch-baseline-snapshot-{region}"
_BASELINE_SUFFIXES = {
    "af-south-1": "-tbxdb5b9",
    "ap-south-2": "-50209442",
    "ap-southeast-3": "-be0a3174",
    "ap-southeast-4": "-dc6f76ce",
    "eu-south-2": "-df2c9d70",
    "me-south-1": "-uduvl7q8",
}


def readable_buckets(region: str) -> list[str]:
    """Return the names for a Region; where it is a token, without those that AWS ends in letters of its own.

    A wildcard in their place would let through buckets that anybody may make, which AWS's page advises against.
    """
    names = [name.format(region=region) for name in (*_EVERYWHERE, _BASELINES)]
    if is_token(region):
        return names
    names[-1] += _BASELINE_SUFFIXES.get(region, "")
    suffix = _PATCHING_SUFFIXES.get(region)
    return [*names, *(name.format(region=region, suffix=suffix) for name in _PATCHING if suffix)]
