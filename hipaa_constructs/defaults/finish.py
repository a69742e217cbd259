"""What can be set only once the app has made everything: by one aspect, on one construct, which is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct, IValidation

from hipaa_constructs.defaults import raw
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session

# Where the aspect and the record are attached.
ID = "SecureDefaultsOfThis"


def finish_later(session: Session, services: Sequence[Service]) -> None:
    """Have the rest done when the app is synthesized, before templates are written."""
    # An aspect on the scope itself would be asked about each construct below it, over to Python and back.
    leaf = Construct(session.scope, ID)
    cdk.Aspects.of(leaf).add(_Finish(session, services))
    leaf.node.add_validation(_Record(session))


@jsii.implements(cdk.IAspect)
class _Finish:
    def __init__(self, session: Session, services: Sequence[Service]) -> None:
        self._session = session
        self._services = services
        self._done = False

    def visit(self, node: IConstruct) -> None:
        if self._done:
            return
        self._done = True
        types = sorted({name for service in self._services for name in _types(service)})
        selected = cdk.Mixins.of(
            self._session.scope, cdk.ConstructSelector.resources_of_type(*types)
        ).selected_constructs
        ours = [one for one in selected if self._session.is_ours(one)]
        found = Found([one for one in selected if not self._session.is_ours(one)], ours)
        for service in self._services:
            for one in service.raw:
                for resource in found.of(one.resource_type):
                    raw.apply(self._session, one, resource)
        for service in self._services:
            if service.finish is not None:
                service.finish(self._session, found)


def _types(service: Service) -> Sequence[str]:
    return [*service.types, *(one.resource_type for one in service.raw)]


class Found:
    """The app's own resources, and those of this package, by type."""

    def __init__(self, resources: Sequence[Any], ours: Sequence[Any]) -> None:
        self._by_type = _by_type(resources)
        self._ours = _by_type(ours)

    def of(self, *types: str) -> Sequence[Any]:
        """Return the resources of these types that have attributes: of a bare ``CfnResource`` nothing can be read."""
        found = [resource for name in types for resource in self._by_type.get(name, ())]
        return [resource for resource in found if type(resource) is not cdk.CfnResource]

    def with_ours(self, *types: str) -> Sequence[Any]:
        """Return what ``of`` does, and the resources of this package."""
        return [*self.of(*types), *(resource for name in types for resource in self._ours.get(name, ()))]

    def bare(self, resource_type: str) -> Sequence[cdk.CfnResource]:
        """Return the resources of the type that were made without a class for it."""
        found = self._by_type.get(resource_type, ())
        return [resource for resource in found if type(resource) is cdk.CfnResource]


def _by_type(resources: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for resource in resources:
        found.setdefault(_type_of(resource), []).append(resource)
    return found


_TYPE_BY_CLASS: dict[type, str] = {}


def _type_of(resource: cdk.CfnResource) -> str:
    kind = type(resource)
    if kind is cdk.CfnResource:
        return str(resource.cfn_resource_type)
    if kind not in _TYPE_BY_CLASS:
        _TYPE_BY_CLASS[kind] = str(resource.cfn_resource_type)
    return _TYPE_BY_CLASS[kind]


@jsii.implements(IValidation)
class _Record:
    """CDK validates constructs when aspects are done and before it writes: the last word on what was changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done = False

    def validate(self) -> list[str]:
        if not self._done:
            self._done = True
            self._session.write()
        return []
