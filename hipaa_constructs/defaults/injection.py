"""How settings reach a construct that is being made: CDK asks an injector for its arguments.

Source: docs.aws.amazon.com/cdk/v2/guide/blueprints.html. What an injector gets and returns is named as in TypeScript;
a name that the class does not have vanishes without a word, so names come from the class's own struct.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct

from hipaa_constructs.compliance.replacements import replaced_by
from hipaa_constructs.defaults.services import Listed
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting


@jsii.implements(cdk.IPropertyInjector)
class Injector:
    """Gives a class of CDK what the app left out.

    CDK asks one injector for each class, the nearest above the construct. What stood there before is asked first, and
    what it sets counts as set by the app.
    """

    def __init__(
        self,
        session: Session,
        listed: Listed,
        class_id: str,
        above: Sequence[cdk.PropertyInjectors],
        reach: Callable[[Construct], None],
    ) -> None:
        """Set what is ``listed`` of a class after what ``above`` sets, and tell ``reach`` where one is made."""
        self._session = session
        self._listed = listed
        self._reach = reach
        self._id = class_id
        known = (injectors.for_(self._id) for injectors in above)
        self._before = next((one for one in known if one is not None), None)

    @property
    def construct_unique_id(self) -> str:
        """CDK's name of the class."""
        return self._id

    def inject(self, original_props: Any, *, id: str, scope: Construct) -> Any:  # noqa: A002 -- CDK's name
        """Return the arguments of the construct ``id`` in ``scope``, with what was missing."""
        props: dict[str, Any] = dict(original_props or {})
        if self._before is not None:
            props = dict(self._before.inject(props, id=id, scope=scope) or {})
        self._reach(scope)
        if self._session.is_ours(scope):
            return props
        made = Made(self._session, scope, id, dict(props))
        path = f"{self._session.path(scope)}/{id}".lstrip("/")
        self._session.seen[path] = made.props
        self._session.note_line(scope, path)
        self._session.used.add(self._listed.file)
        plain = self._listed.plain(self._id)
        for setting in plain.settings:
            self._set(plain, setting, made, props, path)
        return props

    def _set(self, plain: Plain, setting: Setting, made: Made, props: dict[str, Any], path: str) -> None:
        name = typescript_name(plain.props, setting.argument)
        given = made.props.get(name)
        if given is not None and not setting.extends and (setting.parts is None or not isinstance(given, Mapping)):
            return
        if any(typescript_name(plain.props, other) in made for other in setting.unless):
            return
        if not setting.when(made):
            return
        replaced = replaced_by(plain.resource_type, setting.properties)
        kind = plain.resource_type
        if (replaced or setting.only_new) and not self._session.new_stores:
            reason = setting.only_new or f"{', '.join(replaced)} is set when the resource is made."
            why = f"{setting.why} {reason} {plain.migration}".strip()
            self._session.record(made.scope, path, kind, setting.argument, setting.properties, "left", why)
            return
        value = setting.value(made)
        if setting.parts is not None:
            fields = {typescript_name(setting.parts, field): part for field, part in value.items()}
            value = {**fields, **{field: part for field, part in (given or {}).items() if part is not None}}
        if value is None or value == given:
            return
        props[name] = value
        self._session.record(made.scope, path, kind, setting.argument, setting.properties, "set", setting.why)


@functools.cache
def typescript_name(struct: Any, name: str) -> str:
    """Return what TypeScript calls a field of a struct.

    :raises KeyError: the struct has no such field.
    """
    for one in struct.__mro__:
        if name in getattr(one, "__jsii_name_mapping__", {}):
            return str(one.__jsii_name_mapping__[name])
    raise KeyError(f"{struct.__name__} has no {name}")
