"""Writes the documents that follow from the catalogue, the rules and the constructs' docstrings.

``make docs`` writes them; the tests fail when one is out of date.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import hipaa_constructs
from hipaa_constructs._commands.landing_zone_file import plan_of
from hipaa_constructs.compliance import controls as catalogue
from hipaa_constructs.compliance.acknowledgements.rules import BASELINE_RULES
from hipaa_constructs.compliance.acknowledgements.rules import RULES as ACKNOWLEDGEMENT_RULES
from hipaa_constructs.compliance.cdk_helpers import RULE as CDK_HELPER_AVOIDED
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.facts.cdk_functions import helpers as cdk_helpers
from hipaa_constructs.compliance.replacements import replaced_by
from hipaa_constructs.compliance.shown_secrets import RULE as TEMPLATE_SHOWS_NO_SECRETS
from hipaa_constructs.compliance.staged import RULE as STAGES_CLEAN
from hipaa_constructs.compliance.template_quotas import RULE as TEMPLATE_WITHIN_QUOTA
from hipaa_constructs.compliance.twins import nag_twins
from hipaa_constructs.compliance.unjudged import RULE as APP_JUDGED
from hipaa_constructs.compliance.unread import RULE as TEMPLATE_READABLE
from hipaa_constructs.defaults.services import LISTED, all_services
from hipaa_constructs.defaults.services import table as listed_services
from hipaa_constructs.landing_zone import parse_config, schema
from hipaa_constructs.mcp import root as mcp_root
from hipaa_constructs.mcp.server import SECONDS, make_tools
from hipaa_constructs.preflight import costs, environment, existing
from hipaa_constructs.preflight.check import Check
from hipaa_constructs.preflight.plan import DEFAULT_QUALIFIER
from hipaa_constructs.preflight.run import CHECKS

DOCS = Path(__file__).parent
_CITATION = re.compile(r"164\.\d{3}(?:\([a-zA-Z0-9]+\))+")
_CLAIMS = re.compile(r"^(?:Meets|Supports) 164(?:.+\n?)*", re.MULTILINE)
_FACTS = {
    "controls.json": "The entries of the Security Rule, required or addressable",
    "people.json": "What people have to do",
    "attestations.json": "What people attest, and how often",
    "timeline.json": "From nothing to ready in eight weeks, and what proves each step",
    "nag_rules.json": "Rules of cdk-nag, the controls that they cite and the types that they look at",
    "nag_twins.json": "Which of these ask the same as a rule here, what to do, and which of their alarms are false",
    "cdk_helpers.json": "Functions that CDK adds by itself",
    "config_rules.json": "Rules of the HIPAA conformance pack, their parameters and controls",
    "config_equivalents.json": "Which of these ask the same as a rule here",
    "metric_filters.json": "Metric filters of the trail",
    "resource_types.json": "The resource types that CloudFormation knows",
    "services.json": "Eligible services and database engines",
    "managed_policies.json": "Which data AWS's managed policies reach on every resource",
    "scanners.json": "What other scanners call the same check",
    "regions.json": "Resource types, services and database classes that Regions lack",
    "region_limits.json": "What else Regions lack",
    "replacements.json": "Properties that CloudFormation changes only by making a resource anew",
}
# A landing zone that every question is about.
_SAMPLE = {
    "account": "111122223333",
    "costs": {},
    "guardrails": {
        "management_account": "999988887777",
        "organization_id": "o-a1b2c3d4e5",
        "target_ids": ["ou-abcd-12345678"],
    },
}
_NOTE = "<!-- Written by docs/generate.py; change the catalogue, the rules or the docstrings instead. -->\n"


def documents() -> Mapping[str, str]:
    """Return each generated document by its name."""
    return {
        "rules.md": _rules(),
        "controls.md": _controls(),
        "preflight.md": _preflight(),
        "regions.md": _regions(),
        "secure-defaults.md": _secure_defaults(),
        "mcp.md": _mcp(),
        f"schema/{schema.FILE}": schema.text(),
    }


def _needing_more() -> Sequence[str]:
    """Say which rules are not asked of a resource, or of a template, that is alone."""
    said = {
        "template": "These ask of a whole template, since parts of what they look at are resources of their own, such "
        "as a bucket's policy:",
        "app": "And these of a whole app, since another stack may hold what they ask for:",
    }
    lines: list[str] = []
    for needs, sentence in said.items():
        names = [rule.name for rule in all_rules() if rule.needs == needs]
        lines += [f"{sentence} {', '.join(f'`{name}`' for name in names)}.", ""]
    return lines


def _rules() -> str:
    rows = [
        f"| `{rule.id}` | {rule.severity} | {rule.title} | {_short(rule.resource_types)} | {', '.join(rule.controls)} |"
        for rule in all_rules()
    ]
    head = ["", "| rule | severity | what is compliant | controls |", "| --- | --- | --- | --- |"]
    acknowledgements, baseline, templates, helpers = (
        [f"| `{rule.id}` | {rule.severity} | {rule.title} | {', '.join(rule.controls)} |" for rule in rules]
        for rules in (
            ACKNOWLEDGEMENT_RULES,
            BASELINE_RULES,
            (
                APP_JUDGED,
                STAGES_CLEAN,
                TEMPLATE_READABLE,
                TEMPLATE_SHOWS_NO_SECRETS,
                TEMPLATE_WITHIN_QUOTA,
            ),
            (CDK_HELPER_AVOIDED,),
        )
    )
    return "\n".join(
        [
            "# Rules",
            "",
            _NOTE,
            "They run on final templates, at synth by `enforce_hipaa`, anywhere by `hipaa-constructs check`.",
            "Their names state the compliant condition. Beside them the gate runs cdk-nag's HIPAA pack.",
            "",
            f"{len(rows)} rules look at resources:",
            "",
            "| rule | severity | what is compliant | looks at | controls |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            *_needing_more(),
            f"{len(acknowledgements)} look at acknowledgements:",
            *head,
            *acknowledgements,
            "",
            f"{len(baseline)} look at the baseline, the findings that are known and not mended yet:",
            *head,
            *baseline,
            "",
            "Four look at all of it. One fails a synth at which the gate could not judge, such as by a baseline that",
            "is no TOML; one says at synth what the CDK CLI leaves out, which heeds the stacks that it is asked for.",
            "Two look at the templates themselves: one at macros, modules and nested templates whose resources no",
            "rule sees, types that CloudFormation does not know, and files that it may read otherwise than meant; the",
            "other at what CloudFormation takes of a template at most:",
            *head,
            *templates,
            "",
            "And one at functions that CDK adds by itself, each with its kind in brackets. What other rules find of",
            "such a function is this one notice; what its role may do stays a finding of its own.",
            *head,
            *helpers,
            "",
            "| kind | what it does | added for | instead |",
            "| --- | --- | --- | --- |",
            *(f"| `{one.kind}` | {one.what} | {one.made_by} | {one.instead} |" for one in cdk_helpers()),
            "",
            *_twins(),
            "",
        ]
    )


def _twins() -> Sequence[str]:
    rows: list[str] = []
    for name in sorted(rule.removeprefix("HIPAA.Security-") for rule in catalogue.nag_rules()):
        twin = nag_twins()[name]
        own = sorted({rule.removeprefix("HIPAA.Constructs-") for rules in twin.own.values() for rule in rules})
        false = " ".join(f"{one.reason} [Source]({one.source})." for one in twin.overruled)
        rows.append(f"| `{name}` | {', '.join(f'`{rule}`' for rule in own)} | {twin.fix} | {false} |")
    return [
        "## cdk-nag's HIPAA pack",
        "",
        "What a rule of cdk-nag's finds is part of our finding about the same fact, and one acknowledgement accepts",
        "both. What no rule here finds too stays, with the fix that stands here. An alarm that is known to be false is",
        "overruled where the template shows it: it is told with its source and fails nothing.",
        "",
        "| rule | ours about the same fact | what to do | false where |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


def _preflight() -> str:
    plan = plan_of(parse_config(_SAMPLE, source="docs"), DEFAULT_QUALIFIER)
    before = [*existing.checks(plan), *costs.checks(plan), *environment.checks(plan, None)]
    actions = sorted({permission for check in (*CHECKS, *before) for permission in check.permissions})
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Preflight", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
    return "\n".join(
        [
            "# Preflight",
            "",
            _NOTE,
            "`hipaa-constructs preflight` (extra `preflight`) asks a live account what no template can set or prove.",
            "It only reads. A question that is denied, throttled or cannot be answered is `unknown`, with the",
            "permission that it needs, and never a pass. Exit codes: 0 all is well, 1 something failed or is unknown,",
            "2 nothing could be asked.",
            "",
            *_questions(CHECKS),
            "",
            "## Before deployment",
            "",
            "`hipaa-constructs preflight --before-deployment` reads the landing zone's configuration (`cdk.json` here,",
            "or `--config FILE`), asks both Regions what a deployment would meet, and prints the configuration that",
            "fits: what exists once in an account and Region is taken as `existing`. What the landing zone's own",
            "stacks have made is told apart by asking CloudFormation, so that it can be asked again at any time.",
            "`--profile` and `--management-profile` name credentials of the account and of the organization's",
            "management account.",
            "",
            *_questions(before),
            "",
            "## What it may do",
            "",
            "This policy is all that it needs; in the management account `ssm:GetParameter` alone.",
            "",
            "```json",
            json.dumps(policy, indent=2),
            "```",
            "",
        ]
    )


def _questions(checks: Sequence[Check]) -> Sequence[str]:
    return [
        "| question | severity | what has to hold | permissions |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{check.id}` | {check.severity} | {check.title} | `{'`, `'.join(check.permissions)}` |"
            for check in checks
        ),
    ]


def _controls() -> str:
    constructs = _constructs_by_control()
    rules: dict[str, list[str]] = defaultdict(list)
    for rule in all_rules():
        for control in rule.controls:
            rules[control].append(rule.name)
    nag: dict[str, list[str]] = defaultdict(list)
    cited: dict[str, list[str]] = defaultdict(list)
    for nag_rule in catalogue.nag_rules().values():
        name = nag_rule.id.removeprefix("HIPAA.Security-")
        for control in nag_rule.controls:
            cited[control].append(name)
        for control in nag_rule.counted:
            nag[control].append(name)
    config: dict[str, list[str]] = defaultdict(list)
    for config_rule in catalogue.config_rules().values():
        for control in config_rule.controls:
            config[control].append(config_rule.name)
    preflight: dict[str, list[str]] = defaultdict(list)
    for check, about in catalogue.read("preflight.json").items():
        for control in about["controls"]:
            preflight[control].append(check)
    duties = catalogue.read("people.json")["duties"]
    lines = [
        "# Controls",
        "",
        _NOTE,
        "Every standard and implementation specification of the Security Rule, 45 CFR part 164, subpart C: how far AWS",
        "can meet it; what templates, the live account and people can show of it (a column *decides* where the entry",
        "is not met without it, and *supports* where it shows a part that is never enough); which constructs, rules",
        "and preflight checks here are about it; which rules of cdk-nag's HIPAA pack count under it, and which are",
        "cited for it and do not count; which rules of AWS Config's HIPAA conformance pack cite it; and what people",
        "still have to do. At the end stands where each of these facts is from.",
        "",
    ]
    for control in catalogue.controls().values():
        kind = control.requirement or control.kind
        lines += [
            f"## {control.id} {control.title}",
            "",
            f"{kind.capitalize()}. AWS: {control.aws}. Templates: {control.infrastructure}. "
            f"Live account: {control.live}. People: {control.people}.",
            "",
        ]
        for title, names in (
            ("Constructs", constructs[control.id]),
            ("Rules", rules[control.id]),
            ("Preflight", preflight[control.id]),
            ("cdk-nag", nag[control.id]),
            ("cdk-nag, cited and not counted", set(cited[control.id]) - set(nag[control.id])),
            ("AWS Config", config[control.id]),
        ):
            if names:
                lines += [f"{title}: {', '.join(f'`{name}`' for name in sorted(names))}.", ""]
        lines += [f"People: {duties[control.id]}", ""]
    return "\n".join([*lines, *_sources()])


def _sources() -> Sequence[str]:
    """Say where the facts are from, and of what day."""
    lines = ["## Sources", "", "| fact | from | as of |", "| --- | --- | --- |"]
    for name, what in _FACTS.items():
        data = catalogue.read(name)
        source = data["source"]
        text = source if isinstance(source, str) else "; ".join(source.values())
        lines.append(f"| {what} | {text} | {data.get('as_of', '')} |")
    filters = catalogue.read("metric_filters.json")["filters"]
    named = ", ".join(f"`{one['metric_name']}`" for one in filters)
    return [*lines, "", f"`ActivityAlarms` has these metric filters, letter by letter: {named}.", ""]


def _regions() -> str:
    generated, kept = catalogue.read("regions.json"), catalogue.read("region_limits.json")
    absent: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    tables = [(generated["types"], "types"), (generated["services"], "others")]
    for limit in kept["limits"]:
        kind = "rules" if limit["kind"] == "config_rules" else "others"
        tables.append((dict.fromkeys(limit["names"], limit["absent"]), kind))
    for table, kind in tables:
        for name, regions in table.items():
            for region in regions:
                absent[region][kind].append(name)
    rows = [
        f"| {region} | {_names(kinds['types'])} | {_names(kinds['others'])} | {len(kinds['rules'])} |"
        for region, kinds in sorted(absent.items())
    ]
    unknown = ", ".join(generated["without_schemas"])
    return "\n".join(
        [
            "# Regions",
            "",
            _NOTE,
            "What the constructs make and a Region lacks. A construct leaves a part out and says so at synthesis,",
            "with what to do instead; a construct that would be nothing without it refuses the Region. The landing",
            "zone leaves such constructs out, and rules do not ask for what is not there. A stack that names no",
            "Region is built whole.",
            "",
            "| Region | resource types | other things | AWS Config rules of the pack |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"A Region that is not in the list lacks none of it, as far as is known; the types of {unknown} are not",
            "known. A database takes another class by default where the Region lacks the first. The catalogue:",
            "`compliance/catalogue/regions.json`, which `make regions` writes from what cfn-lint and botocore ship,",
            f"of {generated['as_of']}, and `region_limits.json` beside it, from AWS's pages, of {kept['as_of']}.",
            "",
            "Nothing goes from one partition to another: both Regions of a landing zone are commercial ones, both",
            "of GovCloud, or both of China. Whether AWS's business associate addendum covers a partition, the",
            "contract there has to say.",
            "",
        ]
    )


def _secure_defaults() -> str:
    lines = [
        "# Secure defaults",
        "",
        _NOTE,
        "`secure_defaults(app)`, called before anything is made, gives plain constructs of CDK what HIPAA asks for and",
        "the app left out: also within constructs of third parties, and in subclasses of your own. Pass what it shall",
        "use:",
        "",
        "```python",
        "app = cdk.App()",
        'stack = cdk.Stack(app, "Clinic")',
        "secure_defaults(",
        "    stack,",
        '    encryption_key=KmsRotatedKey(stack, "Key").key,',
        '    vpc=PrivateVpc(stack, "Vpc").vpc,',
        '    backup_plan=BackupPlan.daily_7_year(stack, "Backups"),',
        ")",
        "enforce_hipaa(app)",
        "```",
        "",
        "- **What you set stays**, and is a finding where it has to be something else.",
        "- **No store is replaced without a word.** A property marked *new* below is set by CloudFormation only by",
        "  making the resource anew (`make replacements` reads that from its schemas). It is left alone and printed",
        "  with what a migration takes; `new_stores=True` says that nothing is deployed yet.",
        "- **What was set is said**: printed at synthesis, and kept in the metadata of each stack, where",
        "  `hipaa_constructs.compliance.changes.changes_of` reads it.",
        "- Without `encryption_key`, each stack gets a `KmsRotatedKey` of its own. Whoever of the account may use a",
        "  bucket, queue, topic, table, stream, secret, file system or state machine may use the key by it, as with",
        "  AWS's own keys, so that policies written by hand go on to be enough. The key lets in whom CDK's",
        "  notifications, subscriptions and targets name, alarms, events of databases, and log delivery; other",
        "  accounts and services are listed.",
        "  A key that is no `KmsRotatedKey` gets CDK's own statements beside these, by which bucket, topic and key may",
        "  come to name each other in a circle.",
        "- An injector of yours for the same class is asked first if it was registered before. One that is registered",
        "  later, or on a scope below, takes the place of this one there; what it makes is named.",
        "- Constructs that exist before the call are reached only by what is done at synthesis, and are named.",
        "- Stages, as of CDK Pipelines, are completed each before it is synthesized. A stage uses what is given if",
        "  it is of the stage or imported, and gets a key of its own else. One that holds none of the classes below",
        "  takes a call of its own.",
        "",
        "Before you deploy it over an app that runs:",
        "",
        "- Clients without TLS are refused: of queues, topics, buckets, file systems, search domains and databases.",
        "  Mount file systems with the option `tls`, and set `transit_encryption` in volumes of tasks.",
        "- Clients with TLS older than 1.2 are refused by REST APIs and their domain names too.",
        "- Functions in `vpc` reach what that reaches, and nothing else.",
        "- With `new_stores`, what nobody gave `allow_all_outbound` sends to private addresses, by HTTPS anywhere and,",
        "  from machines, by HTTP: no SMTP or SSH to the internet. Set it to `True`, or to `False` with your rules.",
        "- With `new_stores`, people of a user pool sign in with a code of an authenticator app too. Set `mfa` for",
        "  something else; an authenticator that the app's own sign-in page does not ask for signs nobody in. Their",
        "  pool refuses passwords that are known to be stolen, by the plan Plus, which costs by the user: set",
        "  `feature_plan` for another. What else is done of sign-ins at risk is for you to choose.",
        "- With `new_stores`, two tasks or machines answer behind a load balancer, and cost twice: what one of them",
        "  keeps for itself, such as sessions, the other has not. Set `desired_count` or `min_capacity` for another",
        "  number.",
        "- With `new_stores`, a role that names AWS's service alone is taken by it for this account alone.",
        "- Instances in public subnets get no address unless they ask for one.",
        "- Instances that fail their load balancer's check are replaced, from five minutes after their start.",
        "- Tables that nobody gave a capacity are paid by the request.",
        "- EventBridge finds no schemas on a bus under a key, and tells of executions of state machines under one",
        "  without what they were given and answered.",
        "- What was received from a queue five times and not deleted goes to a queue of dead letters, kept 14 days,",
        "  also what waits there already: somebody has to look. Set `dead_letter_queue` for another count.",
        "- Load balancers, APIs and distributions in us-east-1 get a web ACL of their stack, which costs by the month",
        "  and by requests. Each has room for one: name in the app the one that another stack or Firewall Manager puts",
        "  there.",
        "- Trails look for what is unusual, which costs by events.",
        "- A stack in us-east-1 with public hosted zones takes one of the ten resource policies that CloudWatch Logs",
        "  has for an account in a Region.",
        "- With `new_stores`, methods of REST APIs that declare models or parameters refuse what is not as declared.",
        "- Clients of user pools are told that name or password is wrong, and not which.",
        "- What a backup vault denies, and its lock, are changed by CloudFormation alone.",
        "- Containers on new nodes of EKS and machines of Batch ask the metadata service by IMDSv2.",
        "- With `new_stores`, RDS manages the master user's password: leave out `add_rotation_single_user`.",
        "- A bucket whose id says logs, such as `AccessLogs`, keeps S3's own key, the only one that log delivery and",
        "  load balancers write under. Call it so, or set `encryption`, before you pass it to `log_access_logs`.",
        "- `cdk diff` shows all of it.",
        "",
        "What no default can give stays a finding: certificates, authorizers, rotation of secrets,",
        "internet gateways and open ports that the app asks for, runtimes and engines past their end, images without",
        "a digest, containers that write where they like, grants without bounds, users of caches, public endpoints of",
        "Kubernetes, and limits that depend on the load, as of APIs that run. For functions,",
        "`reserved_concurrent_executions` sets such a limit, if one number fits all that name none. An instance from",
        "an image of your own lists its root volume itself: its device's name is not known here. A bucket without a",
        "replica needs `backup_plan`; it acknowledges then, as an `EncryptedBucket` does, that the plan keeps copies.",
        "A public subnet of a NAT gateway or an internet-facing load balancer acknowledges its route, where no",
        "workload stands in it.",
        "",
        "Measured on 2026-11-29 on the 67 Python apps of aws-cdk-examples that synthesize with it, by cdk-nag's HIPAA",
        "pack and the rules as they were then, which have grown since: with `new_stores`, `vpc`, `backup_plan` and",
        "`encryption_key`, 386 of 1,261 findings were left, so that 69.4 % were gone; with",
        "`reserved_concurrent_executions` too, 333, and 73.6 % were gone. Of what was gone, 43 are acknowledged",
        "routes, without which it is 66.0 % and 70.2 %, and 21 buckets without a replica. None was new that the apps",
        "with key, network and plan alone do not have. Of what was left, 53 are runtimes, images and engines past",
        "their end. Of five apps of other authors that played no part in making it, 66 of 190 findings were left with",
        "what is given first, so that 65.3 % were gone, and none was new.",
        "",
        "By the rules of the same day alone, without cdk-nag's, which say more of that once, the 67 apps have 999",
        "findings with what is given first and nothing acknowledged, of which 711 are gone (71.2 %), and the app of",
        "twenty plain classes in `benchmarks/plain/naive_app.py` has 101, of which 89 are gone; together 800 of 1,100,",
        "which is 72.7 %, and 76.2 % without the 50 that need a certificate, an authorizer or a firewall. None is new",
        "that key, network and plan alone do not bring, but one that was said of another group of its template before.",
        "No rule asks for reserved concurrency. Most of what is left the app says itself: runtimes,",
        "images and engines past their end, open APIs and ports, grants, images without a digest.",
        "",
        "## By class",
        "",
        "| class | argument | why |",
        "| --- | --- | --- |",
    ]
    for plain in (plain for service in all_services() for plain in service.plain):
        name = plain.construct.__jsii_type__.removeprefix("aws-cdk-lib.").removeprefix("aws_")
        for setting in plain.settings:
            new = " *new*" if setting.only_new or replaced_by(plain.resource_type, setting.properties) else ""
            lines.append(f"| `{name}` | `{setting.argument}`{new} | {setting.why} |")
    lines += ["", "## Resources without such a class", "", "| resource | property | why |", "| --- | --- | --- |"]
    for raw in (raw for service in all_services() for raw in service.raw):
        for one in raw.settings:
            new = " *new*" if one.only_new or replaced_by(raw.resource_type, [one.property]) else ""
            lines.append(f"| `{raw.resource_type.removeprefix('AWS::')}` | `{one.property}`{new} | {one.why} |")
    lines += ["", "## When the app is complete", ""]
    lines += [f"- {sentence}" for service in all_services() for sentence in service.later]
    return "\n".join([*lines, ""])


def _mcp() -> str:
    server = {"command": "hipaa-constructs", "args": ["mcp", "--root", "/home/me/clinic"]}
    lines = [
        "# Tools for agents",
        "",
        _NOTE,
        "`hipaa-constructs mcp` serves the command line's questions as tools over the Model Context Protocol, so that",
        "a coding agent can check what it writes before anybody reviews it. It speaks on standard input and output;",
        "the agent's host starts and ends it. Install the extra `mcp`:",
        "",
        "```console",
        "pip install 'hipaa-constructs[mcp]'",
        "```",
        "",
        "## Register it",
        "",
        "Most hosts read a file of this form, by names of their own such as `.mcp.json`. Give the whole path of the",
        "command where the host does not have your virtual environment on its path.",
        "",
        "```json",
        json.dumps({"mcpServers": {"hipaa-constructs": server}}, indent=2),
        "```",
        "",
        "VS Code reads `.vscode/mcp.json`, which calls the list `servers`, and knows the folder that is open:",
        "",
        "```json",
        json.dumps(
            {
                "servers": {
                    "hipaa-constructs": {
                        "type": "stdio",
                        "command": "hipaa-constructs",
                        "args": ["mcp", "--root", "${workspaceFolder}"],
                    }
                }
            },
            indent=2,
        ),
        "```",
        "",
        "## Tools",
        "",
        "All but the last only read, and the last is there only with `--allow-write`; the host is told which is which.",
        "Each answers with a structured result, whose schema the host is told, and with the same in short text. Lists",
        "come in pages, and say how many entries they leave out.",
        "",
        "| tool | what it does | arguments |",
        "| --- | --- | --- |",
    ]
    tools = make_tools(DOCS, allow_write=True)
    for tool in sorted(tools, key=lambda one: one.annotations is not None and bool(one.annotations.destructive_hint)):
        required = tool.parameters.get("required", ())
        arguments = ", ".join(
            f"`{name}`" + ("" if name in required else "?") for name in tool.parameters.get("properties", {})
        )
        lines.append(f"| `{tool.name}` | {tool.description} | {arguments} |")
    most, in_all = (f"{number // 1024 // 1024} MB" for number in (mcp_root.MOST_BYTES, mcp_root.MOST_BYTES_IN_ALL))
    return "\n".join(
        [
            *lines,
            "",
            "What stands with a question mark may be left out. As for the command line, `hipaa-acknowledgements.toml`",
            "and `hipaa-attestations.toml` are read where they lie in the root, and `hipaa-baseline.toml` by",
            "`check_templates`: what it holds is told apart. `summarize_evidence` reads a `cdk.out` that was",
            "synthesized with `enforce_hipaa`; `hipaa-constructs report` writes the whole report.",
            "",
            "## What it keeps to",
            "",
            "- It reads files below `--root` alone; without it, below the folder in which it was started. Absolute",
            "  paths, `..`, links that lead out, pipes and devices are refused, with a sentence that says what to give",
            "  instead.",
            f"- A file may have {most}, and all files of a call {in_all}. A question about files may take {SECONDS:g}",
            "  seconds; it is answered in a process of its own, which ends when it takes longer or nobody waits for",
            "  it any more.",
            "- Without `--allow-write` it writes no file. With it, `apply_fixes` changes templates below `--root`, and",
            "  refuses hard links, what the CDK wrote, and files that changed while it looked. Commit before, and look",
            "  at the difference after.",
            "- It reaches no network and no AWS account, and runs no code that lies in the root. Its log goes to",
            "  standard error.",
            "- Templates are data. Whoever wrote one may have put a sentence for a model into a name or a value, so",
            "  what is quoted from files stands on lines that begin with `|`, on one line each, with invisible and",
            "  control characters as escapes, and cut where it is long. The server's instructions tell the model so.",
            "  That makes it plain, and does not make a model obey: let your host ask before it changes anything.",
            "",
        ]
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name.removeprefix('AWS::')}`" for name in sorted(names))


def _constructs_by_control() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in hipaa_constructs.__all__:
        item = getattr(hipaa_constructs, name)
        claims = _CLAIMS.search(inspect.getdoc(item) or "")
        for control in dict.fromkeys(_CITATION.findall(claims[0] if claims else "")):
            if control not in catalogue.controls():
                raise SystemExit(f"{name} claims {control}, which is no entry of the Security Rule")
            found[control].append(name)
    return found


def _short(types: Sequence[str]) -> str:
    if types == ("*",):
        return "everything"
    shown = ", ".join(f"`{kind.removeprefix('AWS::')}`" for kind in types[:4])
    return shown if len(types) <= 4 else f"{shown} and {len(types) - 4} more"


if __name__ == "__main__":
    import pictures
    from costs import write as write_costs

    for document, text in documents().items():
        (DOCS / document).write_text(text)
        sys.stdout.write(f"wrote docs/{document}\n")
    LISTED.write_text(json.dumps(listed_services(), indent=1) + "\n", "utf-8")
    sys.stdout.write(f"wrote {LISTED.name}\n")
    pictures.write()
    write_costs()
