"""Images of containers: by the digest that the owner gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hipaa_constructs.compliance.facts.containers import JOB, TASK
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.organization.images_pinned import may_move
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_function, is_plain, listed
from hipaa_constructs.mending.parameters import is_parameter, tightened

_NAMED = re.compile(r"@sha256:|:(?!latest$)[^/:]+$")


def pinned(draft: Draft, finding: Finding) -> None:
    """Start containers from the images that the owner gives by their digests, each in place of its own."""
    properties = draft.properties(finding.resource_logical_id)
    found = list(_containers(properties, finding.resource_type))
    if not all(map(is_plain, found)):
        raise CannotMendError(DECIDED)
    for container in found:
        image = container.get("Image")
        text = _text(image)
        if image is None or (_NAMED.search(text) and not may_move(text)):
            continue
        if is_parameter(draft, image):
            if not tightened(draft, image, "Image", "images"):
                container["Image"] = _chosen(draft, str(image["Ref"]))
        elif text:
            container["Image"] = _chosen(draft, text)
        else:
            raise CannotMendError(DECIDED)


def _containers(properties: dict[str, Any], kind: str) -> Iterator[Any]:
    if kind == TASK:
        yield from listed(properties.get("ContainerDefinitions", []))
    elif kind == JOB:
        yield properties.get("ContainerProperties", {})


def _text(image: Any) -> str:
    """Return an image as the template writes it, what is filled in left out; empty where that is more than gaps."""
    if is_function(image) and len(image) == 1:
        ((name, inner),) = image.items()
        if name == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):
            return str(inner[0]).join(_text(part) or "${}" for part in inner[1])
        return str(inner) if name == "Fn::Sub" and isinstance(inner, str) else ""
    return image if isinstance(image, str) else ""


def _repository(image: str) -> str:
    return re.sub(r"(:[^/:@]*)?(@.*)?$", "", image)


def _chosen(draft: Draft, image: str) -> Any:
    """Return the owner's image of a repository, or the parameter that asks for it."""
    if draft.is_given("images"):
        given = [one for one in listed(draft.given("images")) if isinstance(one, str)]
        own = [one for one in given if "@sha256:" in one and _repository(one) == _repository(image)]
        if not own:
            raise CannotMendError("Of its image no digest is given: --given images=REPOSITORY@sha256:… says it.")
        return own[0]
    repository = _repository(image)
    last = re.sub(r"\$\{[^}]*\}", "", repository.rpartition("/")[2])
    repository = last if "${" in repository else repository
    words = re.findall(r"[A-Za-z0-9]+", last)
    called = "".join(word[:1].upper() + word[1:] for word in words)[:200]
    says = f"Image {repository} by its digest: REPOSITORY@sha256:DIGEST"
    return draft.given("images", called=f"{called}Image", says=says)
