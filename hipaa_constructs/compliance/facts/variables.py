"""What programs are given by name when they start: environment variables, options, arguments of jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, as_text, is_mapping, spread

_RUNNER = "SourceConfiguration.{}.RuntimeEnvironmentVariables[]"
# Maps of names to values; lists, which end so, of items with a name and a value.
VARIABLES: Final[Mapping[str, Sequence[str]]] = {
    "AWS::Amplify::App": ("EnvironmentVariables[]",),
    "AWS::Amplify::Branch": ("EnvironmentVariables[]",),
    "AWS::AppRunner::Service": (
        _RUNNER.format("ImageRepository.ImageConfiguration"),
        _RUNNER.format("CodeRepository.CodeConfiguration.CodeConfigurationValues"),
    ),
    "AWS::Batch::JobDefinition": (
        "ContainerProperties.Environment[]",
        "EcsProperties.TaskProperties[].Containers[].Environment[]",
        "EksProperties.PodProperties.Containers[].Env[]",
        "EksProperties.PodProperties.InitContainers[].Env[]",
        "NodeProperties.NodeRangeProperties[].Container.Environment[]",
        "NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Containers[].Environment[]",
    ),
    "AWS::CodeBuild::Project": ("Environment.EnvironmentVariables[]",),
    "AWS::ECS::TaskDefinition": ("ContainerDefinitions[].Environment[]",),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": ("OptionSettings[]",),
    "AWS::ElasticBeanstalk::Environment": ("OptionSettings[]",),
    "AWS::Glue::Job": ("DefaultArguments",),
    "AWS::Lambda::Function": ("Environment.Variables",),
    "AWS::SageMaker::Model": ("PrimaryContainer.Environment", "Containers[].Environment"),
    "AWS::Synthetics::Canary": ("RunConfig.EnvironmentVariables",),
}


def variables(resource: Resource, *paths: str) -> Iterator[tuple[str, Resolved]]:
    """Yield the name and the value of each variable at some paths, as far as the names are known."""
    for path in paths:
        for found in spread(resource.properties, path):
            if not is_mapping(found):
                continue
            if path.endswith("[]"):
                name = as_text(found.get("Name", found.get("OptionName")))
                if isinstance(name, str):
                    yield name, found.get("Value")
            else:
                yield from found.items()
