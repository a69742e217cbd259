"""What can be set only once the app has made everything: by one aspect, on one construct, which is asked once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct, IValidation

from hipaa_constructs.defaults import raw
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.services import Listed
from hipaa_constructs.defaults.session import STAGE, Session
from hipaa_constructs.defaults.setting import Made, Plain

# Where the aspect and the record are attached.
ID = "SecureDefaultsOfThis"
_UNASKED = (
    "It was made before secure_defaults was called, or by an injector that was registered afterwards, and gets what is "
    "done at synthesis alone: register injectors first, then call secure_defaults, then make constructs."
)
_ALONE = "Its stage was synthesized before it could be completed: call secure_defaults for the stage instead."


class Finisher:
    """Has the rest done when the app is synthesized, before templates are written.

    A stage within the scope is synthesized before what it stands in, and aspects from above do not reach into it: it
    gets the aspect itself, as soon as anything is made there.
    """

    def __init__(self, session: Session, services: Sequence[Listed]) -> None:
        self._session = session
        self._services = services
        # What classes make is selected too, so that what one made before the call is named.
        self._types = sorted({name for one in services for name in (*one.types, *one.classes.values())})
        self._reached: set[str] = set()
        stage = session.scope if isinstance(session.scope, cdk.Stage) else cdk.Stage.of(session.scope)
        assert stage is not None, "CDK makes an app for a stack that has none"
        self._stage = stage

    def start(self) -> None:
        """Reach the scope, and the stages that stand there already."""
        self._attach(self._session.scope, self._stage)
        waiting = list(self._session.scope.node.children)
        while waiting:
            stage = waiting.pop()
            if isinstance(stage, cdk.Stage):
                self._attach(stage, stage)
                waiting.extend(stage.node.children)

    def reach(self, construct: IConstruct) -> None:
        """Have the stage finished in which something is made."""
        stage = self._session.stage(construct)
        if stage is not self._stage:
            self._attach(stage, stage)

    def _attach(self, scope: Construct, stage: cdk.Stage) -> None:
        path = self._session.path(scope)
        if path in self._reached:
            return
        self._reached.add(path)
        # An aspect on the scope itself would be asked about each construct below it, over to Python and back.
        leaf = Construct(scope, ID)
        cdk.Aspects.of(leaf).add(_Once(lambda: self._complete(scope, stage)))
        leaf.node.add_validation(_Record(lambda: self._session.write(stage)))

    def _complete(self, scope: Construct, stage: cdk.Stage) -> None:
        selector = cdk.ConstructSelector.resources_of_type(*self._types)
        self._session.places.learn(scope)
        selected = []
        for resource in cdk.Mixins.of(scope, selector).selected_constructs:
            if self._session.stage(resource) is stage:
                selected.append(resource)
            else:
                self._name_alone(resource)
        ours = [one for one in selected if self._session.is_ours(one)]
        found = Found([one for one in selected if not self._session.is_ours(one)], ours, self._types)
        services = [
            one.service() for one in self._services if one.file in self._session.used or one.speaks_of(found.types)
        ]
        self._name_unasked(found, services)
        for service in services:
            for one in service.raw:
                for resource in found.of(one.resource_type):
                    raw.apply(self._session, one, resource)
        for service in services:
            if service.finish is not None:
                service.finish(self._session, found)

    def _name_alone(self, resource: IConstruct) -> None:
        stage = self._session.path(self._session.stage(resource))
        if stage not in self._reached and not self._session.is_ours(resource):
            stack = self._session.stack(resource)
            self._session.record(stack, stage, "AWS::CloudFormation::Stack", STAGE, [], "unreached", _ALONE)

    def _name_unasked(self, found: Found, services: Sequence[Service]) -> None:
        """Name what classes made that could not be asked for their arguments."""
        session = self._session
        known = {plain.construct: plain for service in services for plain in service.plain}
        for resource in found.of(*{plain.resource_type for plain in known.values()}):
            path = session.path(resource)
            if path in session.seen or path.rpartition("/")[0] in session.seen:
                continue
            owner = session.owner(resource)
            plain = next((known[one] for one in type(owner).__mro__ if one in known), None)
            if plain is None or not self._outermost(owner, known):
                continue
            asked = Made(session, session.owner(owner), owner.node.id, {})
            if any(setting.when(asked) for setting in plain.settings):
                session.record(owner, session.path(owner), plain.resource_type, "arguments", [], "unreached", _UNASKED)

    def _outermost(self, construct: IConstruct, known: Mapping[Any, Plain]) -> bool:
        """Whether no class that is listed made the construct for itself."""
        above = self._session.owner(construct)
        return above is None or (type(above) not in known and self._outermost(above, known))


@jsii.implements(cdk.IAspect)
class _Once:
    def __init__(self, done_once: Callable[[], None]) -> None:
        self._do = done_once
        self._done = False

    def visit(self, node: IConstruct) -> None:
        if not self._done:
            self._done = True
            self._do()


class Found:
    """The app's own resources, and those of this package, by type."""

    def __init__(self, resources: Sequence[Any], ours: Sequence[Any], types: Collection[str]) -> None:
        """Sort resources, which as a rule are of ``types``."""
        by_class = {class_of(one): one for one in types}
        self._by_type = _by_type(resources, by_class)
        self._ours = _by_type(ours, by_class)

    @property
    def types(self) -> Collection[str]:
        """The types of which there are resources, of the app or of this package."""
        return {*self._by_type, *self._ours}

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


def _by_type(resources: Sequence[Any], by_class: Mapping[tuple[str, str], str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for resource in resources:
        kind = type(resource)
        name = by_class.get((kind.__module__, kind.__name__)) or str(resource.cfn_resource_type)
        found.setdefault(name, []).append(resource)
    return found


def class_of(resource_type: str) -> tuple[str, str]:
    """Return the module and name of CDK's class for a type, by which it is known without a call to Node."""
    _, service, name = resource_type.split("::")
    return f"aws_cdk.aws_{service.lower()}", f"Cfn{name}"


@jsii.implements(IValidation)
class _Record:
    """CDK validates constructs when aspects are done and before it writes: the last word on what was changed."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._done = False

    def validate(self) -> list[str]:
        if not self._done:
            self._done = True
            self._write()
        return []
