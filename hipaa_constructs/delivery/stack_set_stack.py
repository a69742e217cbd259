"""The stack of a stack set: its template is a file of the stack that it is defined in, and its assets are elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import jsii
from constructs import Construct

from hipaa_constructs._arguments import refuse
from hipaa_constructs._stacks import stack_of
from hipaa_constructs.compliance.availability import is_absent, source_of
from hipaa_constructs.delivery.organization_assets import OrganizationAssets

# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html: of a template by URL.
LARGEST = 1_048_576
# What this library says of constructs, and what CDK's own acknowledgements say.
_SAID = ("hipaa-constructs:", "aws:cdk:acknowledged-rules")


class StackSetStack(cdk.Stack):
    """What a stack set deploys to each account and Region: no stack of the app, which deploys none of it itself.

    Its account and Region are tokens. CDK keeps the metadata of an app's stacks alone, among them who accepted what
    and what is classified as what. So resources say their construct paths in the template, and the rest is in a file
    beside it, as CDK writes it for stacks.
    """

    def __init__(self, scope: Construct, construct_id: str, *, description: str, assets: Sequence[OrganizationAssets]):
        self._synthesizer = _InBuckets(stack_of(scope), assets)
        super().__init__(
            scope, construct_id, description=description, synthesizer=cast("cdk.IStackSynthesizer", self._synthesizer)
        )
        self.node.set_context("aws:cdk:enable-path-metadata", True)

    @property
    def template_url(self) -> str:
        """Where the template is; known once it was written, which is before the stack around it is."""
        return cdk.Lazy.uncached_string(_Url(self._synthesizer))


class _InBuckets(cdk.StackSynthesizer):
    """Has the assets of a template copied to a bucket of each Region, and the template itself be an asset.

    As of CDK's own nested stacks, but that assets cannot be parameters of a stack that no stack deploys.
    """

    def __init__(self, outer: cdk.Stack, assets: Sequence[OrganizationAssets]) -> None:
        super().__init__()
        self._outer = outer
        self._assets = assets
        self.url: str | None = None

    # jsii hands a structure over as one argument, and not as the keywords that its classes have.
    def add_file_asset(self, asset: cdk.FileAssetSource) -> cdk.FileAssetLocation:  # type: ignore[override]
        (name,) = {one.bucket_name_pattern for one in self._assets}
        (key,) = {one.add_file(asset) for one in self._assets}
        bucket = cdk.Fn.sub(name)
        return cdk.FileAssetLocation(
            bucket_name=bucket,
            object_key=key,
            http_url=cdk.Fn.sub(f"https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{name}/{key}"),
            s3_object_url=cdk.Fn.sub(f"s3://{name}/{key}"),
        )

    def add_docker_image_asset(self, asset: cdk.DockerImageAssetSource) -> Any:  # type: ignore[override]
        return refuse(
            "stack",
            asset.source_hash,
            allowed="a stack set's template takes files as assets, and no images: accounts would have to read a "
            "registry in each Region",
            fix="Push the image to a registry that the organization reads, and name it there.",
        )

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        template = self._synthesize_template(session)
        file = Path(session.assembly.outdir) / str(template.file_name)
        require_size(file.stat().st_size)
        kept = json.dumps(_metadata(self._bound_stack), indent=1)
        file.with_name(file.name.replace(".template.json", ".metadata.json")).write_text(kept, "utf-8")
        self.url = self._outer.synthesizer.add_file_asset(
            source_hash=template.source_hash,
            file_name=template.file_name,
            packaging=template.packaging,
            display_name=template.display_name,
        ).http_url


@jsii.implements(cdk.IStringProducer)
class _Url:
    def __init__(self, synthesizer: _InBuckets) -> None:
        self._synthesizer = synthesizer

    def produce(self, context: cdk.IResolveContext) -> str | None:
        return self._synthesizer.url


def _metadata(stack: cdk.Stack) -> dict[str, list[dict[str, Any]]]:
    """Return what was said of constructs, by their paths, that of the stack first; logical ids are not among it."""
    said: dict[str, list[dict[str, Any]]] = {f"/{stack.node.path}": []}
    for construct in stack.node.find_all():
        entries = [one for one in construct.node.metadata if one.type.startswith(_SAID)]
        if entries:
            said[f"/{construct.node.path}"] = [{"type": one.type, "data": stack.resolve(one.data)} for one in entries]
    return said


def require_size(size: int) -> None:
    """Refuse a template that is larger than StackSets takes by URL."""
    if size > LARGEST:
        refuse(
            "stack",
            f"{size:,} bytes",
            allowed=f"StackSets takes a template of {LARGEST:,} bytes at most",
            fix="Make two stack sets of it.",
        )


def require_types(stack: cdk.Stack, regions: Sequence[str]) -> list[str]:
    """Return what is wrong with the types of a template: those that a Region of the stack set has none of."""
    kinds = sorted({one.cfn_resource_type for one in stack.node.find_all() if isinstance(one, cdk.CfnResource)})
    return [
        f"The stack set deploys {kind} to {region}, which has none ({source_of(kind, region)}): leave the type or the "
        "Region out."
        for kind in kinds
        for region in regions
        if is_absent(kind, region)
    ]
