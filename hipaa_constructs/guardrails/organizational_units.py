from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aws_cdk import aws_organizations as organizations
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs.guardrails.requirements import require_some


class OrganizationalUnits(Construct):
    """Organizational units beside each other, each made after the one before: Organizations takes one change at a time.

    Accounts are moved into a unit by hand, since that decides at once which policies bind them. AWS deletes no unit
    that holds an account: docs.aws.amazon.com/organizations/latest/userguide/delete-ou.html.

    Supports 164.308(a)(4)(i) information access management.

    :param parent_id: the root, like ``r-ab12``, or the unit, like ``ou-ab12-11111111``, that they are in. Another one
        makes other units.
    :param unit_names: their names, each once; names are unique within ``parent_id``.
    :raises ValueError: a parent that is none, no name, or a name that stands there twice.
    """

    @checked_arguments
    def __init__(self, scope: Construct, construct_id: str, *, parent_id: str, unit_names: Sequence[str]) -> None:
        if not re.fullmatch(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}", parent_id) and not (
            is_token(parent_id)
        ):
            refuse(
                "parent_id",
                parent_id,
                allowed="it takes ids like 'r-ab12' or 'ou-ab12-11111111'",
                fix="Read it with 'aws organizations list-roots'.",
            )
        require_some("unit_names", unit_names, "names of units")
        for name in unit_names:
            if unit_names.count(name) > 1:
                refuse("unit_names", name, allowed="each name stands once", fix="Leave out the repetition.")
        super().__init__(scope, construct_id)

        self._units: dict[str, organizations.CfnOrganizationalUnit] = {}
        before: organizations.CfnOrganizationalUnit | None = None
        for name in unit_names:
            unit = organizations.CfnOrganizationalUnit(self, name, name=name, parent_id=parent_id)
            if before is not None:
                unit.add_resource_dependency(before)
            self._units[name] = before = unit

    @property
    def units(self) -> Mapping[str, organizations.CfnOrganizationalUnit]:
        """The units by name."""
        return dict(self._units)
