"""What answers about coming in look like."""

from pydantic import Field

from api.v1.shapes import PartyRef, Shape


class ChallengeOut(Shape):
    challenge: str = Field(description="Send it along with the signature")
    text: str = Field(description="What `personal_sign` signs, exactly")
    expires_at: str


class ActorOut(Shape):
    party: int | None = Field(description="None for the operator's own token, auditors and outsiders")
    person: str = Field(description="The address that signed in, or an API key's id")
    name: str
    roles: list[str]
    is_account: bool = Field(description="Whether it decides who else may come in for its party")
    trusted_by: list[int] = Field(description="Parties that let this one see their records")


class SignedInOut(Shape):
    token: str
    expires_at: str
    actor: ActorOut


class DoneOut(Shape):
    is_done: bool


class PersonOut(Shape):
    address: str
    party: int | None
    name: str
    roles: list[str]
    added_by: str
    added_at: str
    valid_until: str
    ended_at: str | None


class ApiKeyOut(Shape):
    id: str
    party: int | None = Field(description="None for an outsider's")
    name: str
    roles: list[str]
    keyid: str | None = Field(description="What its signatures name; none where it has a secret")
    made_by: str
    made_at: str
    expires_at: str
    ended_at: str | None


class NewApiKeyOut(Shape):
    secret: str | None = Field(
        description="For `Authorization: Bearer`; shown here only, and none where the machine signs"
    )
    key: ApiKeyOut


class ViewingConsentOut(Shape):
    id: str
    party: PartyRef | None
    viewer: PartyRef | None
    auditor: str | None
    purpose: str
    granted_by: str
    granted_at: str
    valid_until: str
    ended_at: str | None


class PersonPage(Shape):
    items: list[PersonOut]
    next: str | None


class ApiKeyPage(Shape):
    items: list[ApiKeyOut]
    next: str | None


class ViewingConsentPage(Shape):
    items: list[ViewingConsentOut]
    next: str | None
