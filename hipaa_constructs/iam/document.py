"""Policy documents: what each statement says, whatever form the template used.

IAM ignores the case of actions and of condition keys (docs.aws.amazon.com/IAM/latest/UserGuide/
reference_policies_elements_action.html and …_condition.html), but not that of resources and of effects.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Gap,
    Part,
    Reference,
    Resolved,
    Ternary,
    Text,
    Unknown,
    any_of,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    negate,
    spread,
)
from hipaa_constructs.iam.arns import is_no_arn

FOR_ALL: Final = "forallvalues"
FOR_ANY: Final = "foranyvalue"


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One comparison of a condition key; those of a statement must all hold.

    ``operator`` and ``key`` are in lower case, the operator without what is in ``quantifier`` (``FOR_ALL``, ``FOR_ANY``
    or empty) and ``if_exists``. A value that could not be resolved is ``UNKNOWN`` in ``values``.
    """

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: Sequence[Resolved]

    def texts(self) -> Sequence[str | Unknown]:
        """Return the values in lower case, as booleans are compared."""
        return [UNKNOWN if value is UNKNOWN else str(value).lower() for value in self.values]

    def is_flag(self, value: bool) -> Ternary:
        """Whether a boolean key is compared with ``value`` and nothing else, in any of its spellings."""
        if self.operator != "bool" or not self.values:
            return Ternary.NO
        texts = self.texts()
        if any(text is UNKNOWN for text in texts):
            return Ternary.UNKNOWN
        return Ternary.of(all(text == str(value).lower() for text in texts))


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement; an item that could not be resolved is ``UNKNOWN`` in its list, as all are of an unknown statement.

    ``name`` is how messages call it: by its Sid, or by its number. ``principals`` and ``not_principals`` hold
    ``(kind, value)`` pairs, with the kind ``*`` for a bare wildcard. ``conditions`` is empty where there are none.
    """

    name: str
    effect: Resolved
    actions: Sequence[Resolved]
    not_actions: Sequence[Resolved]
    resources: Sequence[Resolved]
    not_resources: Sequence[Resolved]
    principals: Sequence[tuple[str, Resolved]]
    not_principals: Sequence[tuple[str, Resolved]]
    conditions: Sequence[Condition | Unknown]

    @property
    def denies(self) -> Ternary:
        """Whether the effect is Deny."""
        return is_one_of(self.effect, "Deny")

    @property
    def allows(self) -> Ternary:
        """Whether the effect is not Deny; Allow is all else that there is."""
        return negate(self.denies)

    def names_everyone(self) -> Ternary:
        """Whether the principal is a wildcard: anybody, of any account."""
        return any_of(_is(value, "*") for kind, value in self.principals if kind in ("*", "AWS"))

    def covers_action(self, action: str) -> Ternary:
        """Whether a statement's action patterns (or its NotAction) include ``action``, such as ``s3:PutObject``."""
        if self.not_actions:
            return negate(any_of(_matches(pattern, action) for pattern in self.not_actions))
        return any_of(_matches(pattern, action) for pattern in self.actions)

    def covers_resource(self, target: Resource, tail: str = "") -> Ternary:
        """Whether the statement is about ``target``, or about what follows it, such as ``/*`` for objects."""
        return any_of(_covers(value, target, tail) for value in self.resources)

    def compared(self, key: str) -> Iterator[Condition]:
        """Yield the conditions on a condition key, given in lower case."""
        return (condition for condition in self.known_conditions() if condition.key == key)

    def known_conditions(self) -> Iterator[Condition]:
        """Yield the conditions that can be read."""
        return (condition for condition in self.conditions if not isinstance(condition, Unknown))


_UNKNOWN: Final = [UNKNOWN]


def statements(document: object, within: str = "") -> Sequence[Statement] | Unknown:
    """Return the statements of a resolved policy document, an object or JSON text; ``UNKNOWN`` if it cannot be read.

    A statement that cannot be read, or that only deployment tells, says nothing about the others: it is one whose parts
    are ``UNKNOWN``. ``within`` is how messages call the document beside others of its resource.
    """
    is_text, document = isinstance(document, str), parsed(document)
    if document is None:
        return []
    if not is_mapping(document) or document.get("Statement") is UNKNOWN:
        return UNKNOWN
    entries = as_items(document.get("Statement"))
    return [_statement(entry, number, within, is_text=is_text) for number, entry in enumerate(entries, 1)]


def policies_at(resource: Resource, path: str) -> Sequence[Sequence[Statement] | Unknown]:
    """Return the statements of each policy document at a path of a resource, read once in each world.

    ``[]`` in the path stands for every item of a list, as in ``spread``.
    """
    return resource.cached(f"policies at {path}", partial(_policies, resource, path))


def policy_at(
    resource: Resource, path: str, absent: Sequence[Statement] | Unknown = ()
) -> Sequence[Statement] | Unknown:
    """Return the statements of the policy document at a path of a resource, or ``absent`` where there is none."""
    return next(iter(policies_at(resource, path)), absent)


def statement_at(resource: Resource, path: str) -> Sequence[Statement] | Unknown:
    """Return the one statement that a resource has at a path in place of a document, as the policy of an event bus."""
    return statements({"Statement": parsed(resource.get(path))})


def parsed(document: object) -> Any:
    """Return a policy document as data, whether it was written as data or as JSON text."""
    if not isinstance(document, str):
        return document
    try:
        data = json.loads(document)
    except ValueError:
        return UNKNOWN
    if not isinstance(document, Text):
        return data
    return _with_gaps(data, {str(part): part for part in document.parts if not isinstance(part, str)})


def matches(pattern: object, action: str) -> bool:
    """Whether an action pattern with wildcards certainly covers an action; IAM ignores case here."""
    return _matches(pattern, action) is Ternary.YES


def _policies(resource: Resource, path: str) -> Sequence[Sequence[Statement] | Unknown]:
    head, _, rest = path.rpartition("[].")
    if not head:
        found = resource.get(path)
        return [] if found is None else [statements(found)]
    holders = list(spread(resource.properties, f"{head}[]"))
    name_property = _NAMES.get(head.rpartition(".")[2])
    written = [(dig(holder, rest), _called(holder, name_property, number)) for number, holder in enumerate(holders, 1)]
    several = sum(document is not None for document, _ in written) > 1
    return [statements(document, name if several else "") for document, name in written if document is not None]


# By what messages call a policy where a resource has several.
_NAMES: Final = {"Policies": "PolicyName", "Replicas": "Region"}


def _called(holder: Resolved, name_property: str | None, number: int) -> str:
    name = as_text(dig(holder, name_property)) if name_property else None
    return name if isinstance(name, str) and name else f"policy {number}"


def _is(value: Resolved, text: str) -> Ternary:
    return Ternary.UNKNOWN if value is UNKNOWN else Ternary.of(isinstance(value, str) and value == text)


def _matches(pattern: object, action: str) -> Ternary:
    if pattern is UNKNOWN or isinstance(pattern, Text):
        return Ternary.UNKNOWN
    if not isinstance(pattern, str):
        return Ternary.NO
    return Ternary.of(_covers_action(str(pattern), action))


@lru_cache(maxsize=65536)
def _covers_action(pattern: str, action: str) -> bool:
    """Whether a pattern covers an action; the same are compared for each statement, rule and world."""
    if "*" not in pattern and "?" not in pattern:
        return action.lower() == pattern.lower()
    return fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))


def _covers(value: Resolved, target: Resource, tail: str) -> Ternary:
    if value is UNKNOWN:
        return Ternary.UNKNOWN
    if not isinstance(value, (str, Reference)):
        return Ternary.NO
    if value == "*":
        return Ternary.YES
    if is_no_arn(value):
        # A name, such as what Ref of a bucket gives: services refuse it, and nothing has it for an ARN.
        return Ternary.NO
    if isinstance(value, Reference):
        return Ternary.of(value.resource is target and not tail)
    if isinstance(value, Text):
        # What follows the last gap belongs to the name, up to a slash or a wildcard.
        last = value.rpartition("}")[2]
        tail_of_name = re.fullmatch(r"[\w.-]*(/.*|\*)?", last)
        end = (tail_of_name.group(1) or "") if tail_of_name else last
        # A resource policy can only be about its own resource, so a name that is not known is the target's.
        denoted = target.template.target(value, target.type) is target or "${?" in value
    else:
        end = next(end for end in ("/*", "*", "") if value.endswith(end))
        denoted = target.template.target(value.removesuffix(end), target.type) is target
    return Ternary.of(denoted and end in (tail, "*"))


def _statement(entry: Resolved, number: int, within: str, *, is_text: bool) -> Statement:
    of = f" of {within}" if within else ""
    if not is_mapping(entry):
        return Statement(f"{number}{of}", UNKNOWN, _UNKNOWN, [], _UNKNOWN, [], [("*", UNKNOWN)], [], _UNKNOWN)
    conditions, sid = list(_conditions(entry.get("Condition"), is_text=is_text)), entry.get("Sid")
    return Statement(
        name=f"{sid if isinstance(sid, str) and sid else number}{of}",
        effect=entry.get("Effect"),
        principals=list(_principals(entry.get("Principal"))),
        not_principals=list(_principals(entry.get("NotPrincipal"))),
        actions=_patterns(entry.get("Action")),
        not_actions=_patterns(entry.get("NotAction")),
        resources=_patterns(entry.get("Resource")),
        not_resources=_patterns(entry.get("NotResource")),
        conditions=conditions,
    )


def _patterns(value: Resolved) -> Sequence[Resolved]:
    """Return the patterns of actions or resources, with one ``*`` for what means the same, such as ``**``.

    ``?*`` asks for a sign more, which all names have.
    """
    return [_plain(item) for item in as_items(value)]


def _plain(pattern: Any) -> Any:
    if not isinstance(pattern, str) or _SEVERAL.search(pattern) is None:
        return pattern
    if isinstance(pattern, Text):
        parts = [_SEVERAL.sub("*", part) if isinstance(part, str) else part for part in pattern.parts]
        return Text(*parts) if type(pattern) is Text else pattern
    return _SEVERAL.sub("*", pattern)


def _principals(value: Resolved) -> Iterator[tuple[str, Resolved]]:
    if value is None:
        return
    if value is UNKNOWN or isinstance(value, (str, Text, Reference)):
        yield "*", value
    elif is_mapping(value):
        for kind, listed in value.items():
            for item in as_items(listed):
                plain = kind == "Service" and isinstance(item, str) and not isinstance(item, Text)
                name: Any = str(item).lower() if plain else item
                yield kind, name


def is_unfilled(key: object) -> bool:
    """Whether a key of data has a gap, in which CloudFormation fills in nothing.

    It does so in values, and in text that is a whole policy: github.com/aws-cloudformation/
    cloudformation-coverage-roadmap/issues/198.
    """
    return "${" in str(key)


def _conditions(written: Resolved, *, is_text: bool) -> Iterator[Condition | Unknown]:
    """Yield the comparisons; what is no comparison at all, or only deployment tells, is ``UNKNOWN``."""
    if written is None:
        return
    if not is_mapping(written):
        yield UNKNOWN
        return
    for operator, entries in written.items():
        if not is_mapping(entries):
            yield UNKNOWN
            continue
        quantifier, _, plain = str(operator).lower().rpartition(":")
        for key, value in entries.items():
            if not is_text and is_unfilled(key):
                yield UNKNOWN
                continue
            yield Condition(
                operator=plain.removesuffix("ifexists"),
                quantifier=quantifier,
                if_exists=plain.endswith("ifexists"),
                key=str(key).lower(),
                values=[UNKNOWN] if value is None or is_mapping(value) else as_items(value),
            )


def _with_gaps(data: Resolved, gaps: Mapping[str, Part]) -> Any:
    """Return data that was text with gaps, with the gaps kept where they stand."""
    if is_mapping(data):
        return {key: _with_gaps(item, gaps) for key, item in data.items()}
    if isinstance(data, list):
        return [_with_gaps(item, gaps) for item in data]
    if not isinstance(data, str):
        return data
    parts = [gaps.get(part, part) for part in _GAP.split(data) if part]
    if all(isinstance(part, str) for part in parts):
        return data
    whole = parts[0] if len(parts) == 1 else None
    if isinstance(whole, Gap) and whole.shown.startswith("${?") and not whole.single:
        return UNKNOWN
    return whole if isinstance(whole, Reference) else Text(*parts)


_SEVERAL = re.compile(r"[*?]*\*[*?]+|\?+\*")
_GAP = re.compile(r"(\$\{[^}]*\})")
