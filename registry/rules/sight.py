"""The rules are everyone's to read; what was decided by them is shown with what it is about."""

from registry.rules.model import PartySize, RuleChoice, RuleDecision, RulePack
from registry.storage.sight import shows_everyone, shows_nobody

shows_everyone(RulePack, RuleChoice, PartySize)
shows_nobody(RuleDecision)
