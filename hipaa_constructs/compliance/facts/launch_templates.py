"""Which launch template of the app is meant."""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, dig

LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"


def launch_template(named: Resolved, app: App) -> Resource | None:
    """Return the launch template that is named by its id or its name; None if it is not part of the app."""
    name = dig(named, "LaunchTemplateId", dig(named, "LaunchTemplateName"))
    return app.target(name, LAUNCH_TEMPLATE) or app.cached("launch templates", _by_name).get(str(name))


def _by_name(app: App) -> Mapping[str, Resource]:
    templates = ((item.get("LaunchTemplateName"), item) for item in app.of_type(LAUNCH_TEMPLATE))
    return {str(name): item for name, item in templates if isinstance(name, str)}
