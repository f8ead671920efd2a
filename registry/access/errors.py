"""Refusals of the access area."""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal, Unavailable


class Unauthenticated(Refusal):
    """No token, or one that is not (or no longer) good (RFC 6750)."""

    code = "unauthenticated"
    title = "The request carries no valid token"
    status = 401


class SignInRefused(Refusal):
    """The challenge is none of ours, is over, or was used; or the signature is not the address's."""

    code = "sign_in_refused"
    title = "This does not sign you in"
    status = 401


class NobodyHere(Refusal):
    """The key is good, and belongs to nobody who takes part."""

    code = "not_a_participant"
    title = "This key belongs to nobody who takes part"
    status = 403


class Forbidden(Refusal):
    """Signed in, and not in a role that may do this."""

    code = "forbidden"
    title = "Your role does not include this"
    status = 403


class RateLimited(Unavailable):
    """``retry_after_seconds``: when as much may be asked (RFC 6585, 429)."""

    code = "rate_limited"
    title = "You have asked as much as you may for now"
    status = 429


class BadRoles(BadInput):
    code = "bad_access_roles"
    title = "These roles cannot be given"


class BadPeriod(BadInput):
    code = "bad_access_period"
    title = "The period does not fit"


class PersonTaken(Conflict):
    code = "person_taken"
    title = "This address belongs to another party's person"


class PersonNotFound(NotFound):
    code = "person_not_found"
    title = "There is no such person"


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"
    title = "There is no such API key"


class ViewingConsentNotFound(NotFound):
    code = "viewing_consent_not_found"
    title = "There is no such consent"


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    title = "The idempotency key was used for another request"
    status = 422


class AnswerLost(Conflict):
    code = "answer_lost"
    title = "The request was carried out; its answer was lost"


class SignInNotFound(NotFound):
    code = "sign_in_not_found"
    title = "There is no such sign-in"
