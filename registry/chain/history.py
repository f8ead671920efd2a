"""EIP-2935: the contract in which a chain under prague keeps the hashes of its last blocks, so that a proof of its
storage reaches back to them."""

HISTORY_ADDRESS = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
# An address can only have this code there by the transaction the EIP gives, or from a chain's making.
HISTORY_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff8143031160"
    "4257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)
# Block n's hash stands in slot n modulo this, until as many blocks have come after it.
HISTORY_SLOTS = 8_191
