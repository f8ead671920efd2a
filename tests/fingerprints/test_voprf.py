"""RFC 9497 appendix A.1.2: ristretto255-SHA512, mode VOPRF."""

import pytest

from registry.fingerprints import voprf

SEED = b"\xa3" * 32
INFO = b"test key"
SECRET = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909"
PUBLIC = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
ONE, MANY = "00", "5a" * 17
BLIND = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"
OTHER_BLIND = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"
OUTPUT_OF_ONE = (
    "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
    "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
)
OUTPUT_OF_MANY = (
    "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
    "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
)

# inputs, blinds, blinded elements, evaluated elements, proof, proof scalar, outputs
VECTORS = [
    (
        [ONE],
        [BLIND],
        ["863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"],
        ["aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"],
        (
            "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
            "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d"
        ),
        OTHER_BLIND,
        [OUTPUT_OF_ONE],
    ),
    (
        [MANY],
        [BLIND],
        ["cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"],
        ["60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"],
        (
            "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
            "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02"
        ),
        OTHER_BLIND,
        [OUTPUT_OF_MANY],
    ),
    (
        [ONE, MANY],
        [BLIND, OTHER_BLIND],
        [
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
        ],
        [
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
        ],
        (
            "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
            "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08"
        ),
        "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
        [OUTPUT_OF_ONE, OUTPUT_OF_MANY],
    ),
]


def unhex(*texts: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def test_a_key_is_derived_from_its_seed():
    assert voprf.derive_key(SEED, INFO).hex() == SECRET
    assert voprf.public_key(bytes.fromhex(SECRET)).hex() == PUBLIC


@pytest.mark.parametrize("vector", VECTORS, ids=["one byte", "seventeen bytes", "batch of two"])
def test_the_vectors_of_the_rfc_hold(vector):
    inputs, blinds, blinded, evaluated, proof, proof_scalar, outputs = vector
    [secret, public, sent_proof, scalar] = unhex(SECRET, PUBLIC, proof, proof_scalar)
    messages = unhex(*inputs)

    asked = [voprf.blind(message, scalar=one) for message, one in zip(messages, unhex(*blinds), strict=True)]
    assert [one.element.hex() for one in asked] == blinded
    answered, given_proof = voprf.blind_evaluate(secret, [one.element for one in asked], proof_scalar=scalar)
    assert [one.hex() for one in answered] == evaluated
    assert given_proof == sent_proof
    assert [one.hex() for one in voprf.finalize(messages, asked, answered, given_proof, public)] == outputs
    assert [voprf.evaluate(secret, message).hex() for message in messages] == outputs


def test_asking_blind_gives_what_the_key_holder_computes():
    secret = voprf.derive_key(bytes(32), b"another key")
    asked = voprf.blind(b"an invoice")
    answered, proof = voprf.blind_evaluate(secret, [asked.element])
    [output] = voprf.finalize([b"an invoice"], [asked], answered, proof, voprf.public_key(secret))
    assert output == voprf.evaluate(secret, b"an invoice")


def test_an_answer_under_another_key_is_refused():
    secret, other = voprf.derive_key(bytes(32), b"one"), voprf.derive_key(bytes(32), b"two")
    asked = voprf.blind(b"an invoice")
    answered, proof = voprf.blind_evaluate(other, [asked.element])
    with pytest.raises(voprf.BadProof):
        voprf.finalize([b"an invoice"], [asked], answered, proof, voprf.public_key(secret))


@pytest.mark.parametrize("place", [0, 31, 32, 63])
def test_an_altered_proof_is_refused(place):
    secret = bytes.fromhex(SECRET)
    asked = voprf.blind(b"an invoice")
    answered, proof = voprf.blind_evaluate(secret, [asked.element])
    altered = bytearray(proof)
    altered[place] ^= 1
    with pytest.raises(voprf.BadProof):
        voprf.verify([asked.element], answered, bytes(altered), bytes.fromhex(PUBLIC))


def test_one_wrong_answer_in_a_batch_or_another_order_is_refused():
    secret, other = bytes.fromhex(SECRET), voprf.derive_key(bytes(32), b"two")
    asked = [voprf.blind(message).element for message in (b"one", b"two", b"three")]
    answered, proof = voprf.blind_evaluate(secret, asked)
    voprf.verify(asked, answered, proof, bytes.fromhex(PUBLIC))
    wrong = [answered[0], voprf.blind_evaluate(other, [asked[1]])[0][0], answered[2]]
    for false in (wrong, answered[::-1], answered[:2]):
        with pytest.raises(voprf.BadProof):
            voprf.verify(asked, false, proof, bytes.fromhex(PUBLIC))


@pytest.mark.parametrize(
    "element", [bytes(32), b"\xff" * 32, b"short"], ids=["identity", "no point", "length"]
)
def test_what_is_no_element_is_refused(element):
    with pytest.raises(voprf.BadElement):
        voprf.blind_evaluate(bytes.fromhex(SECRET), [element])


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, b"short"])
def test_what_is_no_scalar_is_refused(secret):
    with pytest.raises(voprf.BadInput):
        voprf.evaluate(secret, b"an invoice")
