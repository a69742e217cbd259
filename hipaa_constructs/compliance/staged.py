"""What CDK's command line would not tell of stacks within stages, said once for the whole app; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.rule import Finding, MetaRule, listed

RULE = MetaRule(
    "StagesClean",
    "Stacks within stages have no errors that the CDK CLI was not asked for",
    "error",
    ("164.308(a)(8)",),
    "Run cdk synth '**', which shows them, and mend them.",
    "Compliant: stacks within stages have no errors, or all of them are shown. Non-compliant: a stage has "
    "errors, and the CDK CLI, which shows those of the stacks that it is asked for, would pass over them: "
    "https://docs.aws.amazon.com/cdk/v2/guide/stages.html.",
)


def staged(app: App, findings: Iterable[Finding], *, strict: bool) -> Sequence[Finding]:
    """Return one finding if an error, or with ``strict`` anything, is found in a stack within a stage.

    The CLI heeds what is said of the stacks that it is asked for, which without a pattern are those outside of stages,
    and else exits with 0. What is said of no construct it heeds always.
    """
    inner = sorted({one.stack_path for one in app.templates if "/" in one.name and one.stack_path})
    weighty = [f"{one.construct_path}/" for one in findings if strict or one.severity == "error"]
    counts = {stack: sum(path.startswith(f"{stack}/") for path in weighty) for stack in inner}
    told = [f"{count} in {stack}" for stack, count in counts.items() if count]
    if not told:
        return []
    return [RULE.finding(f"Errors stand in stacks within stages: {listed(told)}.")]
