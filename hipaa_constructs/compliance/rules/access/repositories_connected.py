"""Builds reach repositories by a connection, not by a person's token.

Compliant: a source that is none of GitHub's first version; credentials of CodeBuild by a connection, by a secret or by
OAuth. Non-compliant: a source of GitHub's first version, which AWS advises against
(docs.aws.amazon.com/codepipeline/latest/userguide/appendix-github-oauth.html); a personal access token or a password as
credentials of CodeBuild. Such a token has all rights of its owner, and stands in the parameters of a deployment.
Unknown: a source that only deployment knows. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import all_of, dig, is_one_of, negate, placed
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, judge, worst

_CREDENTIAL, _PIPELINE = "AWS::CodeBuild::SourceCredential", "AWS::CodePipeline::Pipeline"


def check(resource: Resource) -> Verdict:
    if resource.type == _CREDENTIAL:
        kept = negate(is_one_of(resource.get("AuthType"), "PERSONAL_ACCESS_TOKEN", "BASIC_AUTH"))
        return judge(
            kept,
            f"AuthType is {resource.get('AuthType')}, so builds have the rights of a person.",
            unknown_message="AuthType is known only at deployment.",
        )
    return worst((PASSED, *_actions(resource)))


def _actions(pipeline: Resource) -> Iterator[Verdict]:
    for name, kind in placed(pipeline.properties, "Stages[].Actions[].ActionTypeId"):
        first = all_of((is_one_of(dig(kind, "Owner"), "ThirdParty"), is_one_of(dig(kind, "Provider"), "GitHub")))
        yield judge(
            negate(first),
            f"{name}.Provider is GitHub, by a person's token in place of a connection.",
            unknown_message=f"{name} is known only at deployment.",
        )


RULE = Rule(
    name="RepositoriesConnected",
    severity="warning",
    resource_types=(_CREDENTIAL, _PIPELINE),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Connect the repository by CodeConnections.",
    fixes=(
        Fix(
            (_CREDENTIAL,),
            beside="Set AuthType: CODECONNECTIONS and Token: <the ARN of a connection>.",
        ),
        Fix(
            (_PIPELINE,),
            template="In the source's ActionTypeId, set Owner: AWS, Provider: CodeStarSourceConnection; in its "
            "Configuration, ConnectionArn, FullRepositoryId and BranchName.",
            cdk=("codepipeline_actions.CodeStarConnectionsSourceAction(connection_arn=<the ARN of a connection>)",),
            constructs=("DeploymentPipeline",),
        ),
    ),
    check=check,
)
