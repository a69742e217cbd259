"""The gate: cdk-nag's HIPAA pack and this package's rules, enforced when an app is synthesized."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import HIPAASecurityChecks, NagPack
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.compliance.acknowledgements.baseline_file import DEFAULT_FILE as BASELINE
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE
from hipaa_constructs.compliance.evaluation import Evaluation, Terms
from hipaa_constructs.compliance.gate import FLOORS, GATE_ID, NAME
from hipaa_constructs.compliance.gate_plugin import GatePlugin, open_in
from hipaa_constructs.compliance.pack_plugin import PackPlugin
from hipaa_constructs.compliance.rule import Finding

# By it jsii hands the app's own stack to CDK with each request, so that what CDK and this package say of a construct
# names the line that makes it (jsii/_stack_trace.py, which reads it each time). It costs a quarter of the time that
# constructs take, a tenth of a synth: whoever sets it to 0 has his way, and findings without lines.
os.environ.setdefault("JSII_HOST_STACK_TRACES", "1")

_MARK = "hipaa-constructs:enforced"


@checked_arguments
def enforce_hipaa(
    app: cdk.App,
    *,
    packs: Sequence[NagPack] = (),
    rule_files: Sequence[str] = (),
    strict: bool = False,
    acknowledgements_file: str = DEFAULT_FILE,
    baseline_file: str = BASELINE,
    report_only: bool = False,
) -> None:
    """Make ``app.synth()`` and ``cdk synth`` fail on any finding that nobody acknowledged and the baseline lacks.

    :param app: the app; everything in it counts, whether it is defined before or after this call.
    :param packs: cdk-nag packs to run besides ``HIPAASecurityChecks``, such as ``NIST80053R5Checks(app)``.
    :param rule_files: an organisation's own rules, ``.guard`` or ``.rego`` files, run by CDK's own validation.
    :param strict: whether warnings, and what cannot be told at synth, fail too. Default: they are shown.
    :param acknowledgements_file: the reviewed file of acknowledgements, read if it exists.
        Default: ``hipaa-acknowledgements.toml`` in the working directory.
    :param baseline_file: the findings that are known, as ``hipaa-constructs baseline`` writes them, read if it exists:
        they are shown and fail nothing until their day. Default: ``hipaa-baseline.toml`` in the working directory.
    :param report_only: whether all is judged, shown and written down, and nothing fails; ``hipaa-constructs verify``
        fails nonetheless. Of ``rule_files``, CDK's own flag decides. Default: findings fail the synth.
    :raises RuntimeError: aws-cdk-lib or cdk-nag is too old to enforce anything.
    :raises ValueError: the app is enforced already, or a rule file cannot be read.
    """
    _require_floors()
    if is_enforced(app):
        refuse("app", app, allowed="an app is enforced once", fix="Pass all packs in one call of enforce_hipaa.")
    sources = [_rule_source(file) for file in rule_files]
    app.node.add_metadata(_MARK, True)
    terms = Terms(strict, report_only, acknowledgements_file, baseline_file)
    evaluation = Evaluation(app, terms)
    wrapped = [PackPlugin(app, pack, evaluation, terms) for pack in (HIPAASecurityChecks(app), *packs)]
    _leave_trace(app, wrapped)
    plugins: list[Any] = [*wrapped, GatePlugin(app, wrapped, evaluation, terms)]
    if sources:
        plugins.append(
            cdk.CloudFormationValidatePlugin(
                guard_rules=[source for suffix, source in sources if suffix == ".guard"],
                rego_rules=[source for suffix, source in sources if suffix == ".rego"],
            )
        )
    cdk.Validations.of(app).add_plugins(*plugins)


def is_enforced(app: cdk.App) -> bool:
    """Whether ``enforce_hipaa`` was called for this app."""
    return any(entry.type == _MARK for entry in app.node.metadata)


def judge(app: cdk.App, *, packs: Sequence[NagPack] = ()) -> Sequence[Finding]:
    """Return what the gate would find in an app that was synthesized without it, and leave the app as it is.

    :param packs: cdk-nag packs to run besides ``HIPAASecurityChecks``.
    :raises RuntimeError: aws-cdk-lib or cdk-nag is too old to enforce anything.
    """
    _require_floors()
    terms = Terms(strict=False, report_only=False, acknowledgements_file=DEFAULT_FILE, baseline_file=BASELINE)
    evaluation = Evaluation(app, terms)
    for pack in (HIPAASecurityChecks(app), *packs):
        PackPlugin(app, pack, evaluation, terms)
    return open_in(evaluation.now.assessment)


def _leave_trace(app: cdk.App, packs: Iterable[PackPlugin]) -> None:
    """Note in the construct tree what checks the app, each as ``name@version``.

    CDK leaves a plugin that found nothing out of its report, where it looks like one that never ran.
    """
    gate = Construct(app, GATE_ID)
    versions = {pack.name: pack.version for pack in packs}
    versions[NAME] = version("hipaa-constructs")
    for name, number in versions.items():
        Construct(gate, f"{name}@{number}")


def _require_floors() -> None:
    for package, floor in FLOORS.items():
        installed = version(package)
        numbers = tuple(int(part) for part in re.findall(r"\d+", installed)[:3])
        if numbers < floor:
            least = ".".join(map(str, floor))
            raise RuntimeError(
                f"{package} is {installed}; the gate needs {least} or newer, since older ones let violations pass. "
                f"Install {package}>={least}."
            )


def _rule_source(file: str) -> tuple[str, cdk.ValidationRuleSource]:
    path = Path(file)
    if path.suffix not in (".guard", ".rego"):
        refuse("rule_files", file, allowed="allowed are .guard and .rego files", fix="Rename the file by its language.")
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        refuse("rule_files", file, allowed="it has to be readable text", fix=f"The system says: {error}.")
    return path.suffix, cdk.ValidationRuleSource(name=path.stem, content=content)
