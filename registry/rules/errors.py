"""How the rules area says no: one class per refusal."""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal


class RuleBlocks(Refusal):
    code = "rule_blocks"
    title = "A rule the registry works under forbids this"


class PackNotFound(NotFound):
    code = "rule_pack_not_found"
    title = "There is no such rule pack"


class PackInvalid(BadInput):
    code = "rule_pack_invalid"
    title = "The rule pack cannot be read"


class PackNotInForce(Conflict):
    code = "rule_pack_not_in_force"
    title = "The rule pack is a draft: its source is not confirmed"


class DecisionNotFound(NotFound):
    code = "rule_decision_not_found"
    title = "There is no such decision"


class SizeUnknown(BadInput):
    code = "size_class_unknown"
    title = "This is not a size class"


class FactsUnreadable(BadInput):
    code = "facts_unreadable"
    title = "The facts of a decision cannot be read"
