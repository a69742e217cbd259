"""Options of Elastic Beanstalk: an environment's own, or those of the configuration template that it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    any_of,
    as_text,
    dig,
    is_one_of,
    is_present,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Verdict

ENVIRONMENT: Final = "AWS::ElasticBeanstalk::Environment"
TEMPLATE: Final = "AWS::ElasticBeanstalk::ConfigurationTemplate"
TYPES: Final = (TEMPLATE, ENVIRONMENT)

_ENVIRONMENT = "aws:elasticbeanstalk:environment"


def is_used(resource: Resource) -> bool:
    """Whether a configuration template is one that an environment of the app names, which is judged with it."""
    return resource.type == TEMPLATE and bool(resource.template.app.referring(resource, ENVIRONMENT, "TemplateName"))


def option(resource: Resource, namespace: str, name: str, default: object = None) -> Resolved:
    """Return what an option is set to: ``default`` where nothing sets it, ``UNKNOWN`` where only deployment tells."""
    for setting in _settings(resource):
        if setting is UNKNOWN:
            return UNKNOWN
        named = is_one_of(dig(setting, "Namespace"), namespace), is_one_of(dig(setting, "OptionName"), name)
        if named == (Ternary.YES, Ternary.YES):
            return dig(setting, "Value")
        if Ternary.NO not in named:
            return UNKNOWN
    return cast("Resolved", default)


def namespaces(resource: Resource) -> set[str]:
    """Return the namespaces in which anything is set, as far as they are known."""
    named = (dig(setting, "Namespace") for setting in _settings(resource) if setting is not UNKNOWN)
    return {name for name in named if isinstance(name, str)}


def platform(resource: Resource) -> Resolved:
    """Return the platform that an environment runs on, its own or its template's; ``UNKNOWN`` if neither tells."""
    own = resource.get("SolutionStackName", resource.get("PlatformArn"))
    if own is not None:
        return own
    template = resource.template.target(resource.get("TemplateName"), TEMPLATE)
    return UNKNOWN if template is None or template is resource else platform(template)


def load_balancer(resource: Resource) -> str | Unknown | None:
    """Return the type of the load balancer that an environment is given: application, classic or network.

    None where it has none, or one that it shares, and for a configuration template that an environment names. Names and
    defaults: docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
    """
    if is_used(resource):
        return None
    elsewhere = any_of(
        (
            is_one_of(resource.get("Tier.Name"), "Worker"),
            is_one_of(option(resource, _ENVIRONMENT, "EnvironmentType"), "SingleInstance"),
            is_true(option(resource, _ENVIRONMENT, "LoadBalancerIsShared")),
        )
    )
    if elsewhere is not Ternary.NO:
        return None if elsewhere is Ternary.YES else UNKNOWN
    kind = as_text(option(resource, _ENVIRONMENT, "LoadBalancerType"))
    return kind if isinstance(kind, Unknown) else kind or "classic"


def _settings(resource: Resource) -> Iterator[Resolved]:
    """Yield what sets options, an environment's own before its template's; ``UNKNOWN`` for what cannot be seen."""
    yield from spread(resource.properties, "OptionSettings[]")
    name = resource.get("TemplateName")
    if is_present(name) is Ternary.NO:
        return
    template = resource.template.target(name, TEMPLATE)
    if template is None or template is resource:
        yield UNKNOWN
    else:
        yield from _settings(template)


@dataclass(frozen=True, slots=True)
class Option(Setting):
    """An option that decides a rule; ``path`` is its namespace and its name, with a slash between them."""

    def judge(self, resource: Resource) -> Verdict:
        """Judge an environment, or a configuration template that no environment of the app names."""
        if is_used(resource) or (self.unless is not None and self.unless(resource)):
            return NOT_APPLICABLE
        namespace, _, name = self.path.partition("/")
        return self._judge(f"{name} of {namespace}", option(resource, namespace, name))


def fix_of(*settings: tuple[str, str, str]) -> Fix:
    """Return what to do so that options say something: each by namespace, name and value."""
    said = "; ".join(f"{name} of {namespace} to {value}" for namespace, name, value in settings)
    return Fix(TYPES, beside=f"In OptionSettings set {said}.")
