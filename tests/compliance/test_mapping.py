"""Which checks count under which entry of the Security Rule, as an assessor reviewed it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import hipaa_constructs
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.cdk_helpers import RULE as CDK_HELPER_AVOIDED
from hipaa_constructs.compliance.controls import controls, nag_rules, read

LIST = Path(__file__).with_name("mapping.txt")
# What an organization has to do; templates show a part of it at most.
PROCESSES = [control for control in controls() if control.startswith(("164.308", "164.310", "164.314", "164.316"))]


def own(control: str) -> set[str]:
    # What is found of CDK's own functions counts by the rules that found it.
    counted = [rule for rule in every_rule() if rule is not CDK_HELPER_AVOIDED]
    return {rule.id.removeprefix("HIPAA.Constructs-") for rule in counted if control in rule.controls}


def nag(control: str) -> set[str]:
    return {rule.id.removeprefix("HIPAA.Security-") for rule in nag_rules().values() if control in rule.counted}


def asked(control: str) -> set[str]:
    preflight: Mapping[str, Mapping[str, list[str]]] = read("preflight.json")
    return {name for name, about in preflight.items() if control in about["controls"]}


def mapping() -> str:
    """The whole list: an entry, what each column can show of it, and what counts there."""
    lines = []
    for one in controls().values():
        lines.append(f"{one.id} {one.title}: templates {one.infrastructure}, account {one.live}, people {one.people}")
        for title, names in (("rule", own(one.id)), ("cdk-nag", nag(one.id)), ("preflight", asked(one.id))):
            lines += [f"  {title} {name}" for name in sorted(names)]
    return "\n".join(lines) + "\n"


def test_the_list_is_the_one_that_was_reviewed() -> None:
    assert mapping() == LIST.read_text()


def test_a_column_can_show_what_something_counts_for() -> None:
    for one in controls().values():
        assert (one.infrastructure == "none") == (not own(one.id) | nag(one.id)), one.id
        assert (one.live == "none") == (not asked(one.id)), one.id
        assert one.people == "decides"
        if one.aws == "technical":
            assert one.infrastructure == "decides"
        if one.may_not_apply:
            assert one.infrastructure != "decides"


def test_processes_are_never_decided_by_templates() -> None:
    # Copies are made by machines; that there is a plan for them is attested by people.
    decided = [control for control in PROCESSES if controls()[control].infrastructure == "decides"]
    assert decided == ["164.308(a)(7)(ii)(A)"]
    assert not [control for control in PROCESSES if controls()[control].live == "decides"]


def test_what_an_assessor_would_not_count() -> None:
    transit = own("164.312(e)(2)(i)") | nag("164.312(e)(2)(i)")
    assert transit.isdisjoint(own("164.312(a)(2)(iv)") | nag("164.312(a)(2)(iv)"))
    assert own("164.312(a)(2)(iv)").isdisjoint(own("164.312(e)(2)(ii)"))
    assert nag("164.312(a)(2)(iv)").isdisjoint(nag("164.312(e)(2)(ii)"))
    assert not {name for name in own("164.308(a)(5)(ii)(D)") if "Mfa" in name}
    documentation = set().union(*(own(control) for control in controls() if control.startswith("164.316")))
    assert "RetainedOnDelete" not in documentation
    assert not {name for name in documentation if name.startswith("Acknowledgement")}
    assert not own("164.308(a)(4)(ii)(A)") | nag("164.308(a)(4)(ii)(A)")
    assert not own("164.308(a)(5)(ii)(A)") | nag("164.308(a)(5)(ii)(A)")
    assert not own("164.308(a)(3)(ii)(B)") | nag("164.308(a)(3)(ii)(B)")


def test_what_cdk_nag_cites_stays_visible_as_its_own() -> None:
    cited = [rule for rule in nag_rules().values() if "164.308(a)(4)(ii)(A)" in rule.controls]
    assert len(cited) == 28
    for rule in nag_rules().values():
        assert set(rule.counted) <= set(controls())


def claims() -> Mapping[str, tuple[list[str], list[str]]]:
    """What each construct's docstring says that it meets, and that it supports."""
    found = {}
    for name in hipaa_constructs.__all__:
        text = inspect.getdoc(getattr(hipaa_constructs, name)) or ""
        paragraph = re.search(r"^(?:Meets|Supports) 164(?:.+\n?)*", text, re.MULTILINE)
        if paragraph:
            meets, _, supports = paragraph[0].partition("Supports")
            found[name] = (_cited(meets), _cited(supports))
    return found


def _cited(text: str) -> list[str]:
    return re.findall(r"164\.\d+(?:\([0-9A-Za-z]+\))+", text)


def test_constructs_meet_what_templates_decide_and_support_the_rest() -> None:
    said = claims()
    assert len(said) > 35
    for name, (meets, supports) in said.items():
        assert len(meets + supports) == len({*meets, *supports}), name
        for control in meets:
            assert controls()[control].infrastructure == "decides", (name, control)
        for control in supports:
            assert controls()[control].infrastructure != "decides", (name, control)


def test_constructs_support_what_something_can_show() -> None:
    silent = {
        (name, control)
        for name, (_, supports) in claims().items()
        for control in supports
        if controls()[control].infrastructure == controls()[control].live == "none"
    }
    # A role for emergencies is a part of the procedure, which no check can know.
    assert silent == {("BreakGlassRole", "164.312(a)(2)(ii)")}
