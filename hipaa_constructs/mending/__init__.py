"""Mending CloudFormation templates in their place: what is sure is set, and proven by judging them again."""

from hipaa_constructs.mending.draft import GIVEN
from hipaa_constructs.mending.mend import Asked, Left, Mending, mend, write
from hipaa_constructs.mending.questions import QUESTIONS

__all__ = ["GIVEN", "QUESTIONS", "Asked", "Left", "Mending", "mend", "write"]
