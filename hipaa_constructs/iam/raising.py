"""How an identity's policies let it raise its own rights: by roles, users and groups that it may give any right.

Whoever may give a policy to a role that he may make says in its trust policy that he takes it, and so has any right; so
has a role that may give itself a policy. A permissions boundary bounds what is made, if the action asks for it by
``iam:PermissionsBoundary`` and nobody takes it away again (docs.aws.amazon.com/IAM/latest/UserGuide/
access_policies_boundaries.html, "Delegating responsibility to others using permissions boundaries"); ``iam:PolicyARN``
bounds what is attached. Which actions have these keys:
docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Reference, Resolved, Ternary, Unknown, all_of, is_present, spread
from hipaa_constructs.iam.arns import named_by_arn, parse_arn
from hipaa_constructs.iam.conditions import is_conditioned
from hipaa_constructs.iam.document import FOR_ALL, Condition, Statement, matches
from hipaa_constructs.iam.grants import documents, is_whole_service
from hipaa_constructs.iam.identity_kinds import KINDS, POLICIES, ROLES, USERS, Kind
from hipaa_constructs.iam.name_patterns import as_named, covers, is_several, is_whole_kind, meet
from hipaa_constructs.iam.roles import documents_of, roles_of

_MANAGED = "AWS::IAM::ManagedPolicy"
_ROLE = "AWS::IAM::Role"


class Sure(enum.IntEnum):
    """How certain it is that something is allowed, or comes of what is."""

    NO = 0
    UNKNOWN = 1
    MAYBE = 2
    YES = 3


class Raising(NamedTuple):
    """What lets a holder raise its own rights: a statement's actions on what, and by what it comes to have them."""

    statement: str
    actions: tuple[str, ...]
    on: tuple[str, ...]
    how: str
    sure: Sure


# Their services alone change these: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
_OF_SERVICES = "role/aws-service-role/"
_BOUNDARY, _POLICY = "iam:permissionsboundary", "iam:policyarn"
_TAGS = ("aws:resourcetag/", "iam:resourcetag/")
_ANY_RIGHT = ("policy/AdministratorAccess", "policy/IAMFullAccess")
_USER_ITSELF = "${aws:username}"


def raised_by(resource: Resource) -> Iterator[Raising]:
    """Yield by what of an identity resource its holder raises its own rights.

    What stands on all roles, users, groups or policies is left out, and so are whole services: others tell of these.
    """
    found: dict[tuple[str, ...], Raising] = {}
    own = _readable(documents(resource))
    if not any(_giving(statement, kind) for statement in own for kind in KINDS):
        return
    roles: list[Resource | None] = [role for role in roles_of(resource) if not isinstance(role, Unknown)]
    for holder in roles or [None]:
        for raising in _Rights(resource, holder, own).raised():
            at = (raising.statement, *raising.on)
            if at not in found or found[at].sure < raising.sure:
                found[at] = raising
    together: dict[Raising, list[str]] = {}
    for raising in found.values():
        together.setdefault(raising._replace(on=()), []).extend(raising.on)
    yield from (raising._replace(on=tuple(on)) for raising, on in together.items())


class _Rights:
    """What a holder may do by all its policies in the app."""

    def __init__(self, resource: Resource, holder: Resource | None, own: Sequence[Statement]) -> None:
        self._resource, self._holder, self._own = resource, holder, own
        of_holder = [] if holder is None else _readable(documents_of(holder, with_boundary=False))
        known = {id(statement) for statement in own}
        self._statements = [*own, *(one for one in of_holder if id(one) not in known)]
        boundary = None if holder is None else holder.get("PermissionsBoundary")
        self._is_bound = is_present(boundary) is not Ternary.NO
        policy = holder.template.target(boundary, _MANAGED) if holder is not None and self._is_bound else None
        # What a boundary elsewhere leaves is not to be seen.
        self._bounding: Sequence[Statement] | None = [] if policy is None else _readable(documents(policy))
        if self._is_bound and policy is None:
            self._bounding = None

    def raised(self) -> Iterator[Raising]:
        for statement in self._own if self._bounding is not None else ():
            for kind in KINDS:
                giving = _giving(statement, kind)
                whole = any(is_whole_kind(_name(item)) or _name(item) == "*" for item in statement.resources)
                for item in statement.resources if giving and not whole else ():
                    yield from self._on(statement, giving, item, kind)

    def _on(self, statement: Statement, giving: dict[Resolved, str], item: Resolved, kind: Kind) -> Iterator[Raising]:
        name = _name(item)
        if not name.startswith(kind.start) or name.startswith(_OF_SERVICES):
            return
        for unbinds in ("", *kind.unbinds):
            if unbinds and self._may(unbinds, name) is not Sure.YES:
                continue
            by_action = {
                str(action): min(self._allows(statement, give, bounds=not unbinds), self._left(give, name, unbinds))
                for action, give in giving.items()
            }
            sure, how = self._way(kind, name, unbinds)
            given = max(by_action.values())
            if min(sure, given) is not Sure.NO:
                actions = tuple(action for action, one in by_action.items() if one is given)
                away = f" and {unbinds} takes a boundary away" if unbinds else ""
                yield Raising(statement.name, actions, (str(item),), how + away, min(sure, given))
                return

    def _way(self, kind: Kind, name: str, unbinds: str) -> tuple[Sure, str]:
        """Return by what a holder has what it gives, and how certain that is."""
        if self._is_itself(kind, name) and (not self._is_bound or unbinds):
            return Sure.YES, "of which its holder is one"
        if not kind.makes or not is_several(name):
            return Sure.NO, ""
        takes = [(self._may(action, name), action) for action in kind.takes]
        taken, by = max(takes, key=lambda one: one[0])
        made = self._may(kind.makes, name, bounds=not unbinds)
        if made is not Sure.NO and kind is ROLES:
            return made, f"where {kind.makes} makes more for whoever it likes"
        if min(made, taken) is not Sure.NO:
            return min(made, taken), f"where {kind.makes} makes more and {by} has it act as these"
        return min(taken, Sure.MAYBE), f"where {by} hands on what there is"

    def _is_itself(self, kind: Kind, name: str) -> bool:
        if kind is USERS:
            return self._holder is None and name.endswith(f"/{as_named(_USER_ITSELF)}")
        if kind is ROLES:
            return self._holder is not None and _is_named(self._holder, kind, "RoleName", name)
        if kind is POLICIES:
            return any(_is_named(policy, kind, "ManagedPolicyName", name) for policy in self._held())
        return False

    def _held(self) -> Iterator[Resource]:
        """Yield the managed policies of the app that are known to be the holder's."""
        if self._resource.type == _MANAGED:
            yield self._resource
        if self._holder is not None:
            for arn in spread(self._holder.properties, "ManagedPolicyArns[]"):
                policy = self._holder.template.target(arn, _MANAGED)
                if policy is not None:
                    yield policy

    def _may(self, action: str, name: str, *, bounds: bool = True) -> Sure:
        """Whether a holder may do something with one or some of what a pattern names."""
        allowed = Sure.NO
        for statement in self._statements:
            if statement.not_actions or statement.allows is Ternary.NO:
                continue
            if any(meet(_name(item), name) for item in statement.resources):
                allowed = max(allowed, self._allows(statement, action, bounds=bounds))
        return min(allowed, self._left(action, name, "" if bounds else "any"))

    def _allows(self, statement: Statement, action: str, *, bounds: bool) -> Sure:
        """Whether a statement allows an action without what bounds what it gives."""
        covers = statement.covers_action(action)
        if covers is not Ternary.YES:
            return Sure.UNKNOWN if covers is Ternary.UNKNOWN else Sure.NO
        known = list(statement.known_conditions())
        if any(self._limits(condition, action, bounds=bounds) for condition in known):
            return Sure.NO
        if len(known) < len(statement.conditions) or statement.allows is Ternary.UNKNOWN:
            return Sure.UNKNOWN
        # Of these, what is left says no more than that there is one, or which one there is not.
        others = [one for one in known if one.key not in (_BOUNDARY, _POLICY) or (one.key == _POLICY and _is_not(one))]
        return Sure.MAYBE if others and is_conditioned(statement) is not Ternary.NO else Sure.YES

    def _limits(self, condition: Condition, action: str, *, bounds: bool) -> bool:
        """Whether a condition bounds what an action gives, or to whom: by a boundary, a policy or a tag."""
        if condition.key.startswith(_TAGS):
            return True
        if condition.quantifier == FOR_ALL or _is_not(condition):
            return False
        if condition.key == _BOUNDARY:
            asks = not condition.if_exists and (condition.operator != "null" or condition.texts() == ["false"])
            return bounds and asks
        # Only what attaches has the key, so that a condition on it is never met by what else gives rights.
        if condition.key != _POLICY or condition.operator == "null":
            return False
        if "Attach" not in action:
            return not condition.if_exists
        return not any(map(self._is_open, condition.values))

    def _is_open(self, policy: Resolved) -> bool:
        """Whether a policy that may be attached has any right, or is one that the holder writes itself."""
        name, arn = _name(policy), parse_arn(policy) if isinstance(policy, str) else None
        account = "" if arn is None else arn.account
        if name == "*" or (account in ("*", "aws") and any(meet(name, one) for one in _ANY_RIGHT)):
            return True
        writes = ("iam:CreatePolicy", "iam:CreatePolicyVersion") if account != "aws" else ()
        return any(self._may(action, name) is Sure.YES for action in writes if name)

    def _left(self, action: str, name: str, unbinds: str) -> Sure:
        """What Deny statements and a boundary leave of an action on all that a pattern names."""
        left = Sure.YES
        for statement in (*self._statements, *(self._bounding or ())):
            if statement.denies is not Ternary.NO:
                left = min(left, _left_by(statement, action, name, bounds=not unbinds))
        if self._bounding and not any(
            one.allows is Ternary.YES and one.covers_action(action) is not Ternary.NO for one in self._bounding
        ):
            return Sure.NO
        return left


def _giving(statement: Statement, kind: Kind) -> dict[Resolved, str]:
    """Return what of an Allow's actions, short of a whole service, gives rights to a kind, and what each stands for."""
    if statement.allows is not Ternary.YES or statement.not_actions:
        return {}
    patterns = [action for action in statement.actions if not is_whole_service(action)]
    found = ((action, next((give for give in kind.gives if matches(action, give)), "")) for action in patterns)
    return {action: give for action, give in found if give}


def _left_by(statement: Statement, action: str, name: str, *, bounds: bool) -> Sure:
    denied = all_of((statement.denies, statement.covers_action(action)))
    if statement.not_resources:
        about = not any(meet(_name(item), name) for item in statement.not_resources)
    else:
        about = any(covers(_name(item), name) for item in statement.resources)
    if denied is Ternary.NO or not about:
        return Sure.YES
    keys = [one.key for one in statement.known_conditions()]
    bounding = any(map(_asks_for_bound, statement.known_conditions()))
    if not statement.conditions or bounding:
        refused = bounds or not bounding
        return (Sure.NO if denied is Ternary.YES else Sure.UNKNOWN) if refused else Sure.YES
    return Sure.UNKNOWN if len(keys) < len(statement.conditions) else Sure.YES


def _is_not(condition: Condition) -> bool:
    return "not" in condition.operator


def _asks_for_bound(condition: Condition) -> bool:
    """Whether a Deny is of what comes without a boundary, or with another boundary or policy than some."""
    if condition.operator == "null":
        return condition.key == _BOUNDARY and condition.texts() == ["true"]
    return condition.key in (_BOUNDARY, _POLICY) and _is_not(condition)


def _readable(policies: Iterable[Sequence[Statement] | Unknown]) -> list[Statement]:
    return [statement for policy in policies if not isinstance(policy, Unknown) for statement in policy]


def _name(item: Resolved) -> str:
    """Return what a statement's resource names, such as ``role/clinic-*``; empty for what is not to be told."""
    if isinstance(item, Reference):
        kinds = {_ROLE: ROLES.start, _MANAGED: POLICIES.start}
        start = kinds.get(item.resource.type)
        return start + as_named("${" + item.resource.logical_id + "}") if start else ""
    if not isinstance(item, str):
        return ""
    name, arn = as_named(named_by_arn(item)), parse_arn(item)
    # The account aws has policies alone.
    return "" if arn is not None and arn.account == "aws" and not name.startswith(POLICIES.start) else name


def _is_named(resource: Resource, kind: Kind, name_property: str, name: str) -> bool:
    """Whether a pattern is certainly about a role or a policy: by its name, or by what CloudFormation calls it.

    That begins with the name of the stack and the logical id: docs.aws.amazon.com/AWSCloudFormation/latest/
    TemplateReference/aws-properties-name.html.
    """
    path, given = resource.get("Path"), resource.get(name_property)
    before = kind.start + (as_named(path).strip("/") + "/" if isinstance(path, str) and path.strip("/") else "")
    called = [kind.start + as_named("${" + resource.logical_id + "}")]
    if isinstance(given, str):
        called.append(before + as_named(given))
    elif is_present(given) is Ternary.NO:
        called.append(before + as_named("${AWS::StackName}-" + resource.logical_id + "-*"))
    return any(covers(name, one) for one in called)
