"""Every act of the ledger works by command and by relayed signature, and is refused to everybody else by name.

One table (``acts_table``), held against the ABI: an act that is missing from it, or from the commands, or from the
API, fails here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.service import DATABASE_FILE
from registry.chain.artifact import registry_artifact
from registry.chain.contract import decode_revert
from registry.chain.errors import NodeRefused
from registry.chain.messages import Consent
from registry.relay import codec, queries
from registry.relay.model import Act, ActStatus
from registry.relay.refusals import refusal_of_revert
from tests.api.acts_stage import Case, Stage, a_stage
from tests.api.acts_table import CODES, TABLE, Row
from tests.api.test_commands import REFUSED, Clerk
from tests.builders.databases import a_database, settings_url

REFUSALS = Path(__file__).parents[2] / "docs/refusals.md"
BY_COMMAND = [act for act, row in TABLE.items() if row.case is not None]
BY_ENDPOINT = [act for act, row in TABLE.items() if row.endpoint]
PAST_THE_API = [act for act, row in TABLE.items() if not row.endpoint]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("stage") / "data") as made:
        yield made


def ready(stage: Stage, row: Row) -> Case:
    assert row.case is not None
    case = row.case(stage)
    if row.days:
        stage.pass_time(days=row.days)
    return case


def newest_act(stage: Stage) -> Act:
    with stage.world.service.database.read() as session:
        return queries.acts_with_status(session, ActStatus.INCLUDED, limit=1)[0]


def strangers(case: Case) -> Iterator[tuple[str, ...]]:
    """The signers with a stranger in the place of each in turn."""
    for place in range(len(case.signers)):
        if place not in case.fixed:
            yield (*case.signers[:place], "stranger", *case.signers[place + 1 :])


def contract_refuses(stage: Stage, data: bytes, sender: str, block: int | str) -> tuple[str, str]:
    """The custom error a call ends with, and the code it is decoded into."""
    service = stage.world.service
    with pytest.raises(NodeRefused) as caught:
        service.node.eth_call(service.settings.contract, data, block, sender)
    revert = decode_revert(caught.value.revert_data or b"")
    assert revert is not None
    return revert.name, refusal_of_revert(caught.value.revert_data).code


def consents_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        Consent(one["signer"], one["deadline"], bytes.fromhex(one["signature"][2:])).as_json()
        for one in body["consents"]
    ]


# ---------------------------------------------------------------------- the table itself


def test_the_table_names_every_function_that_changes_anything() -> None:
    changing = {
        entry["name"]
        for entry in registry_artifact().abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    assert set(TABLE) == changing


def test_an_act_without_command_or_endpoint_says_why() -> None:
    assert {act for act, row in TABLE.items() if not (row.verb and row.endpoint)} == {
        act for act, row in TABLE.items() if row.why
    }
    assert PAST_THE_API == ["setFingerprintKey", "transferOwnership", "acceptOwnership"]


def test_every_refusal_of_the_table_is_documented(stage: Stage) -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", REFUSALS.read_text(), re.MULTILINE))
    assert set(CODES.values()) <= listed
    for act in BY_ENDPOINT:
        row = TABLE[act]
        method, path = row.endpoint.split()
        answers = stage.world.http.document["paths"][path][method.lower()]["responses"]
        said = " ".join(one.get("description", "") for one in answers.values())
        if row.signed:
            assert f"`{CODES[row.signed]}`" in said, row.endpoint
        if row.sent == "SenderNotArbiter":
            assert "`sender_not_arbiter`" in said, row.endpoint


# ---------------------------------------------------------------------- by command


@pytest.mark.parametrize("act", BY_COMMAND)
def test_its_command_does_it_and_not_with_a_strangers_key(stage: Stage, act: str, tmp_path: Path) -> None:
    row = TABLE[act]
    case = ready(stage, row)
    assert " ".join(case.words).startswith(row.verb)
    before = newest_act(stage).id
    for signers in strangers(case):
        done = stage.types(case, signers)
        assert done.exit_code == REFUSED, done.output
        assert f"({row.typed or CODES[row.signed]})" in done.stderr
    if row.sent and not row.signed:
        # Nobody signs it: what counts is the key it is sent with.
        done = stage.types(case, (), stage.impostor(tmp_path / "impostor"))
        assert done.exit_code == REFUSED, done.output
        assert f"({CODES[row.sent]})" in done.stderr
    assert newest_act(stage).id == before
    done = stage.types(case, case.signers)
    assert done.exit_code == 0, done.output
    found = newest_act(stage)
    assert (found.kind, found.id != before) == (act, True)


def test_founding_publishes_the_fingerprint_key(stage: Stage, tmp_path: Path) -> None:
    clerk = Clerk(tmp_path / "new", stage.world.clock)
    url = settings_url(clerk.folder / DATABASE_FILE)
    where = {"COUNTERFOIL_DATABASE_URL": url} if url else {}
    assert clerk.types(TABLE["setFingerprintKey"].verb, **where).exit_code == 0
    database = a_database(clerk.folder / DATABASE_FILE)
    with database.read() as session:
        kinds = [one.kind for one in queries.acts_with_status(session, ActStatus.INCLUDED)]
    database.close()
    assert set(kinds) == {"setFingerprintKey", "admit"}


# ---------------------------------------------------------------------- by relayed signature


@pytest.mark.parametrize("act", BY_ENDPOINT)
def test_its_endpoint_does_it_by_relayed_signature_and_the_contract_refuses_everybody_else(
    stage: Stage, act: str
) -> None:
    row, http = TABLE[act], stage.world.http
    case = ready(stage, row)
    template = re.sub(r"\{\w+\}", "[^/]+", row.endpoint)
    assert re.fullmatch(template, f"POST {case.path}")
    asked = stage.asked(case)
    forged = [stage.body(case, asked, signers) for signers in strangers(case)]
    for body in forged:
        assert http.refusal("POST", case.path, status=403, json=body) == CODES[row.signed]

    done = http.post(case.path, stage.body(case, asked, case.signers))
    assert (done["kind"], done["status"]) == (act, "included")

    # The same call one block earlier: the registry's own checks are not asked.
    with stage.world.service.database.read() as session:
        found = queries.act(session, done["id"])
    before = int(done["block"]) - 1
    proper = stage.world.service.worker.sender(found.sender).address
    for body in forged:
        data = codec.calldata(act, found.arguments, consents_of(body))
        assert contract_refuses(stage, data, proper, before) == (row.signed, CODES[row.signed])
    unsigned = codec.calldata(act, found.arguments, [] if found.consents is not None else None)
    require_sent(stage, row, unsigned, before)


@pytest.mark.parametrize("act", PAST_THE_API)
def test_what_no_endpoint_does_is_refused_to_strangers_all_the_same(stage: Stage, act: str) -> None:
    row = TABLE[act]
    assert row.arguments is not None
    data = codec.calldata(act, codec.arguments_to_json(act, row.arguments), None)
    require_sent(stage, row, data, "latest")


def require_sent(stage: Stage, row: Row, data: bytes, block: int | str) -> None:
    """What a stranger is told that sends the call itself."""
    stranger = stage.address("stranger")
    if row.sent:
        assert contract_refuses(stage, data, stranger, block) == (row.sent, CODES[row.sent])
    else:
        service = stage.world.service
        service.node.eth_call(service.settings.contract, data, block, stranger)


def test_control_with_the_parties_own_signatures_the_same_call_passes(stage: Stage) -> None:
    """What the calls above are refused for is the signature alone."""
    case = TABLE["transfer"].case
    assert case is not None
    one = case(stage)
    done = stage.world.http.post(one.path, stage.body(one, stage.asked(one), one.signers))
    with stage.world.service.database.read() as session:
        found = queries.act(session, done["id"])
    service = stage.world.service
    data = codec.calldata(found.kind, found.arguments, found.consents)
    sender = service.worker.sender(found.sender).address
    service.node.eth_call(service.settings.contract, data, int(done["block"]) - 1, sender)
