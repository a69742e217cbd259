"""Names of container images: which texts are none yet, and from which registry an image comes."""

from __future__ import annotations

import re
from typing import Final

_GAP = re.compile(r"\$\{[^}]*\}")
# What a repository and a tag may be: github.com/distribution/reference/blob/main/reference.go. What deployment fills in
# stands as {}.
_REPOSITORY, _TAG = re.compile(r"([a-z0-9._/-]|\{\})+"), re.compile(r"([\w.-]|\{\})+")
DOCKER_HUB: Final = "docker.io"
# Registries from which anybody may take images.
PUBLIC_REGISTRIES: Final = frozenset(
    {
        DOCKER_HUB,
        "gcr.io",
        "ghcr.io",
        "index.docker.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
        "quay.io",
        "registry.gitlab.com",
        "registry.hub.docker.com",
        "registry.k8s.io",
    }
)


def registry_and_path(image: str) -> tuple[str | None, str]:
    """Return where an image is from, and the rest of its name, in which ``{}`` stands for what deployment fills in.

    Docker Hub needs no name; None where deployment fills in so much that another one may be meant.
    """
    filled = _GAP.sub("{}", image)
    first, slash, rest = filled.partition("/")
    if slash and (re.search(r"[.:]", first) or first == "localhost"):
        return first, rest
    return None if "{}" in first.partition(":")[0] else DOCKER_HUB, filled


def is_no_name(image: str) -> bool:
    """Whether a text is certainly no image, but stands where one has yet to be named, such as ``REPOSITORY:TAG``.

    The names of repositories have no capitals: docs.docker.com/reference/cli/docker/image/tag.
    """
    name, _, _ = registry_and_path(image)[1].partition("@")
    repository, colon, tag = name.partition(":")
    return _REPOSITORY.fullmatch(repository) is None or (bool(colon) and not is_tag(tag))


def is_tag(text: str) -> bool:
    """Whether a text may be an image's tag."""
    return _TAG.fullmatch(text) is not None
