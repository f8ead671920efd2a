"""How a key in a token says no, to whoever has the token: these name tokens and files, and go out over no API."""

from registry.kit.errors import BadInput, NotFound, Refusal, Unavailable


class BadKeyUri(BadInput):
    """The URI is never quoted: somebody may have written a PIN into it."""

    code = "bad_key_uri"
    title = "This PKCS#11 URI does not name a key"


class HsmRefused(Refusal):
    """The token, its module, or what the installation knows of them."""

    code = "hsm_refused"
    title = "The token does not do what was asked"
    status = 503


class HsmModuleMissing(HsmRefused, NotFound):
    code = "hsm_module_missing"
    title = "The token's PKCS#11 module cannot be loaded"


class HsmTokenMissing(HsmRefused, NotFound):
    code = "hsm_token_missing"
    title = "There is no such token, or more than one"


class HsmPinRefused(HsmRefused):
    code = "hsm_pin_refused"
    title = "The token does not open with this PIN"


class HsmPinLocked(HsmRefused):
    code = "hsm_pin_locked"
    title = "The token's PIN is locked, or the next wrong one would lock it"


class HsmKeyMissing(HsmRefused, NotFound):
    code = "hsm_key_missing"
    title = "The token has no such key, or more than one"


class HsmKeyUnfit(HsmRefused):
    code = "hsm_key_unfit"
    title = "The token's key cannot sign for an Ethereum address"


class HsmAway(HsmRefused, Unavailable):
    """It was there and is not, or failed twice in a row."""

    code = "hsm_away"
    title = "The token was taken away or does not answer"
