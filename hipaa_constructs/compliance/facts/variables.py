"""What programs are given by name when they start: environment variables, options, arguments of jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import function_of
from hipaa_constructs.cloudformation.written import alternatives, places
from hipaa_constructs.compliance.facts.literal_secrets import shown

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
    "AWS::EMR::Cluster": ("Configurations[].ConfigurationProperties",),
    "AWS::EMR::InstanceGroupConfig": ("Configurations[].ConfigurationProperties",),
    "AWS::EMRServerless::Application": ("RuntimeConfiguration[].Properties",),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": ("OptionSettings[]",),
    "AWS::ElasticBeanstalk::Environment": ("OptionSettings[]",),
    "AWS::Glue::Job": ("DefaultArguments",),
    "AWS::KafkaConnect::Connector": ("ConnectorConfiguration",),
    "AWS::Lambda::Function": ("Environment.Variables",),
    "AWS::MWAA::Environment": ("AirflowConfigurationOptions",),
    "AWS::SageMaker::Model": ("PrimaryContainer.Environment", "Containers[].Environment"),
    "AWS::Synthetics::Canary": ("RunConfig.EnvironmentVariables",),
}


def variables(resource: Resource, path: str) -> Iterator[tuple[str, Template, Any]]:
    """Yield each variable at a path in whatever branch: its name, and its value as its template writes it."""
    for template, item in places(resource.template, resource.raw.get("Properties"), path):
        if function_of(item)[0] or not isinstance(item, Mapping):
            continue
        if not path.endswith("[]"):
            found = [(str(name), value) for name, value in item.items()]
        elif "PLAINTEXT" in _texts(template, item.get("Type", "PLAINTEXT")):
            names = _texts(template, item.get("Name", item.get("OptionName")))
            found = [(name, item.get("Value")) for name in names]
        else:
            continue
        yield from ((name, template, value) for name, value in found)


def _texts(template: Template, value: Any) -> Sequence[str]:
    return [shown(written) for written in alternatives(template, value)]
