"""What buckets are for, apart from logs."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, dig, is_present, same, spread

_BUCKET = "AWS::S3::Bucket"
_DISTRIBUTION = "AWS::CloudFront::Distribution"
_PIPELINE = "AWS::CodePipeline::Pipeline"
_CONFIG = "DistributionConfig"
_STORES = ("ArtifactStore.Location", "ArtifactStores[].ArtifactStore.Location")


def is_web_site(bucket: Resource) -> bool:
    """Whether a bucket is a web site, which shows its files to visitors and has them from a build.

    It says so itself, or is where a distribution has its first page from.
    """
    if is_present(bucket.get("WebsiteConfiguration")) is Ternary.YES:
        return True
    return bool(bucket.template.app.told(bucket, "web sites", (_DISTRIBUTION,), _first_pages))


def _first_pages(distribution: Resource) -> Iterator[tuple[Resource, None]]:
    root, first = (distribution.get(f"{_CONFIG}.{path}") for path in ("DefaultRootObject", "DefaultCacheBehavior"))
    page = root.lower() if isinstance(root, str) else ""
    for origin in spread(distribution.properties, f"{_CONFIG}.Origins[]") if page.endswith((".htm", ".html")) else ():
        bucket = distribution.template.target(dig(origin, "DomainName"), _BUCKET)
        if bucket is not None and same(dig(origin, "Id"), dig(first, "TargetOriginId")):
            yield bucket, None


def holds_artifacts(bucket: Resource) -> bool:
    """Whether a bucket is for what a pipeline hands from stage to stage, which it makes again from its source."""
    return any(bucket.template.app.referring(bucket, _PIPELINE, path) for path in _STORES)
