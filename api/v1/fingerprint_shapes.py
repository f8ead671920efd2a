"""What answers to outsiders look like."""

from pydantic import Field

from api.v1.shapes import Shape


class PublishedKeyOut(Shape):
    version: int
    public: str = Field(description="An element of ristretto255 as 0x hex")
    block: int = Field(description="In which the ledger got it")
    is_live: bool = Field(description="Whether invoices are entered, and questions answered, under it")


class FingerprintKeys(Shape):
    suite: str
    mode: str
    chain_id: int
    contract: str
    keys: list[PublishedKeyOut]


class Evaluated(Shape):
    key_version: int
    elements: list[str] = Field(description="In the order asked")
    proof: str = Field(description="64 bytes as 0x hex: that this key evaluated all of them")


class KnownTokens(Shape):
    key_version: int
    part: int
    parts: int
    salt: str
    token_bytes: int
    tokens: str = Field(description="Sorted, one after the other, in base64")
