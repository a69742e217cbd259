"""Which launch template of the app is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, dig

LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"
# What an Auto Scaling group launches its instances by.
_LAUNCHED_BY: Mapping[str, str] = {
    "LaunchConfigurationName": "AWS::AutoScaling::LaunchConfiguration",
    "LaunchTemplate.LaunchTemplateId": LAUNCH_TEMPLATE,
    "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId": LAUNCH_TEMPLATE,
}
# By what a launch template is named.
_NAMED_BY = ("LaunchTemplateId", "LaunchTemplateName", "Id", "Name")


def launch_template(named: Resolved, app: App) -> Resource | None:
    """Return the launch template that is named by its id or its name; None if it is not part of the app."""
    # Groups of nodes of EKS call them Id and Name.
    name = next((value for key in _NAMED_BY if (value := dig(named, key)) is not None), None)
    return app.target(name, LAUNCH_TEMPLATE) or app.cached("launch templates", _by_name).get(str(name))


def _by_name(app: App) -> Mapping[str, Resource]:
    templates = ((item.get("LaunchTemplateName"), item) for item in app.of_type(LAUNCH_TEMPLATE))
    return {str(name): item for name, item in templates if isinstance(name, str)}


def launchers_of(group: Resource) -> Iterator[Resource]:
    """Yield what of the app an Auto Scaling group launches its instances by."""
    found = (group.template.target(group.get(name), kind) for name, kind in _LAUNCHED_BY.items())
    return (launcher for launcher in found if launcher is not None)
