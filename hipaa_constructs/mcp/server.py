"""The server: its tools, how models are told of them, and what becomes of what goes wrong.

A question about files is answered in a process of its own: it can be stopped when it takes too long or nobody waits
for it any more, and several are answered at once. What goes wrong is the answer of the tool, in a sentence that says
what to do; only what nobody foresaw is logged, on standard error.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import anyio
from anyio import BrokenWorkerProcess, to_process
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.mcp import catalogue, work
from hipaa_constructs.mcp.quoted import NOTE, clipped
from hipaa_constructs.mcp.results import (
    CheckResult,
    ControlResult,
    ControlsResult,
    EligibilityResult,
    EvidenceResult,
    MendResult,
    RuleResult,
    RulesResult,
)
from hipaa_constructs.mcp.texts import (
    check_text,
    control_text,
    controls_text,
    eligibility_text,
    evidence_text,
    mend_text,
    rule_text,
    rules_text,
)
from hipaa_constructs.mending import GIVEN

T = TypeVar("T")
Answer = TypeVar("Answer", bound=BaseModel)

# The largest apps take seconds.
SECONDS: Final = 120.0

_INSTRUCTIONS: Final = f"""\
Checks AWS infrastructure (a synthesized CDK app, or CloudFormation templates) against the HIPAA Security Rule, 45 CFR
part 164 subpart C. Paths are relative to the server's root. Start with check_templates on "cdk.out" or on templates;
explain_rule says how to mend what a rule found, and preview_fixes shows what can be mended in templates for sure.
summarize_evidence says what an auditor would see. Nothing here deploys, reaches the network or is legal advice.
{NOTE}"""

Limit = Annotated[int, Field(ge=1, le=100, description="How many to list at most.")]
Offset = Annotated[int, Field(ge=0, le=1_000_000, description="How many to skip; next_offset of the answer before.")]
Text = Annotated[str, Field(max_length=200)]
Given = Annotated[str, Field(max_length=4096)]
Parameters = Annotated[
    dict[Given, Given],
    Field(
        max_length=200,
        description="What parameters are deployed with, by name. Default: every value that a template distinguishes "
        "is judged.",
    ),
]
TemplateFiles = Annotated[
    list[Given],
    Field(
        min_length=1,
        max_length=20,
        description='Template files, relative to the root, such as ["infra/db.yaml"]; what is deployed together '
        "belongs in one call.",
    ),
]
Known = Annotated[
    dict[Text, Given],
    Field(
        max_length=20,
        description="What only the templates' owner knows, so ask a person: "
        f"{'; '.join(f'{name}: {what}' for name, what in GIVEN.items())}. A value may name a parameter or resource of "
        "the template; a list has commas. Default: what needs it is left.",
    ),
]
FixRules = Annotated[list[Text], Field(max_length=200, description="Mend what these rules find. Default: all.")]
Replacement = Annotated[
    bool,
    Field(
        description="Mend also what CloudFormation changes only by making the resource anew, a store empty. Leave it "
        "false unless a person says otherwise."
    ),
]


def make_server(
    root: Path, *, allow_write: bool = False, seconds: float = SECONDS, today: datetime.date | None = None
) -> MCPServer:
    """Return a server whose tools read below one folder.

    :param root: the folder, which exists.
    :param allow_write: whether there is a tool that changes templates. Default: all tools only read.
    :param seconds: how long a question about files may take. Default: two minutes.
    :param today: the day by which acknowledgements, versions and attestations are judged. Default: that of each call.
    """
    return MCPServer(
        "hipaa-constructs",
        title="HIPAA checks of AWS infrastructure",
        instructions=_INSTRUCTIONS,
        version=version("hipaa-constructs"),
        # Warnings go to standard error; what tools refuse is no warning.
        log_level="WARNING",
        subscriptions=False,
        tools=make_tools(root, allow_write=allow_write, seconds=seconds, today=today),
    )


def make_tools(
    root: Path, *, allow_write: bool = False, seconds: float = SECONDS, today: datetime.date | None = None
) -> list[Tool]:
    """Return the tools of a server; the arguments are those of ``make_server``."""
    tools = _Tools(root, allow_write, seconds, today)
    described = {**tools.reading(), **(tools.writing() if allow_write else {})}
    return [_tool(name, **about, writes=name in tools.writing()) for name, about in described.items()]


class _Tools:
    """The tools as functions; their parameters' descriptions are part of what models are told."""

    def __init__(self, root: Path, allow_write: bool, seconds: float, today: datetime.date | None) -> None:
        self._root = root
        self._allow_write = allow_write
        # Two changes of one file would each undo the other.
        self._writing = anyio.Lock()
        self._seconds = seconds
        self._today = today

    def writing(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the same of the tools that change files."""
        return {
            "apply_fixes": {
                "title": "Apply sure fixes to templates",
                "call": self.apply_fixes,
                "description": "Change CloudFormation templates in their place as preview_fixes shows, which takes "
                "the same arguments: look at that first. Comments, order and short forms stay. Refuses what the CDK "
                "wrote.",
            },
        }

    def reading(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the function of each tool that only reads, with its title and what it is for."""
        return {
            "check_templates": {
                "title": "Check templates against HIPAA rules",
                "call": self.check_templates,
                "description": "Run the HIPAA rules over a synthesized CDK app (its cdk.out folder) or CloudFormation "
                "templates (JSON or YAML), and list the open findings: rule, resource, file and line, what was seen, "
                "and how to mend it. All paths of a call count as one app. Reads files only; needs no AWS account.",
            },
            "explain_rule": {
                "title": "Explain a rule",
                "call": self.explain_rule,
                "description": "Say what one rule asks, why, which controls of the Security Rule it is about, and "
                "what to set in CloudFormation or write in CDK so that a resource meets it.",
            },
            "preview_fixes": {
                "title": "Preview sure fixes of templates",
                "call": self.preview_fixes,
                "description": "Show as a unified diff what can be mended in CloudFormation templates (JSON or YAML) "
                "for sure: each change was proven by checking again, and brings no new finding. Says of each other "
                "finding why it is left. For templates written by hand; of a CDK app mend the code, by explain_rule.",
            },
            "list_rules": {
                "title": "List rules",
                "call": self.list_rules,
                "description": "List the rules that check_templates runs, by words of their id or title, by control "
                "or by the resource type that they look at.",
            },
            "list_controls": {
                "title": "List controls of the Security Rule",
                "call": self.list_controls,
                "description": "List the standards and implementation specifications of 45 CFR part 164 subpart C, "
                "how far infrastructure can meet each, and how many rules check it.",
            },
            "explain_control": {
                "title": "Explain a control",
                "call": self.explain_control,
                "description": "Say what checks one entry of the Security Rule, such as 164.312(b): rules here, "
                "cdk-nag rules, AWS Config rules; and what people have to do for it.",
            },
            "look_up_eligibility": {
                "title": "Look up HIPAA eligibility",
                "call": self.look_up_eligibility,
                "description": "Say by AWS's list of HIPAA-eligible services whether services may hold PHI. Takes "
                'names such as "Amazon S3" and CloudFormation types or namespaces such as AWS::Lambda::Function.',
            },
            "summarize_evidence": {
                "title": "Summarize HIPAA evidence",
                "call": self.summarize_evidence,
                "description": "Say what evidence a cdk.out holds that was synthesized with enforce_hipaa: the "
                "verdict, what templates, the live account and people show, the open controls with the reason of "
                "each, and what people still have to do. Writes no report; `hipaa-constructs report` does.",
            },
        }

    async def check_templates(
        self,
        paths: Annotated[
            list[Given],
            Field(
                min_length=1,
                max_length=100,
                description='Folders or files, relative to the root, such as ["cdk.out"] or ["infra/db.yaml"].',
            ),
        ],
        severity: Annotated[
            Literal["error", "warning"],
            Field(description="The least severity to list; unknown counts as warning."),
        ] = "warning",
        rule: Annotated[Text, Field(description="List findings of this rule alone. Default: of all.")] = "",
        parameters: Parameters = {},  # noqa: B006 (nobody changes it)
        limit: Limit = 25,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, CheckResult]:
        question = work.CheckQuestion(self._day(), tuple(paths), severity, rule, dict(parameters), offset, limit)
        return _answer(await self._work(work.check, question), check_text)

    async def preview_fixes(
        self,
        paths: TemplateFiles,
        rules: FixRules = [],  # noqa: B006 (nobody changes it)
        allow_replacement: Replacement = False,
        parameters: Parameters = {},  # noqa: B006 (nobody changes it)
        given: Known = {},  # noqa: B006 (nobody changes it)
        limit: Limit = 25,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, MendResult]:
        question = work.MendQuestion(
            self._day(), tuple(paths), tuple(rules), allow_replacement, dict(parameters), dict(given), offset, limit
        )
        return self._mended((await self._work(work.mending, question)).result)

    async def apply_fixes(
        self,
        paths: TemplateFiles,
        rules: FixRules = [],  # noqa: B006 (nobody changes it)
        allow_replacement: Replacement = False,
        parameters: Parameters = {},  # noqa: B006 (nobody changes it)
        given: Known = {},  # noqa: B006 (nobody changes it)
        limit: Limit = 25,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, MendResult]:
        question = work.MendQuestion(
            self._day(), tuple(paths), tuple(rules), allow_replacement, dict(parameters), dict(given), offset, limit
        )
        async with self._writing:
            mended = await self._work(work.mending, question)
            # Not to be stopped, which might leave half a file.
            written = _granted(await to_process.run_sync(work.writing, self._root, mended.changes))
        for one in mended.result.templates:
            one.written = one.file in written
        return self._mended(mended.result)

    def _mended(self, result: MendResult) -> CallToolResult:
        return _answer(result, functools.partial(mend_text, may_write=self._allow_write))

    async def explain_rule(
        self,
        rule: Annotated[Text, Field(description="The rule's id, such as HIPAA.Constructs-KeyRotated or KeyRotated.")],
        resource_type: Annotated[
            Text, Field(description="Say the fix for this type alone, such as AWS::S3::Bucket. Default: for all.")
        ] = "",
    ) -> Annotated[CallToolResult, RuleResult]:
        return _answer(_asked(lambda: catalogue.rule(rule, resource_type)), rule_text)

    async def list_rules(
        self,
        words: Annotated[Text, Field(description="Words that id and title hold, such as 'bucket tls'.")] = "",
        control: Annotated[Text, Field(description="An entry of the Security Rule, such as 164.312(e)(1).")] = "",
        resource_type: Annotated[Text, Field(description="A CloudFormation type, such as AWS::RDS::DBInstance.")] = "",
        severity: Literal["error", "warning", "any"] = "any",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, RulesResult]:
        return _answer(
            _asked(
                lambda: catalogue.rules(
                    words=words,
                    control=control,
                    resource_type=resource_type,
                    severity=severity,
                    limit=limit,
                    offset=offset,
                )
            ),
            rules_text,
        )

    async def list_controls(
        self,
        words: Annotated[Text, Field(description="Words that id and title hold, such as 'audit'.")] = "",
        aws: Annotated[
            Literal["technical", "partial", "inherited", "none", "any"],
            Field(description="How far infrastructure can meet them."),
        ] = "any",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, ControlsResult]:
        return _answer(catalogue.controls_like(words=words, aws=aws, limit=limit, offset=offset), controls_text)

    async def explain_control(
        self,
        control: Annotated[Text, Field(description="The citation, such as 164.312(b).")],
    ) -> Annotated[CallToolResult, ControlResult]:
        return _answer(_asked(lambda: catalogue.control(control)), control_text)

    async def look_up_eligibility(
        self,
        names: Annotated[
            list[Text], Field(min_length=1, max_length=50, description='Such as ["Amazon S3", "AWS::Lightsail"].')
        ],
    ) -> Annotated[CallToolResult, EligibilityResult]:
        return _answer(catalogue.eligibility(names), eligibility_text)

    async def summarize_evidence(
        self,
        cdk_out: Annotated[Given, Field(description="The folder that cdk synth wrote, relative to the root.")] = (
            "cdk.out"
        ),
        status: Annotated[
            Literal["open", "not_attested", "nothing_to_check", "excepted", "met", "not_applicable", "all"],
            Field(description="Which entries of the Security Rule to list."),
        ] = "open",
        preflight: Annotated[
            list[Given],
            Field(max_length=50, description="JSON files that `hipaa-constructs preflight` wrote. Default: none."),
        ] = [],  # noqa: B006 (nobody changes it)
        limit: Limit = 25,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, EvidenceResult]:
        question = work.EvidenceQuestion(self._day(), cdk_out, status, tuple(preflight), offset, limit)
        return _answer(await self._work(work.evidence, question), evidence_text)

    def _day(self) -> datetime.date:
        return self._today or datetime.date.today()

    async def _work(self, function: Callable[[Path, Any], T | work.Refused], question: Any) -> T:
        try:
            with anyio.fail_after(self._seconds):
                answer = await to_process.run_sync(function, self._root, question, cancellable=True)
        except TimeoutError:
            why = f"it took more than {self._seconds:g} seconds and was stopped; give fewer or smaller files"
            raise ToolError(why) from None
        except BrokenWorkerProcess:
            raise ToolError("it ended without an answer, perhaps for want of memory; give fewer files") from None
        return _granted(answer)


def _granted(answer: T | work.Refused) -> T:
    if isinstance(answer, work.Refused):
        raise ToolError(answer.sentence)
    return answer


def _asked(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except UnusableInput as error:
        raise ToolError(clipped(str(error))) from None


def _answer(result: Answer, text: Callable[[Answer], str]) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text(result))],
        structured_content=result.model_dump(mode="json"),
    )


def _tool(name: str, *, call: Callable[..., Any], title: str, description: str, writes: bool) -> Tool:
    tool = Tool.from_function(
        call,
        name=name,
        title=title,
        description=description,
        annotations=ToolAnnotations(
            title=title,
            read_only_hint=not writes,
            destructive_hint=writes,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        structured_output=True,
    )
    # What a model misspells would else be dropped, and the default taken in its stead.
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    tool.parameters = arguments.model_json_schema(by_alias=True)
    return tool
