"""How a construct refuses a wrong argument: early, by name, and with the way out.

Every refusal is a ``ValueError`` that is raised before anything is defined, so that a caught error leaves
no half-made construct in the tree.
"""

from __future__ import annotations

import datetime
import difflib
import enum
import functools
import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn, ParamSpec, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from hipaa_constructs._calls import obvious_call

# What CDK writes into a text, and as a list's one item, in the place of what it does not know yet.
_TOKEN = re.compile(r"\$\{Token\[[a-zA-Z0-9:._-]+\]\}")
_LIST_TOKEN = re.compile(r"#\{Token\[[a-zA-Z0-9:._-]+\]\}")

P = ParamSpec("P")
R = TypeVar("R")


def refuse(argument: str, got: object, *, allowed: str, fix: str) -> NoReturn:
    """Raise the ``ValueError`` that every refused argument ends in."""
    raise ValueError(f"{argument}: got {_shown(got)}; {allowed}. {fix}")


def is_token(value: object) -> bool:
    """Whether ``value`` is, or has in it, what CDK puts something else in the place of later.

    ``cdk.Token.is_unresolved`` says the same, by a call to Node.
    """
    if isinstance(value, str):
        return _TOKEN.search(value) is not None
    # CDK writes a number that it does not know as one of about -1.9e289. JSON knows no infinite number to ask about.
    if isinstance(value, (int, float)):
        return value < -1e200 and math.isfinite(value) and bool(cdk.Token.is_unresolved(value))
    if isinstance(value, Sequence):
        return any(isinstance(item, str) and _LIST_TOKEN.search(item) for item in value)
    return _implements(value, cdk.IResolvable)


def require_range(argument: str, value: int | None, minimum: int, maximum: int, *, unit: str, fix: str) -> None:
    """Refuse a whole number outside ``minimum``..``maximum``; an unresolved token or ``None`` passes."""
    if value is None or is_token(value):
        return
    if not minimum <= value <= maximum:
        refuse(argument, value, allowed=f"allowed are {minimum} to {maximum} {unit}", fix=fix)


def require_date(argument: str, value: datetime.date | str) -> datetime.date:
    """Return a day, which may be written as ``YYYY-MM-DD``; refuse what is none."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        refuse(argument, value, allowed="it takes a date", fix="Write it as YYYY-MM-DD.")


def refuse_everyone(peer: object, *, what: str, fix: str) -> None:
    """Refuse a peer of security-group rules, such as an ``ec2.IPeer``, that stands for every address."""
    name = getattr(peer, "unique_id", None)
    if name in ("0.0.0.0/0", "::/0"):
        refuse("peer", name, allowed=f"{what} never answers everyone", fix=fix)


def require_written(argument: str, value: int | None, *, fix: str) -> None:
    """Refuse a token where the number decides what is defined, which deployment comes too late for."""
    if value is not None and is_token(value):
        refuse(argument, value, allowed="it takes a number that is written, since it decides what is defined", fix=fix)


def require_days(
    argument: str, value: cdk.Duration | None, minimum: int, maximum: int | None = None, *, fix: str
) -> None:
    """Refuse a duration below ``minimum`` or above ``maximum`` days, or of broken days.

    An unresolved token or ``None`` passes.
    """
    if value is None or value.is_unresolved():
        return
    days = value.to_days(integral=False)
    if days < minimum or (maximum is not None and days > maximum):
        allowed = f"allowed are {minimum} to {maximum} days" if maximum else f"allowed are {minimum} days or more"
        refuse(argument, f"{days:g} days", allowed=allowed, fix=fix)
    if days != int(days):
        refuse(argument, f"{days:g} days", allowed="it takes whole days", fix=fix)


def require_unit(argument: str, value: cdk.Duration | None, unit: str) -> None:
    """Refuse a duration that only deployment knows in another unit than CDK writes it in, which it cannot convert.

    :param unit: as ``cdk.Duration.unit_label`` says it, such as ``seconds``.
    """
    if value is not None and value.is_unresolved() and value.unit_label() != unit:
        refuse(
            argument,
            f"a token of {value.unit_label()}",
            allowed=f"what only deployment knows is given in {unit}",
            fix=f"Pass cdk.Duration.{unit}(…).",
        )


def require_known(argument: str, value: cdk.Duration | None) -> None:
    """Refuse a duration that only deployment knows, where CDK has to know it."""
    if value is not None and value.is_unresolved():
        refuse(argument, "a token", allowed="it takes a duration that is written", fix="Pass a known duration.")


def require_one_of(argument: str, value: str, allowed: Collection[str], *, fix: str) -> None:
    """Refuse a string outside a closed set; an unresolved token passes."""
    if not is_token(value) and value not in allowed:
        refuse(argument, value, allowed=f"allowed are {', '.join(sorted(allowed))}", fix=fix)


def checked_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Hold the arguments of a constructor or method to its annotations, and refuse an alias where a key belongs.

    jsii would refuse them too, but only where they cross into CDK: late, as a ``TypeError`` that names an
    inner property, and after siblings have been defined. An alias it would let through.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        owner = function.__qualname__.removesuffix(".__init__")
        _require_known(owner, signature, kwargs)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            # As Python does, it says of what.
            hint = f". By name it takes {', '.join(_by_name(signature))}." if "positional" in str(error) else ""
            raise TypeError(f"{owner}() {error}{hint}") from None
        hints = _hints(function)
        for name, value in bound.arguments.items():
            if name in hints and not _fits(value, hints[name]):
                refuse(
                    f"{owner}({name}=…)",
                    value,
                    allowed=f"it takes {_named(hints[name])}",
                    fix=_way_out(value, hints[name]),
                )
            if value is not None and name in _keys(function):
                _require_key(name, value)
        return function(*args, **kwargs)

    return checked


def _by_name(signature: inspect.Signature) -> Sequence[str]:
    return [name for name, one in signature.parameters.items() if one.kind is one.KEYWORD_ONLY]


def _require_known(owner: str, signature: inspect.Signature, given: Mapping[str, object]) -> None:
    """Refuse an argument that there is not, as Python does, and name the one that was meant."""
    takes = [name for name, one in signature.parameters.items() if one.kind is not inspect.Parameter.POSITIONAL_ONLY]
    for name in given:
        if name not in takes:
            near = difflib.get_close_matches(name, takes, n=1)
            named = [one for one in takes if one not in ("self", "cls", "scope", "construct_id")]
            hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(named) or 'none'}."
            raise TypeError(f"{owner}() got an unexpected keyword argument {name!r}. {hint}")


def _way_out(value: object, hint: Any) -> str:
    """Say what to pass instead: a property of what was given, a token of the other kind, or else the type."""
    for name in sorted(_properties_of(type(value))):
        kind = _returned(type(value), name)
        if kind is not None and _is_kind_of(kind, hint):
            return f"Pass its .{name}."
    if is_token(value) and isinstance(value, str) and (_is_kind_of(int, hint) or _is_kind_of(float, hint)):
        return "Pass a number that only deployment knows as cdk.Token.as_number(…), or a parameter's value_as_number."
    members = [member for kind in _enums(hint) for member in kind if value in (member.value, member.name)]
    if members and isinstance(value, (str, int)):
        return f"Pass {type(members[0]).__name__}.{members[0].name}."
    if is_token(value) and _is_kind_of(str, hint):
        return "Pass a text that only deployment knows as cdk.Token.as_string(…), or a parameter's value_as_string."
    call = "" if is_token(value) else obvious_call(value, hint)
    return f"Pass {call}." if call else "Pass an object of that type."


def _enums(hint: Any) -> Collection[type[enum.Enum]]:
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return [one for one in options if isinstance(one, type) and issubclass(one, enum.Enum)]


def _properties_of(given: type) -> Collection[str]:
    """Return the public properties of a class of this package; those of CDK's say too little about what is meant."""
    if not given.__module__.startswith("hipaa_constructs."):
        return ()
    names = {name for base in given.__mro__ if base.__module__.startswith("hipaa_constructs.") for name in vars(base)}
    return [
        name
        for name in names
        if not name.startswith("_") and isinstance(inspect.getattr_static(given, name, None), property)
    ]


def _returned(given: type, name: str) -> type | None:
    getter = inspect.getattr_static(given, name).fget
    try:
        hint = typing.get_type_hints(getter).get("return")
    except (NameError, TypeError):
        # An annotation whose name is imported for type checkers alone.
        return None
    return hint if isinstance(hint, type) else None


def _is_kind_of(kind: type, hint: Any) -> bool:
    """Whether an object of a class fits an annotation, as far as the class alone tells."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_is_kind_of(kind, option) for option in typing.get_args(hint))
    if not isinstance(hint, type) or typing.get_origin(hint) is not None or hint is object:
        return False
    if getattr(hint, "_is_protocol", False):
        return any(
            base is hint or any(_inherits(interface, hint) for interface in getattr(base, "__jsii_ifaces__", ()))
            for base in kind.__mro__
        )
    return hint in kind.__mro__


@functools.cache
def _hints(function: Callable[..., object]) -> dict[str, object]:
    return typing.get_type_hints(function)


@functools.cache
def _keys(function: Callable[..., object]) -> frozenset[str]:
    """Return the names of the arguments that take a key."""
    hints = _hints(function)
    return frozenset(name for name, hint in hints.items() if kms.IKey in (hint, *typing.get_args(hint)))


def _require_key(argument: str, key: kms.IKey) -> None:
    """Refuse an alias, as a construct or by its ARN.

    CDK takes one for a key, and gives out its ARN as the key's. Policies that name that match no request
    (docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html), and S3 resolves it in the account of
    whoever writes, which may be a stranger's
    (docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html).
    """
    if isinstance(key, kms.Key):
        return
    if _implements(key, kms.IAlias) or ":alias/" in key.key_arn:
        refuse(
            argument,
            key.node.path,
            allowed="it takes a key, not an alias: a policy that names an alias matches no request",
            fix="Pass the key itself: the alias's alias_target_key, KmsRotatedKey(…).key, kms.Key.from_key_arn(…) or "
            "kms.Key.from_lookup(…).",
        )


def _fits(value: object, hint: Any) -> bool:
    if hint is None or hint is type(None):
        return value is None
    if hint in (Any, object):
        return True
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, option) for option in typing.get_args(hint))
    if origin is typing.Literal:
        options = typing.get_args(hint)
        return value in options or (isinstance(value, type(options[0])) and is_token(value))
    if origin is not None and isinstance(origin, type):
        return _fits_collection(value, origin, typing.get_args(hint))
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        # A token that stands for a number is a float.
        return (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, float) and is_token(value)
        )
    if getattr(hint, "_is_protocol", False):
        return _implements(value, hint)
    return isinstance(value, hint) if isinstance(hint, type) else True


def _fits_collection(value: object, origin: type, items: tuple[Any, ...]) -> bool:
    if origin is type:
        return isinstance(value, type)
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, items[0]) and _fits(item, items[1]) for key, item in value.items()
        )
    if issubclass(origin, Collection):
        # A lone string is a sequence of strings to Python, and never what was meant; a set has no order to keep.
        if isinstance(value, (str, bytes)) or not isinstance(value, (Sequence, set, frozenset)):
            return False
        if issubclass(origin, Sequence) and not isinstance(value, Sequence):
            return False
        return not items or all(_fits(item, items[0]) for item in value)
    return isinstance(value, origin)


def _implements(value: object, protocol: type) -> bool:
    """Whether ``value`` implements an interface, without touching its attributes.

    ``isinstance`` would read every property of a jsii interface, each a call to Node.
    """
    jsii_type = getattr(protocol, "__jsii_type__", None)
    for base in type(value).__mro__:
        if base is protocol or (jsii_type and vars(base).get("__jsii_type__") == jsii_type):
            return True
        if any(_inherits(interface, protocol) for interface in getattr(base, "__jsii_ifaces__", ())):
            return True
    if jsii_type:
        # What jsii returns for an imported resource stands for several interfaces at once.
        return any(_implements(part, protocol) for part in getattr(value, "__dict__", {}).get("_delegates", ()))
    members = [name for name in vars(protocol) if not name.startswith("_")]
    return bool(members) and all(inspect.getattr_static(value, name, None) is not None for name in members)


def _inherits(candidate: object, parent: type) -> bool:
    """``issubclass`` over the method resolution order alone; protocols with properties refuse the real one."""
    return isinstance(candidate, type) and parent in candidate.__mro__


def _named(hint: Any) -> str:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(_named(option) for option in typing.get_args(hint) if option is not type(None))
    if isinstance(hint, type) and typing.get_origin(hint) is None:
        package = hint.__module__.removeprefix("hipaa_constructs.").split(".")
        short = ".".join(part for part in package[:2] if part != "builtins")
        return f"{short}.{hint.__name__}" if short.startswith("aws_cdk") else hint.__name__
    return str(hint).replace("typing.", "").replace("collections.abc.", "")


def _shown(value: object) -> str:
    if isinstance(value, float) and is_token(value):
        # As a number it shows an index into CDK's tokens, such as -1.8e+289.
        return "a token"
    if isinstance(value, (str, int, float, bool, type(None))):
        return repr(value)
    if isinstance(value, (list, tuple, set, dict)):
        text = repr(value)
        return text if len(text) <= 80 else f"{text[:77]}…"
    return f"a {type(value).__name__}"
