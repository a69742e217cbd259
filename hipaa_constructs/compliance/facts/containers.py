"""What containers are defined by tasks and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, as_text, dig, spread

TASK: Final = "AWS::ECS::TaskDefinition"
JOB: Final = "AWS::Batch::JobDefinition"

# Where each type defines containers in ECS's own words.
_PATHS: Mapping[str, tuple[str, ...]] = {
    TASK: ("ContainerDefinitions[]",),
    JOB: (
        "ContainerProperties",
        "EcsProperties.TaskProperties[].Containers[]",
        "NodeProperties.NodeRangeProperties[].Container",
    ),
}


def containers(resource: Resource) -> Iterator[tuple[str, Resolved]]:
    """Yield the containers that a task or job defines, each as messages call it; ``UNKNOWN`` where one is unknown."""
    for path in _PATHS[resource.type]:
        for number, container in enumerate(spread(resource.properties, path), 1):
            # Only those of a list have names.
            name = as_text(dig(container, "Name")) if path.endswith("[]") else "of the job"
            if container is not None:
                yield f"container {name if isinstance(name, str) else number}", container
