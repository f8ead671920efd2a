"""The page hashes, signs and opens keystores exactly as the registry does, and refuses what the registry would."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from api.portal.fields import LABELS
from api.signing import wallet_ready
from registry.chain import messages, statements
from registry.chain.keys import SigningKey, open_keystore
from registry.chain.messages import Domain, Message, Signed, keccak256, recover

RUNNER = Path(__file__).parent / "run_vectors.mjs"
KEY = SigningKey.from_secret(bytes(range(1, 33)))
DOMAIN = Domain(5_230_017, "0x89998Da7A7075dbCaD4B13da0C0E9a5B3A8eD5c6")
DEADLINE = 2**40 - 1
SIGNED = [
    each
    for each in [*vars(messages).values(), *vars(statements).values()]
    if isinstance(each, type) and issubclass(each, Signed) and each != Signed
]
HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
ORDER = 2 * HALF + 1


def in_page(tasks: Sequence[dict[str, Any]]) -> list[Any]:
    node = shutil.which("node")
    assert node is not None, "run scripts/test, which finds Node or fetches it"
    done = subprocess.run(
        [node, RUNNER], input=json.dumps(tasks), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def sample(of: type[Message], *, is_high: bool) -> Message:
    """A message whose every value is as high as its type takes, or else low."""
    parts = {part.__name__: part for part in of.parts}

    def value(kind: str) -> Any:
        if kind.endswith("[]"):
            return tuple(value(kind[:-2]) for _ in range(2))
        if kind in parts:
            return sample(parts[kind], is_high=is_high)
        if kind.startswith("uint"):
            return 2 ** int(kind[4:]) - 1 if is_high else 1
        if kind == "bool":
            return is_high
        if kind == "string":
            return "付款账户 " * 20 if is_high else ""
        return KEY.address if kind == "address" else (b"\xff" if is_high else b"\x00") * 32

    kinds = [member.split(" ")[0] for member in of.layout.split(",")]
    return of(*(value(kind) for kind in kinds))


def typed(message: Signed) -> dict[str, Any]:
    return wallet_ready(message.typed_data(DOMAIN, DEADLINE))


def secret(key: SigningKey) -> str:
    return "0x" + key.secret.hex()


def test_every_message_has_the_registrys_digest_and_signature_in_the_page() -> None:
    cases = [sample(of, is_high=is_high) for of in SIGNED for is_high in (False, True)]
    wanted = []
    for case in cases:
        assert isinstance(case, Signed)
        digest = case.digest(DOMAIN, DEADLINE)
        wanted.append({"digest": "0x" + digest.hex(), "signature": "0x" + KEY.sign_digest(digest).hex()})
    tasks = [{"task": "typed", "typed": typed(case), "key": secret(KEY)} for case in cases]  # type: ignore[arg-type]
    assert len(cases) > 40
    assert in_page(tasks) == wanted


def test_every_member_of_every_message_has_a_name_for_people() -> None:
    kinds = {part for of in SIGNED for part in (of, *of.parts)}
    structs = {of.__name__ for of in kinds}
    nameless = {
        f"{of.__name__}.{member['name']}"
        for of in kinds
        for member in of.members()
        if member["type"].removesuffix("[]") not in structs and member["name"] not in LABELS
    }
    assert nameless == set()


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("lotAmount", str(2**64), "out_of_range"),
        ("lotAmount", "-1", "out_of_range"),
        ("lotAmount", 2**53, "type_unknown"),
        ("to", None, "value_missing"),
        ("unasked", 1, "value_unknown"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_not_hashed(member: str, value: Any, said: str) -> None:
    document = typed(messages.Transfer(1, 1, 1, 1, 1))
    document["message"][member] = value
    (answer,) = in_page([{"task": "typed", "typed": document, "key": secret(KEY)}])
    assert answer == {"digest": f"Error: {said}"}


def test_a_text_is_signed_after_eip_191() -> None:
    text = "example.org wants you to sign in\n确权 ✓"
    encoded = text.encode()
    digest = keccak256(b"\x19Ethereum Signed Message:\n" + str(len(encoded)).encode() + encoded)
    (answer,) = in_page([{"task": "text", "text": text, "key": secret(KEY)}])
    assert answer["digest"] == "0x" + digest.hex()
    assert recover(digest, bytes.fromhex(answer["signature"][2:])) == KEY.address


def test_the_page_finds_the_signer_and_takes_no_high_s() -> None:
    digest = keccak256(b"anything")
    good = KEY.sign_digest(digest)
    high = good[:32] + (ORDER - int.from_bytes(good[32:64])).to_bytes(32) + bytes([55 - good[64]])
    tasks = [
        {"task": "signer", "digest": "0x" + digest.hex(), "signature": "0x" + one.hex()}
        for one in (good, high, good[:64], b"\x00" * 65)
    ]
    assert in_page(tasks) == [KEY.address, None, None, None]
    assert recover(digest, high) is None


def test_keystores_open_in_the_page_and_in_the_registry_alike(tmp_path: Path) -> None:
    KEY.save(tmp_path / "ours.json", "pass wörd 密码")
    ours = (tmp_path / "ours.json").read_text()
    made, opened, wrong, none = in_page(
        [
            {"task": "make", "key": secret(KEY), "password": "pass wörd 密码"},
            {"task": "open", "keystore": ours, "password": "pass wörd 密码"},
            {"task": "open", "keystore": ours, "password": "another"},
            {"task": "open", "keystore": "{}", "password": "another"},
        ]
    )
    assert (opened, wrong, none) == (secret(KEY), "wrong_password", "not_keystore")
    (tmp_path / "theirs.json").write_text(made)
    assert open_keystore(tmp_path / "theirs.json", "pass wörd 密码").secret == KEY.secret
    assert in_page([{"task": "open", "keystore": made, "password": "pass wörd 密码"}]) == [secret(KEY)]


def test_what_is_shown_must_be_all_of_what_is_signed_and_nothing_else() -> None:
    document = typed(messages.Transfer(7, 1, 5000, 3, 5000))
    shown = [[f"message.{name}", str(value)] for name, value in document["message"].items()]
    shown += [[f"domain.{name}", str(value)] for name, value in document["domain"].items()]
    altered = [[path, "1" if path == "message.amount" else text] for path, text in shown]
    digest = messages.Transfer(7, 1, 5000, 3, 5000).digest(DOMAIN, DEADLINE)
    tasks = [{"task": "shown", "typed": document, "shown": one} for one in (shown, altered, shown[1:])]
    assert in_page(tasks) == ["0x" + digest.hex(), "Error: altered", "Error: altered"]
