"""What jobs run, as lines of a POSIX shell: the same in CodeBuild, and in workflows of GitHub and GitLab.

Each wave has a folder ``assemblies/<wave>`` with its assembly, ``cdk.out``, and its ``report``. A job is told by its
environment where they are (``ASSEMBLY``, ``REPORT``), and where evidence goes (``EVIDENCE``, ``RUN``, ``DEPLOYED``).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from hipaa_constructs.delivery.bootstrap_roles import QUALIFIER, Target, role_arns

ASSEMBLIES = "assemblies"
# In the bucket of evidence: what each run left, and what was true when a wave was last deployed.
RUNS, DEPLOYED = "runs", "deployed"

_DRIFT = """\
find "$ASSEMBLY" -name manifest.json -exec jq -r '.artifacts | to_entries[]
  | select(.value.type == "aws:cloudformation:stack")
  | [(.value.environment | ltrimstr("aws://") | sub("/"; "-")), (.value.properties.stackName // .key)]
  | @tsv' {} + > stacks
drifted=0
while read -r target stack; do
  id=$(aws cloudformation detect-stack-drift --profile "$target" --stack-name "$stack" \
--query StackDriftDetectionId --output text)
  state=DETECTION_IN_PROGRESS
  while [ "$state" = DETECTION_IN_PROGRESS ]; do
    sleep "${DRIFT_PAUSE:-10}"
    now=$(aws cloudformation describe-stack-drift-detection-status --profile "$target" \
--stack-drift-detection-id "$id" --query '[DetectionStatus,StackDriftStatus]' --output text)
    state=${now%%[[:space:]]*} found=${now##*[[:space:]]}
  done
  echo "$target $stack $state $found" | tee -a drift.txt
  if [ "$state $found" != "DETECTION_COMPLETE IN_SYNC" ]; then drifted=1; fi
done < stacks"""


def elsewhere() -> list[str]:
    """Go where no file of the repository is: the CDK's CLI takes plugins from a ``cdk.json`` beside it."""
    return ['work=$(mktemp -d) && cd "$work"']


def context_arguments(context: Mapping[str, str]) -> list[str]:
    """Return ``-c`` for each key of CDK's context."""
    return [f"-c {shlex.quote(f'{key}={value}')}" for key, value in sorted(context.items())]


def synth(wave: str, context: Mapping[str, str]) -> list[str]:
    """Synthesize a wave with the gate, and write its evidence beside it."""
    folder = f"{ASSEMBLIES}/{wave}"
    return [
        " ".join(["cdk synth --quiet '**'", *context_arguments(context), f"--output {folder}/cdk.out"]),
        f"hipaa-constructs report {folder}/cdk.out --output {folder}/report",
    ]


def profiles(targets: Sequence[Target], *, credential_source: str, qualifier: str = QUALIFIER) -> list[str]:
    """Write a profile for each account and Region, by which a job reads it, and nothing else."""
    lines: list[str] = []
    for one in sorted(set(targets)):
        (arn,) = role_arns([one], ("lookup",), qualifier=qualifier)
        lines += [f"[profile {one.profile}]", f"role_arn={arn}", credential_source, f"region={one.region}"]
    return [
        'export AWS_CONFIG_FILE="$PWD/aws-config"',
        f"printf '%s\\n' {' '.join(shlex.quote(line) for line in lines)} > \"$AWS_CONFIG_FILE\"",
    ]


def review(targets: Sequence[Target]) -> list[str]:
    """Ask the accounts what no template shows, and compare the evidence with what was deployed last.

    What preflight finds stops a wave that was deployed before; at first there is nothing yet that it could find.
    """
    asked = []
    for one in sorted(set(targets)):
        file = f"evidence/preflight-{one.profile}.json"
        asked.append(
            f"hipaa-constructs preflight --profile {one.profile} --region {one.region} --output {file} || "
            'found="$found $?"'
        )
    return [
        "mkdir -p evidence",
        'hipaa-constructs verify "$ASSEMBLY"',
        'aws s3 cp --quiet "s3://$EVIDENCE/$DEPLOYED/report.json" earlier.json || rm -f earlier.json',
        "found=",
        *asked,
        'case "$found" in *2*) echo "an account could not be asked"; false;; esac',
        'if [ -f earlier.json ]; then hipaa-constructs report "$ASSEMBLY" --compare earlier.json --output evidence '
        "> evidence/difference.txt || test $? -eq 1; fi",
        'aws s3 cp --quiet --recursive evidence "s3://$EVIDENCE/$RUN/review"',
        'if [ -f earlier.json ] && [ -n "$found" ]; then echo "preflight found something"; false; fi',
    ]


def changes(method: str = "auto") -> list[str]:
    """Write down what would change: by change sets and, where CloudFormation cannot make one, by the templates.

    :param method: of ``cdk diff``; ``template`` makes no change sets, and needs no role that may.
    """
    return [
        f"cdk diff --app \"$ASSEMBLY\" --method {method} '**' > changes.txt 2>&1 || {{ cat changes.txt; false; }}",
        'cat changes.txt && aws s3 cp --quiet changes.txt "s3://$EVIDENCE/$RUN/changes.txt"',
    ]


def deploy() -> list[str]:
    """Deploy a wave's assembly as it was synthesized; a stack that fails is rolled back, and the wave ends there."""
    return [
        "cdk deploy --app \"$ASSEMBLY\" '**' --require-approval never --concurrency 4 --progress events",
        'aws s3 cp --quiet "$REPORT/report.json" "s3://$EVIDENCE/$DEPLOYED/report.json"',
    ]


def drift() -> list[str]:
    """Compare each stack with what is there, and fail where somebody changed something by hand."""
    return [
        _DRIFT,
        'aws s3 cp --quiet drift.txt "s3://$EVIDENCE/$RUN/drift.txt"',
        'test "$drifted" = 0',
    ]
