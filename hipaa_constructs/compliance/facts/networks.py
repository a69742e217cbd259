"""Whether an app has a network, and which of its functions run outside where it has none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, function_of, is_present
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_at_edge, serves_deployment_only

_NETWORKS = ("AWS::EC2::VPC", "AWS::EC2::Subnet")
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_ASKS = re.compile(r"AWS::EC2::(VPC|Subnet)::Id")
# Properties by which resources, custom ones and nested stacks are placed in a network.
_PLACES = re.compile(r"\w*subnet\w*|vpc_?ids?|vpczoneidentifier|vpc_?config", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outside:
    """The functions of a template without a network that run outside of any, in its order.

    ``certain`` is the first that does so whatever parameters and conditions come to; None if there is none.
    """

    functions: Sequence[Resource]
    certain: Resource | None

    def first(self, function: Resource) -> Resource:
        """Return the function that speaks for one of them in the present world, in which that one is outside."""
        if self.certain is not None:
            return self.certain
        return next(one for one in self.functions if one is function or runs_outside(one) is Ternary.YES)


def has_network(app: App) -> bool:
    """Whether an app has or names a network that functions could run in, on whatever condition."""
    return app.cached("network of the app", _has_network)


def outside_without_network(function: Resource) -> Outside | None:
    """Return the functions for which one of a template's speaks, if it is one of several in an app without a network.

    Those that CDK adds by itself are told apart.
    """
    app = function.template.app
    if has_network(app):
        return None
    outside = app.cached("functions outside of networks", _outside).get(id(function.template))
    return outside if outside is not None and len(outside.functions) > 1 and function in outside.functions else None


def is_kept_outside(function: Resource) -> bool:
    """Whether a function has nothing to do in a network: it cannot join one, or sees what templates say alone."""
    return is_at_edge(function) or serves_deployment_only(function)


def runs_outside(function: Resource) -> Ternary:
    """Whether a function that may see PHI runs outside of any network in the present world."""
    if not function.exists or classification_of(function) is DataClassification.NO_PHI or is_kept_outside(function):
        return Ternary.NO
    return Ternary.of(is_present(function.get("VpcConfig.SubnetIds")) is Ternary.NO)


def _outside(app: App) -> Mapping[int, Outside]:
    """Return which functions of each template run outside of any network, by its identity.

    Each is asked in all worlds of its own, so that what is said of one depends on no condition of the others.
    """
    found: dict[int, list[Resource]] = {}
    certain: dict[int, Resource] = {}
    for function in app.resources.get(FUNCTION, ()):
        template = function.template
        if is_cdk_helper(function):
            continue
        explored = app.worlds.explore(partial(runs_outside, function))
        answers = {answer for world, answer in explored.worlds if template.allows(world)}
        if Ternary.YES in answers:
            found.setdefault(id(template), []).append(function)
            if answers == {Ternary.YES} and explored.complete:
                certain.setdefault(id(template), function)
    return {key: Outside(functions, certain.get(key)) for key, functions in found.items()}


def _has_network(app: App) -> bool:
    return (
        any(app.resources.get(kind) for kind in _NETWORKS)
        or any(
            _ASKS.search(str(as_mapping(declared).get("Type")))
            for template in app.templates
            for declared in template.parameters.values()
        )
        or any(
            _names_network(resource.raw.get("Properties"))
            for resources in app.resources.values()
            for resource in resources
        )
    )


def _names_network(written: Any) -> bool:
    """Whether written properties name a network anywhere, in any branch."""
    if isinstance(written, list):
        return any(map(_names_network, written))
    if not isinstance(written, Mapping):
        return False
    return any(
        (_PLACES.fullmatch(str(key)) and _names(value)) or _names_network(value) for key, value in written.items()
    )


def _names(value: Any) -> bool:
    """Whether a value says something; what literal settings say is asked of each by itself."""
    function, argument = function_of(value)
    if function == "Fn::If":
        return isinstance(argument, list) and any(map(_names, argument[1:]))
    if function:
        return (function, argument) != ("Ref", "AWS::NoValue")
    if isinstance(value, list):
        return any(map(_names, value))
    return not isinstance(value, Mapping) and value not in (None, "")
