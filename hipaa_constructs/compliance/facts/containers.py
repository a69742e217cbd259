"""What containers are defined by tasks and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    as_int,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    spread,
)

TASK: Final = "AWS::ECS::TaskDefinition"
JOB: Final = "AWS::Batch::JobDefinition"

_ROOT = ("0", "root", "0:0", "root:root", "0:root", "root:0")
# Where each type defines containers in ECS's own words.
_PATHS: Mapping[str, tuple[str, ...]] = {
    TASK: ("ContainerDefinitions[]",),
    JOB: (
        "ContainerProperties",
        "EcsProperties.TaskProperties[].Containers[]",
        "NodeProperties.NodeRangeProperties[].Container",
        "NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Containers[]",
    ),
}
# And where the volumes that they mount.
_VOLUMES: Mapping[str, tuple[str, ...]] = {
    TASK: ("Volumes[]",),
    JOB: (
        "ContainerProperties.Volumes[]",
        "EcsProperties.TaskProperties[].Volumes[]",
        "NodeProperties.NodeRangeProperties[].Container.Volumes[]",
        "NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Volumes[]",
    ),
}
# Where a job defines containers in the words of Kubernetes.
PODS: Final = ("EksProperties.PodProperties", "NodeProperties.NodeRangeProperties[].EksProperties.PodProperties")


def is_root(user: Resolved | None) -> Ternary:
    """Whether a container's ``User`` is root by name or number; without one the image says who it is."""
    return is_one_of(user, *_ROOT)


def containers(resource: Resource) -> Iterator[tuple[str, Resolved]]:
    """Yield the containers that a task or job defines, each as messages call it; ``UNKNOWN`` where one is unknown."""
    yield from _named(resource, _PATHS[resource.type])


def at_containers(resource: Resource, name: str, value: object) -> Mapping[str, object]:
    """Return a setting of containers in ECS's own words at the paths where a task or job has any."""
    there = (
        path for path in _PATHS[resource.type] if any(is_mapping(one) for one in spread(resource.properties, path))
    )
    return {f"{path}.{name}": value for path in there}


def pod_containers(resource: Resource) -> Iterator[tuple[str, Resolved]]:
    """Yield the containers that a job defines for EKS, likewise."""
    if resource.type == JOB:
        yield from _named(resource, [f"{pod}.{kind}[]" for pod in PODS for kind in ("Containers", "InitContainers")])


def _named(resource: Resource, paths: Sequence[str]) -> Iterator[tuple[str, Resolved]]:
    for path in paths:
        for number, container in enumerate(spread(resource.properties, path), 1):
            # Only those of a list have names.
            name = as_text(dig(container, "Name")) if path.endswith("[]") else "of the job"
            if container is not None:
                yield f"container {name if isinstance(name, str) else number}", container


def has_dynamic_ports(task: Resource) -> bool:
    """Whether ECS chooses ports of the host for a task, as in bridge mode where ``HostPort`` is 0 or absent.

    docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    """
    on_hosts = not any(
        is_one_of(one, "FARGATE") is Ternary.YES for one in as_items(task.get("RequiresCompatibilities"))
    )
    if not on_hosts or is_one_of(task.get("NetworkMode", "bridge"), "bridge") is not Ternary.YES:
        return False
    ports = (mapping for path in _PATHS[TASK] for mapping in spread(task.properties, f"{path}.PortMappings[]"))
    return any(is_mapping(mapping) and as_int(mapping.get("HostPort", 0)) == 0 for mapping in ports)


def host_paths(resource: Resource) -> Mapping[str, Resolved]:
    """Return which paths of the host are volumes of a task or job, by the names of the volumes."""
    return _paths(resource, _VOLUMES[resource.type], "Host.SourcePath")


def pod_host_paths(job: Resource) -> Mapping[str, Resolved]:
    """Return the same of the volumes that a job defines for EKS."""
    return _paths(job, [f"{pod}.Volumes[]" for pod in PODS], "HostPath.Path")


def _paths(resource: Resource, volumes: Sequence[str], at: str) -> Mapping[str, Resolved]:
    found = {}
    for path in volumes:
        for volume in spread(resource.properties, path):
            name, source = as_text(dig(volume, "Name")), dig(volume, at)
            # Without a path, Docker makes a folder of its own.
            if isinstance(name, str) and is_present(source) is not Ternary.NO:
                found[name] = source
    return found
