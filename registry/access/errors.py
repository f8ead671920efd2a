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


class SignatureMalformed(Refusal):
    """RFC 9421 or RFC 9651 does not allow it, or nothing here would know what it means."""

    code = "request_signature_malformed"
    title = "The request's signature cannot be read"
    status = 401


class SignatureIncomplete(Refusal):
    """``missing``: what the signature would have to cover or to say."""

    code = "request_signature_incomplete"
    title = "The signature leaves out what it must cover or say"
    status = 401


class SignatureOutOfTime(Refusal):
    """Expired, made in the future, or good for too long."""

    code = "request_signature_out_of_time"
    title = "The signature is not good now"
    status = 401


class SigningKeyUnknown(Refusal):
    """None of that id, or its key was ended, has run out, or is no longer a live key of its party's on the ledger."""

    code = "signing_key_unknown"
    title = "No key of this id signs requests here"
    status = 401


class AlgorithmWrong(Refusal):
    """``expected``: what the key signs with."""

    code = "signature_algorithm_wrong"
    title = "The key does not sign with this algorithm"
    status = 401


class RequestSignatureWrong(Refusal):
    """It is another key's, or over another request than the one that came."""

    code = "request_signature_wrong"
    title = "The signature is not this key's over this request"
    status = 401


class SignatureReplayed(Refusal):
    code = "request_signature_replayed"
    title = "The signature's nonce was used already"
    status = 401


class ContentDigestWrong(Refusal):
    """RFC 9530."""

    code = "content_digest_wrong"
    title = "The body is not the one that was signed"
    status = 401


class BadCertificate(BadInput):
    code = "bad_client_certificate"
    title = "This certificate cannot sign requests"


class CertificateRefused(Refusal):
    """Run out, revoked, or of no authority that is trusted for this."""

    code = "client_certificate_refused"
    title = "The certificate is not good here now"
    status = 403


class RevocationUnknown(Unavailable):
    code = "revocation_unknown"
    title = "Nothing says whether the certificate was revoked"


class SigningKeyTaken(Conflict):
    code = "signing_key_taken"
    title = "This address or certificate is another API key's"
