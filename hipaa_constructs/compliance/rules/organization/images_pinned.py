"""Containers run the image that was examined, not the newest of its name.

A warning: what moves is a risk of the supply chain, and exposes no data by itself. Compliant: an image by digest, or by
a tag that says which build or version it is, in a registry of one's own or of AWS's images. Non-compliant: ``latest``,
or no tag, which means the same (docs.docker.com/reference/cli/docker/image/pull), so that each start may take another
image; a tag that moves by its meaning, such as ``main`` or ``stable``; any tag in a public registry, where others may
set it anew. Unknown: a tag that only deployment gives, a function's image that has yet to be put into a registry, and
what stands where an image has yet to be named. Not applicable: a definition without images.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, Text, dig, spread
from hipaa_constructs.compliance.facts.containers import JOB, TASK, containers
from hipaa_constructs.compliance.facts.image_names import (
    DOCKER_HUB,
    PUBLIC_REGISTRIES,
    is_no_name,
    is_tag,
    registry_and_path,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    unknown,
    worst,
)

_SERVICE, _MODEL = "AWS::AppRunner::Service", "AWS::SageMaker::Model"
_FUNCTION = "AWS::Lambda::Function"
_MODEL_PATHS = ("PrimaryContainer", "Containers[]")
_GAP = re.compile(r"\$\{[^}]*\}")
_MOVING = frozenset(
    {"canary", "dev", "develop", "edge", "head", "main", "master", "nightly", "prod", "production", "stable", "staging"}
)

# Where AWS's own images are in them.
_OF_AWS = {DOCKER_HUB: re.compile("amazon/"), "public.ecr.aws": re.compile(r"(amazon|aws|eks|lambda|sam)[^/]*/")}


def _is_public(image: str) -> bool:
    host, path = registry_and_path(image)
    is_one_of_aws = host in _OF_AWS and _OF_AWS[host].match(path) is not None
    return host in PUBLIC_REGISTRIES and not is_one_of_aws and not is_no_name(image)


def _images(resource: Resource) -> Iterator[Resolved]:
    if resource.type == _SERVICE:
        yield from spread(resource.properties, "SourceConfiguration.ImageRepository.ImageIdentifier")
    elif resource.type == _FUNCTION:
        yield from spread(resource.properties, "Code.ImageUri")
    elif resource.type == _MODEL:
        for path in _MODEL_PATHS:
            for container in spread(resource.properties, path):
                yield UNKNOWN if container is UNKNOWN else dig(container, "Image")
    else:
        for _, container in containers(resource):
            yield UNKNOWN if container is UNKNOWN else dig(container, "Image")


def _judge(image: Resolved | str) -> Verdict:
    if isinstance(image, Reference):
        # A repository's own name or address has no tag.
        if image.resource.type == "AWS::ECR::Repository":
            return failed(f"Image {image} has no tag, so that it is the latest.", inner=(f"{image}",))
        return unknown(f"Which image {image} is, is known only at deployment.")
    if not isinstance(image, str):
        return unknown("Image is known only at deployment.")
    name, at, _ = _GAP.sub("{}", image).rpartition("/")[2].partition("@")
    if at:
        return PASSED
    _, colon, tag = name.partition(":")
    if "{}" in (tag or name):
        of_repository = not colon and (re.search(r"\.RepositoryUri\}$", image) or _ends_with_repository(image))
        return (
            failed(f"Image {image} has no tag, so that it is the latest.", inner=(f"{image}",))
            if of_repository
            else unknown(f"The tag of image {image} is known only at deployment.")
        )
    # A tag tells which one is meant, also of what has yet to be named.
    if not is_tag(tag) if colon else is_no_name(name):
        said = f"{image} is no image, but stands" if image else "Image is empty, and stands"
        return unknown(f"{said} where one has yet to be named.")
    if not colon:
        return failed(f"Image {image} has no tag, so that it is the latest.", inner=(f"{image}",))
    if tag.lower() == "latest":
        return failed(f"Image {image} is whichever is the latest.", inner=(f"{image}",))
    if tag.lower() in _MOVING:
        return failed(f"The tag of image {image} moves from build to build.", inner=(f"{image}",))
    if _is_public(image):
        return failed(
            f"The tag of image {image} is one of a public registry, where others may move it.", inner=(f"{image}",)
        )
    return PASSED


def may_move(image: str) -> bool:
    """Whether an image, as a template writes it, is certainly none that stays."""
    return _judge(image).outcome is Outcome.FAILED


def _ends_with_repository(image: str) -> bool:
    """Whether an image's last part is the name of a repository of the app, which has no tag."""
    last = image.parts[-1] if isinstance(image, Text) else None
    return isinstance(last, Reference) and last.resource.type == "AWS::ECR::Repository" and not last.attribute


def _is_local(image: Resolved) -> bool:
    """Whether an image names no registry, as those do that a function has before it is packaged.

    Lambda takes images of ECR alone (docs.aws.amazon.com/lambda/latest/dg/images-create.html): packaging puts one there
    under a name of its own (docs.aws.amazon.com/serverless-application-model/latest/developerguide/
    sam-cli-command-reference-sam-package.html).
    """
    return isinstance(image, str) and not is_no_name(image) and registry_and_path(image)[0] == DOCKER_HUB


def _of_function(image: Resolved) -> Verdict:
    if _is_local(image):
        return unknown(f"Image {image} is of no registry: under which name it is deployed, packaging tells.")
    return _judge(image)


def check(resource: Resource) -> Verdict:
    judge_one = _of_function if resource.type == _FUNCTION else _judge
    return worst((NOT_APPLICABLE, *(judge_one(image) for image in _images(resource) if image is not None)))


RULE = Rule(
    name="ImagesPinned",
    severity="warning",
    resource_types=(_SERVICE, JOB, TASK, _FUNCTION, _MODEL),
    controls=("164.308(a)(5)(ii)(B)", "164.312(c)(1)"),
    fix="Name the image by its digest, or by the tag of a version in a repository whose tags cannot be changed.",
    fixes=(
        Fix(
            beside="Name the image as <repository>@sha256:<digest>, or by the tag of a version in an "
            "AWS::ECR::Repository with ImageTagMutability: IMMUTABLE.",
        ),
    ),
    check=check,
)
