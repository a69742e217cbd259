"""The tools as functions; titles, descriptions and those of the parameters are what models are told.

A question about files is answered in a process of its own: it can be stopped when it takes too long or nobody waits
for it any more, and several are answered at once.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import anyio
from anyio import BrokenWorkerProcess, to_process
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.mcp import catalogue, checks, evidences, mends
from hipaa_constructs.mcp.parameters import (
    Ask,
    FixRules,
    Given,
    Known,
    Limit,
    Offset,
    Parameters,
    Replacement,
    TemplateFiles,
    Text,
)
from hipaa_constructs.mcp.quoted import clipped
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
from hipaa_constructs.mcp.work import Refused

T = TypeVar("T")
Answer = TypeVar("Answer", bound=BaseModel)


class Tools:
    """The tools as functions; their parameters' descriptions are part of what models are told."""

    def __init__(self, root: Path, allow_write: bool, seconds: float, today: datetime.date | None) -> None:
        self._root = root
        self._allow_write = allow_write
        # Two changes of one file would each undo the other.
        self._writing = anyio.Lock()
        self._seconds = seconds
        self._today = today

    def reading(self) -> Mapping[str, Callable[..., Any]]:
        """Return the tools that only read, by their titles."""
        return {
            "Check templates against HIPAA rules": self.check_templates,
            "Explain a rule": self.explain_rule,
            "Preview sure fixes of templates": self.preview_fixes,
            "List rules": self.list_rules,
            "List controls of the Security Rule": self.list_controls,
            "Explain a control": self.explain_control,
            "Look up HIPAA eligibility": self.look_up_eligibility,
            "Summarize HIPAA evidence": self.summarize_evidence,
        }

    def writing(self) -> Mapping[str, Callable[..., Any]]:
        """Return those that change files."""
        return {"Apply sure fixes to templates": self.apply_fixes}

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
        """Run the HIPAA rules over a synthesized CDK app (its cdk.out folder) or CloudFormation templates (JSON or
        YAML), and list the open findings: rule, resource, file and line, what was seen, and how to mend it. All
        paths of a call count as one app. Reads files only; needs no AWS account.
        """
        question = checks.CheckQuestion(self._day(), tuple(paths), severity, rule, dict(parameters), offset, limit)
        return _answer(await self._work(checks.check, question), check_text)

    async def preview_fixes(
        self,
        paths: TemplateFiles,
        rules: FixRules = [],  # noqa: B006 (nobody changes it)
        allow_replacement: Replacement = False,
        parameters: Parameters = {},  # noqa: B006 (nobody changes it)
        given: Known = {},  # noqa: B006 (nobody changes it)
        ask: Ask = False,
        limit: Limit = 25,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, MendResult]:
        """Show as a unified diff what can be mended in CloudFormation templates (JSON or YAML) for sure: each
        change was proven by checking again, and brings no new finding. Says of each other finding why it is
        left. For templates written by hand; of a CDK app mend the code, by explain_rule.
        """
        question = mends.MendQuestion(
            self._day(), paths, rules, allow_replacement, parameters, given, ask, offset, limit
        )
        return self._mended((await self._work(mends.mending, question)).result)

    async def apply_fixes(
        self,
        paths: TemplateFiles,
        rules: FixRules = [],  # noqa: B006 (nobody changes it)
        allow_replacement: Replacement = False,
        parameters: Parameters = {},  # noqa: B006 (nobody changes it)
        given: Known = {},  # noqa: B006 (nobody changes it)
        ask: Ask = False,
        limit: Limit = 25,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, MendResult]:
        """Change CloudFormation templates in their place as preview_fixes shows, which takes the same arguments:
        look at that first. Comments, order and short forms stay. Refuses what the CDK wrote.
        """
        question = mends.MendQuestion(
            self._day(), paths, rules, allow_replacement, parameters, given, ask, offset, limit
        )
        async with self._writing:
            mended = await self._work(mends.mending, question)
            # Not to be stopped, which might leave half a file.
            written = _granted(await to_process.run_sync(mends.writing, self._root, mended.changes))
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
        """Say what one rule asks, why, which controls of the Security Rule it is about, and what to set in
        CloudFormation or write in CDK so that a resource meets it.
        """
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
        """List the rules that check_templates runs, by words of their id or title, by control or by the resource
        type that they look at.
        """
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
        """List the standards and implementation specifications of 45 CFR part 164 subpart C, how far
        infrastructure can meet each, and how many rules check it.
        """
        return _answer(catalogue.controls_like(words=words, aws=aws, limit=limit, offset=offset), controls_text)

    async def explain_control(
        self,
        control: Annotated[Text, Field(description="The citation, such as 164.312(b).")],
    ) -> Annotated[CallToolResult, ControlResult]:
        """Say what checks one entry of the Security Rule, such as 164.312(b): rules here, cdk-nag rules, AWS
        Config rules; and what people have to do for it.
        """
        return _answer(_asked(lambda: catalogue.control(control)), control_text)

    async def look_up_eligibility(
        self,
        names: Annotated[
            list[Text], Field(min_length=1, max_length=50, description='Such as ["Amazon S3", "AWS::Lightsail"].')
        ],
    ) -> Annotated[CallToolResult, EligibilityResult]:
        """Say by AWS's list of HIPAA-eligible services whether services may hold PHI. Takes names such as "Amazon
        S3" and CloudFormation types or namespaces such as AWS::Lambda::Function.
        """
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
        """Say what evidence a cdk.out holds that was synthesized with enforce_hipaa: the verdict, what templates,
        the live account and people show, the open controls with the reason of each, and what people still have
        to do. Writes no report; `hipaa-constructs report` does.
        """
        question = evidences.EvidenceQuestion(self._day(), cdk_out, status, tuple(preflight), offset, limit)
        return _answer(await self._work(evidences.evidence, question), evidence_text)

    def _day(self) -> datetime.date:
        return self._today or datetime.date.today()

    async def _work(self, function: Callable[[Path, Any], T | Refused], question: Any) -> T:
        try:
            with anyio.fail_after(self._seconds):
                answer = await to_process.run_sync(function, self._root, question, cancellable=True)
        except TimeoutError:
            why = f"it took more than {self._seconds:g} seconds and was stopped; give fewer or smaller files"
            raise ToolError(why) from None
        except BrokenWorkerProcess:
            raise ToolError("it ended without an answer, perhaps for want of memory; give fewer files") from None
        return _granted(answer)


def _granted(answer: T | Refused) -> T:
    if isinstance(answer, Refused):
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
