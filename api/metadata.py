"""What the ledger itself says a lot looks like: the contract's metadata, as explorers and custody screens ask for it."""

import base64
import binascii
from typing import Any

import orjson

from api.service import Service
from registry.chain.contract import decode_result, encode_call
from registry.chain.errors import NodeRefused
from registry.kit.errors import Refusal
from registry.relay.refusals import refusal_of_revert

_JSON = "data:application/json;base64,"
_SVG = "data:image/svg+xml;base64,"


class MetadataUnreadable(Refusal):
    code = "metadata_unreadable"
    title = "The ledger's description of the lot cannot be read"
    status = 502


def metadata_of(opened: Service, lot_id: str) -> dict[str, Any]:
    """A lot's metadata: name, description, image (a data URL) and attributes, asked of the contract.

    Raises lot_unknown, MetadataUnreadable, ChainNotReachable.
    """
    try:
        answer = opened.node.eth_call(opened.settings.contract, encode_call("tokenURI", int(lot_id, 16)))
    except NodeRefused as refused:
        raise refusal_of_revert(refused.revert_data) from refused
    found = orjson.loads(_inside(decode_result("tokenURI", answer), _JSON))
    if not isinstance(found, dict):
        raise MetadataUnreadable("It is no JSON object.")
    return found


def picture_of(opened: Service, lot_id: str) -> bytes:
    """The SVG image in a lot's metadata. Raises as ``metadata_of``."""
    return _inside(str(metadata_of(opened, lot_id).get("image")), _SVG)


def _inside(url: str, kind: str) -> bytes:
    if not url.startswith(kind):
        raise MetadataUnreadable(f"It begins with {url[:40]!r}, not with {kind!r}.")
    try:
        return base64.b64decode(url.removeprefix(kind), validate=True)
    except binascii.Error as error:
        raise MetadataUnreadable(f"It is no base64: {error}.") from error
