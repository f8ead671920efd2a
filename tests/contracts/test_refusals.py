"""No refusal of the contract is without a test, and none of its events without a place in the replay."""

from pathlib import Path

from registry.chain.artifact import registry_artifact
from registry.chain.contract import event_names

HERE = Path(__file__).parent
# The library's own; ours never let them through.
LENT = {
    "ECDSAInvalidSignature",
    "ECDSAInvalidSignatureLength",
    "ECDSAInvalidSignatureS",
    "InvalidShortString",
    "OwnableInvalidOwner",
    "OwnableUnauthorizedAccount",
    "StringTooLong",
    "StringsInsufficientHexLength",
}
OTHER_EVENTS = {"Transfer", "OwnershipTransferStarted", "EIP712DomainChanged"}


def all_tests() -> str:
    return "\n".join(path.read_text() for path in sorted(HERE.glob("test_*.py")))


def test_every_custom_error_is_reached_by_name() -> None:
    ours = {entry["name"] for entry in registry_artifact().abi if entry["type"] == "error"} - LENT
    text = all_tests()
    assert not {name for name in ours if f'"{name}"' not in text}


def test_every_event_of_ours_is_replayed_or_is_known_to_carry_no_word() -> None:
    words = {
        entry["name"]
        for entry in registry_artifact().abi
        if entry["type"] == "event" and any(each["name"].endswith("Word") for each in entry["inputs"])
    }
    wordless = set(event_names()) - words
    assert wordless <= OTHER_EVENTS | {"OwnershipTransferred", "FingerprintKeySet", "ArbiterSet"}
