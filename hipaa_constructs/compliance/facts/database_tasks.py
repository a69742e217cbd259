"""Services of ECS whose tasks are the server of a database."""

from __future__ import annotations

from hipaa_constructs.cloudformation.database_images import service_for
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_text, dig, is_mapping, spread
from hipaa_constructs.compliance.facts.containers import TASK, containers


def database_of(service: Resource) -> str | None:
    """Return, of a service of ECS, what AWS has in place of the database that its tasks run, if they run one."""
    task = service.template.target(service.get("TaskDefinition"), TASK)
    if task is None:
        return None
    for _, container in containers(task):
        if is_mapping(container):
            # Where deployment fills in the registry or the tag, the name between them is there.
            image = dig(container, "Image")
            mounted = (as_text(path) for path in spread(container, "MountPoints[].ContainerPath"))
            folders = tuple(path for path in mounted if isinstance(path, str))
            found = service_for(image if isinstance(image, str) else "", folders)
            if found is not None:
                return found
    return None
