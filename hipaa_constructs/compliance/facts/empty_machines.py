"""State machines whose executions carry no data: none comes in, and no task brings any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Fields, Unknown, as_items, as_text, dig, is_mapping
from hipaa_constructs.compliance.facts.literal_messages import hands_on_text_alone
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.operations import is_rule_of_operation
from hipaa_constructs.compliance.facts.service_roles import lets_programs
from hipaa_constructs.compliance.facts.state_machines import STATE_MACHINE, states
from hipaa_constructs.iam.locations import IDENTITY_POLICIES

_RULE, _SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"
# What names a state machine and starts none.
_SILENT: Final = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard")
_STARTS: Final = ("states:StartExecution", "states:StartSyncExecution", "states:RedriveExecution")
_PLAIN: Final = ("Choice", "Fail", "Parallel", "Pass", "Succeed", "Wait")
# arn:aws:states:::ecs:runTask.sync, arn:aws:states:::aws-sdk:rds:startExportTask; what waits for a token gets what
# whoever sends it says: docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html.
_CALL: Final = re.compile(r"arn:[^:]*:states:::(aws-sdk:)?([\w-]+):(\w+)(\.sync(:2)?)?", re.IGNORECASE)
# What answers with how a job, a server or a message is, as that was asked for: no records. The actions are in small
# letters: docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html.
_STARTED: Final[Mapping[str, tuple[str, ...]]] = {
    "athena": ("startqueryexecution", "stopqueryexecution"),
    "batch": ("submitjob", "terminatejob"),
    "codebuild": ("startbuild", "startbuildbatch", "stopbuild"),
    "codepipeline": ("startpipelineexecution",),
    "databrew": ("startjobrun",),
    "ecs": ("runtask", "stoptask"),
    "elasticmapreduce": ("addstep", "cancelstep", "createcluster", "terminatecluster"),
    "events": ("putevents",),
    "eventbridge": ("putevents",),
    "glue": ("getcrawler", "getjobrun", "startcrawler", "startjobrun", "startworkflowrun"),
    "sns": ("publish",),
    "sqs": ("sendmessage",),
}
# Services that run what data is in, of which these verbs tell or change how it is set up.
_ADMINISTERED: Final = (
    "autoscaling",
    "backup",
    "cloudformation",
    "databasemigration",
    "datasync",
    "ec2",
    "efs",
    "elasticache",
    "fsx",
    "memorydb",
    "opensearch",
    "rds",
    "redshift",
)
_VERBS: Final = re.compile(
    r"(add|allocate|associate|attach|cancel|copy|create|delete|deregister|describe|detach|disable|disassociate|enable|"
    r"failover|list|modify|pause|promote|reboot|register|release|remove|reset|resize|restore|resume|run|set|start|stop|"
    r"terminate|update)",
)


def carries_nothing(machine: Resource) -> bool:
    """Whether schedules and notices of operation alone start a state machine, without data, and no task brings any.

    What a function, an API or a record answers is data, and so is what is read from a bucket; of a definition that is
    not at hand nothing is known.
    """
    return _is_started_without_data(machine) and _brings_nothing(machine)


def _is_started_without_data(machine: Resource) -> bool:
    # What is exported others may start too.
    users = users_of(machine)
    starters = [user for user in users or () if not _is_silent(user, machine)]
    return bool(starters) and all(_starts_without_data(user, machine) for user in starters)


def _is_silent(user: Resource, machine: Resource) -> bool:
    if user.type in IDENTITY_POLICIES:
        return not lets_programs(user, machine, *_STARTS)
    return user.type in _SILENT


def _starts_without_data(user: Resource, machine: Resource) -> bool:
    # What a schedule starts with stands in it.
    if user.type == _SCHEDULE:
        return True
    if user.type != _RULE:
        return False
    targets = [
        one for one in as_items(user.get("Targets")) if user.template.target(dig(one, "Arn"), STATE_MACHINE) is machine
    ]
    by_text = bool(targets) and all(is_mapping(one) and hands_on_text_alone(one) for one in targets)
    return by_text or is_rule_of_operation(user)


def _brings_nothing(machine: Resource) -> bool:
    found = [state for _, state in states(machine)]
    return bool(found) and all(map(_is_without_data, found))


def _is_without_data(state: Fields | Unknown) -> bool:
    kind = as_text(dig(state, "Type"))
    if not is_mapping(state) or not isinstance(kind, str):
        return False
    if kind in _PLAIN:
        return True
    if kind == "Map":
        return state.get("ItemReader") is None
    called = as_text(state.get("Resource"))
    call = _CALL.fullmatch(called) if isinstance(called, str) else None
    if kind != "Task" or call is None:
        return False
    service, action = call[2].lower(), call[3].lower()
    if action in _STARTED.get(service, ()):
        return True
    return bool(call[1]) and service in _ADMINISTERED and _VERBS.match(action) is not None
