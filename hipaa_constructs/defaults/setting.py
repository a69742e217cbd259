"""How a service says what ``secure_defaults`` sets: one ``Setting`` for each argument of a class of CDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import Construct

if TYPE_CHECKING:
    from hipaa_constructs.defaults.session import Session


class Made:
    """The construct that is about to be made: where, and with which arguments, named as in CDK's TypeScript."""

    def __init__(self, session: Session, scope: Construct, construct_id: str, props: Mapping[str, Any]) -> None:
        self.session = session
        self.scope = scope
        self.construct_id = construct_id
        self.props = props

    def __contains__(self, name: str) -> bool:
        """Whether the app itself gave the argument, named as in TypeScript."""
        return self.props.get(name) is not None

    @property
    def key(self) -> Any:
        """The key of the construct's stack."""
        return self.session.key(self.scope)

    @property
    def home(self) -> Construct:
        """Where helpers of the construct belong, beside it: it does not exist yet."""
        return self.session.home(self.scope, self.construct_id)

    @property
    def stack(self) -> cdk.Stack:
        """The construct's stack."""
        return self.session.stack(self.scope)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """An argument that the app may have left out, and what it becomes then.

    ``argument`` is named as in Python; ``properties`` are those of CloudFormation that come of it, by which it is told
    whether a deployed resource would be replaced. ``value`` returns None for what is left out after all. ``unless``
    names arguments by which the app has answered already. ``parts`` is the class of a struct of which single fields
    are set: then ``value`` returns the fields, and those that the app gave stay. With ``extends``, ``value`` returns
    what the app gave, and more. ``only_new`` says, with its source, why the service takes it at creation alone
    although the schema does not say so.
    """

    argument: str
    properties: Sequence[str]
    value: Callable[[Made], Any]
    why: str
    unless: Sequence[str] = ()
    when: Callable[[Made], bool] = lambda made: True
    parts: Any = None
    extends: bool = False
    only_new: str = ""


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A class of CDK, its struct of arguments, the resource it makes, and what is set in it.

    ``migration`` is how data gets from a resource that would have to be made anew to the new one.
    """

    construct: Any
    props: Any
    resource_type: str
    settings: Sequence[Setting]
    migration: str = ""


def under_key(
    properties: Sequence[str],
    kind: Callable[[], Any],
    why: str,
    *,
    key: str = "encryption_key",
    unless: Sequence[str] = (),
) -> list[Setting]:
    """Return the settings of a class that takes a kind of encryption and the key apart: the stack's key.

    :param kind: returns the kind that says that a customer key is meant.
    :param key: the argument that takes the key.
    :param unless: arguments beside ``encryption`` and ``key`` by which the app has answered already.
    """
    return [
        Setting(
            argument="encryption", properties=properties, value=lambda made: kind(), unless=[key, *unless], why=why
        ),
        Setting(
            argument=key, properties=properties, value=lambda made: made.key, unless=["encryption", *unless], why=why
        ),
    ]
