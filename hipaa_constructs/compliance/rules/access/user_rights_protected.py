"""Users of a Cognito user pool cannot change the attributes that say what they may do.

What a client may write, its users may: their own access token sets it by ``UpdateUserAttributes``, and whoever signs up
sets it for himself (docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html). Where
``WriteAttributes`` is absent, the API's reference speaks of standard attributes alone, and custom ones were written all
the same (github.com/ustaxcourt/ef-cms/pull/782, github.com/aws/aws-cdk/pull/7607). A warning, since what an attribute
is for only its name tells. Compliant: ``WriteAttributes`` leaves out every attribute of a name such as ``role``,
``tenant_id`` or ``isAdmin``. Non-compliant: it has one, or is absent, and the attribute is mutable, or people sign up
by themselves. Not applicable: pools elsewhere and those without such attributes, clients that are programs, and
attributes that administrators alone may change (``DeveloperOnlyAttribute``).
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    as_items,
    as_text,
    dig,
    is_present,
    is_true,
)
from hipaa_constructs.compliance.facts.user_pools import USER_POOL, USER_POOL_CLIENT, of_program, signs_up_itself
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, unknown

_WRITTEN = "WriteAttributes"
# What says what somebody may do, or whose records he sees, as a word of a name.
_RIGHTS = frozenset(
    {"admin", "administrator", "clearance", "entitlement", "permission", "privilege", "role", "superuser", "tenant"}
)
# What does so where it is all of the name, beside an id or a name of it.
_WHOSE = frozenset({"clinic", "facility", "group", "hospital", "org", "organisation", "organization", "practice"})
_BESIDE = frozenset({"code", "id", "is", "name", "user"})


def check(resource: Resource) -> Verdict:
    pool = resource.template.target(resource.get("UserPoolId"), USER_POOL)
    if pool is None or of_program(resource) is Ternary.YES:
        return NOT_APPLICABLE
    deciding = dict(_deciding(pool))
    if not deciding:
        return NOT_APPLICABLE
    written = resource.get(_WRITTEN)
    if written is UNKNOWN:
        return unknown(f"{_WRITTEN} is known only at deployment.")
    absent = is_present(written) is Ternary.NO
    named = {str(as_text(item)).removeprefix("custom:") for item in as_items(written)}
    open_to = {name: how for name, how in deciding.items() if absent or name in named}
    if not open_to:
        return PASSED
    how = {answer: [name for name, one in open_to.items() if one is answer] for answer in Ternary}
    if how[Ternary.YES]:
        what = "is not set, so users may be able to write" if absent else "lets users write"
        those = listed(f"custom:{name}" for name in how[Ternary.YES])
        return failed(f"{_WRITTEN} {what} {those} of their own account.")
    if how[Ternary.UNKNOWN]:
        return unknown(f"Whether users can write {listed(how[Ternary.UNKNOWN])} is known only at deployment.")
    return PASSED


def _deciding(pool: Resource) -> Iterator[tuple[str, Ternary]]:
    """Yield the custom attributes that say what a user may do, and whether users set them, once or ever."""
    signs_up = signs_up_itself(pool)
    for attribute in as_items(pool.get("Schema")):
        name = as_text(dig(attribute, "Name"))
        if not isinstance(name, str) or not _decides(name):
            continue
        if is_true(dig(attribute, "DeveloperOnlyAttribute")) is Ternary.YES:
            continue
        mutable = is_true(dig(attribute, "Mutable"))
        yield (
            name.removeprefix("custom:"),
            Ternary.YES
            if Ternary.YES in (mutable, signs_up)
            else (Ternary.UNKNOWN if Ternary.UNKNOWN in (mutable, signs_up) else Ternary.NO),
        )


def _decides(name: str) -> bool:
    words = {word.removesuffix("s") for word in words_of(name.removeprefix("custom:"))}
    rest = words - _BESIDE
    return bool(words & _RIGHTS) or (bool(rest) and rest <= _WHOSE)


RULE = Rule(
    name="UserRightsProtected",
    severity="warning",
    resource_types=(USER_POOL_CLIENT,),
    controls=("164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    fix="Let users write only attributes that say nothing of what they may do.",
    fixes=(
        Fix(
            properties={_WRITTEN: [Choose("the attributes that users may change, without these")]},
            beside="Programs set the others by AdminUpdateUserAttributes, or groups of the pool take their place.",
            cdk=("cognito.UserPoolClient(write_attributes=<ClientAttributes of what users may change>)",),
        ),
    ),
    check=check,
)
