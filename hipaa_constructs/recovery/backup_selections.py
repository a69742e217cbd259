from __future__ import annotations

from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from constructs import Construct, IDependable

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._constants import partition
from hipaa_constructs._stacks import account_of, path_of, region_of, stack_of
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.permissions import Place

# docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
_MOST_ARNS = 500
# docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
_MOST_SELECTIONS = 100
_MOST_TAGGED = 10


@dataclass
class _Selected:
    """What one stack's stores have selected so far: the selection that is being filled, and its ARNs."""

    home: Construct
    name: str
    made: int = 0
    current: backup.CfnBackupSelection | None = None
    arns: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


class BackupSelections:
    """The selections of a plan: one in each stack that has stores, and one for each tag.

    A store is selected in its own stack, because that is where cdk-nag looks for it.
    """

    def __init__(self, scope: Construct, *, plan: backup.BackupPlan, role: LeastPrivilegeRole) -> None:
        self._scope = scope
        self._plan = plan
        self._role = role
        self._stack = stack_of(scope)
        self._by_stack: dict[str, _Selected] = {}
        self._tags: set[tuple[str, str]] = set()
        self._made = 0
        self._slow: list[IDependable] = []
        self._here: list[backup.CfnBackupSelection] = []

    def wait_for(self, slow: IDependable) -> None:
        """Make the selections of the plan's own stack after ``slow``; those of other stacks are made later anyway."""
        self._slow.append(slow)
        for selection in self._here:
            selection.node.add_dependency(slow)

    def add(self, store: Construct, resource_arn: str) -> None:
        """Select one store by its ARN."""
        stack = stack_of(store)
        path = path_of(stack)
        if path not in self._by_stack:
            self._require_same_place(stack)
            self._require_room()
            home = self._home_in(stack)
            self._by_stack[path] = _Selected(home, _name(home))
        selected = self._by_stack[path]
        if resource_arn in selected.seen:
            return
        if selected.current is None or len(selected.arns) == _MOST_ARNS:
            self._require_room()
            selected.made += 1
            selected.arns = []
            selected.current = None
        selected.seen.add(resource_arn)
        selected.arns.append(resource_arn)
        suffix = "Stores" if selected.made == 1 else f"Stores{selected.made}"
        property_ = self._selection(f"{selected.name}-{suffix}", resources=selected.arns)
        if selected.current is None:
            selected.current = self._define(selected.home, suffix, property_)
        else:
            # Given anew each time: a list that grows later would have to be a token, which is asked again and again.
            selected.current.backup_selection = property_

    def add_tag(self, key: str, value: str) -> None:
        """Select stores of every kind that the role can back up, if they have a tag."""
        if (key, value) in self._tags:
            return
        if not is_token(key) and (not 1 <= len(key) <= 128 or key.lower().startswith("aws:")):
            refuse(
                "key",
                key,
                allowed="allowed are 1 to 128 characters, not starting with 'aws:'",
                fix="Name a tag that you set yourself.",
            )
        if not is_token(value) and not 1 <= len(value) <= 256:
            refuse("value", value, allowed="allowed are 1 to 256 characters", fix="Name the tag's value.")
        if len(self._tags) == _MOST_TAGGED:
            refuse(
                "key",
                key,
                allowed=f"AWS Backup takes {_MOST_TAGGED} selections by tag in a plan",
                fix="Tag more stores alike.",
            )
        self._require_room()
        self._tags.add((key, value))
        number = len(self._tags)
        suffix = "Tagged" if number == 1 else f"Tagged{number}"
        kinds = _kinds(Place.of(self._stack))
        self._define(
            self._scope,
            suffix,
            self._selection(f"{_name(self._scope)}-{suffix}", resources=kinds, tag=(key, value)),
        )

    def _define(
        self,
        scope: Construct,
        construct_id: str,
        selection: backup.CfnBackupSelection.BackupSelectionResourceTypeProperty,
    ) -> backup.CfnBackupSelection:
        self._made += 1
        made = backup.CfnBackupSelection(
            scope, construct_id, backup_plan_id=self._plan.backup_plan_id, backup_selection=selection
        )
        if scope is self._scope:
            self._here.append(made)
            made.node.add_dependency(*self._slow)
        return made

    def _selection(
        self, name: str, *, resources: list[str], tag: tuple[str, str] | None = None
    ) -> backup.CfnBackupSelection.BackupSelectionResourceTypeProperty:
        conditions = None
        if tag is not None:
            conditions = {"StringEquals": [{"ConditionKey": f"aws:ResourceTag/{tag[0]}", "ConditionValue": tag[1]}]}
        return backup.CfnBackupSelection.BackupSelectionResourceTypeProperty(
            iam_role_arn=self._role.role_arn, selection_name=name, resources=resources, conditions=conditions
        )

    def _home_in(self, stack: cdk.Stack) -> Construct:
        if path_of(stack) == path_of(self._stack):
            return self._scope
        return Construct(stack, cdk.Names.unique_resource_name(self._scope, max_length=120))

    def _require_same_place(self, stack: cdk.Stack) -> None:
        for what, here, there in (
            ("Region", region_of(self._stack), region_of(stack)),
            ("account", account_of(self._stack), account_of(stack)),
        ):
            if here != there and not (is_token(here) or is_token(there)):
                refuse(
                    "store",
                    f"one in {what} {there}",
                    allowed=f"a plan backs up stores of its own {what}, {here}",
                    fix=f"Make a BackupPlan in that {what} for it.",
                )

    def _require_room(self) -> None:
        if self._made == _MOST_SELECTIONS:
            refuse(
                "store",
                "one more than fits",
                allowed=f"AWS Backup takes {_MOST_SELECTIONS} selections in a plan, one for each stack and tag",
                fix="Select by tag, or make another BackupPlan.",
            )


def _name(home: Construct) -> str:
    """Leave room for a suffix within the 50 characters of a selection's name."""
    return cdk.Names.unique_resource_name(home, max_length=40, separator="-")


def _kinds(here: Place) -> list[str]:
    """Every store that the plan's role can back up: a tagged store of another kind would be a failing job each day."""
    return [
        f"arn:{partition()}:s3:::*",
        *here.arns("rds", "db:*", "cluster:*"),
        *here.arns("dynamodb", "table/*"),
        *here.arns("elasticfilesystem", "file-system/*"),
        *here.arns("ec2", "volume/*"),
    ]
