"""Where an app is deployed, as far as its stacks say."""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import App, Resource, Template

# A stack that is deployed wherever the CLI's profile points names neither account nor Region.
_Account = str | None
_Region = str | None


def _index(app: App) -> dict[_Account, list[_Region]]:
    found: dict[_Account, list[_Region]] = {}
    for template in app.templates:
        regions = found.setdefault(template.account, [])
        if template.resources and template.region not in regions:
            regions.append(template.region)
    return found


def regions_in_use(template: Template) -> Sequence[_Region]:
    """Return the Regions of every stack in the template's account, in the app's order."""
    return template.app.cached("Regions by account", _index).get(template.account, [])


def of_account(resource: Resource, *types: str) -> Sequence[Resource]:
    """Return the app's resources of the given types in the account of ``resource``."""
    account = resource.template.account
    return [found for found in resource.template.app.of_type(*types) if found.template.account == account]
