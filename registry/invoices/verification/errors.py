"""Why nobody outside was asked."""

from registry.kit.errors import Conflict


class NoVerificationService(Conflict):
    code = "no_verification_service"
    title = "This registry has no outside service to ask about invoices"
