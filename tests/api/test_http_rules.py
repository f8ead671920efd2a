"""Rule packs over HTTP: what there is, and that choosing sets the ledger's limits."""

from tests.api.http_world import World


def chosen(world: World) -> list[str]:
    return [one["pack"] for one in world.http.get("/v1/rules") if one["is_chosen"]]


def test_packs_are_chosen_and_the_limits_follow(world: World) -> None:
    assert chosen(world) == ["generic"]
    act = world.http.post("/v1/rules", {"packs": ["generic", "cn-2025-77"]})
    assert (act["kind"], act["status"]) == ("setLimits", "included")
    assert chosen(world) == ["generic", "cn-2025-77"]
    world.http.post("/v1/rules", {"packs": ["generic"]})
    assert chosen(world) == ["generic"]


def test_what_cannot_be_chosen_leaves_the_choice_as_it_was(world: World) -> None:
    for packs, status, code in (
        (["cn-1949"], 404, "rule_pack_not_found"),
        (["cn-6m-2026"], 409, "rule_pack_not_in_force"),
        (["generic", "generic"], 422, "rule_pack_invalid"),
        (["../generic"], 422, "malformed_request"),
    ):
        refused = world.http.refusal("POST", "/v1/rules", status=status, json={"packs": packs})
        assert refused == code
    assert chosen(world) == ["generic"]
