"""Who may open which page, by the name of its function."""

from api.auth.actor import Role

ANYBODY: frozenset[Role] | None = None  # also who is not signed in
EVERYBODY = frozenset(Role)
FUNDER = frozenset({Role.REVIEWER, Role.APPROVER, Role.FINANCE})

DOORS: dict[str, frozenset[Role] | None] = {
    "static_file": ANYBODY,
    "sign_in_page": ANYBODY,
    "challenge_post": ANYBODY,
    "sign_in_post": ANYBODY,
    "key_page": ANYBODY,
    "sign_out_post": ANYBODY,
    "preferences_post": ANYBODY,
    "home_page": EVERYBODY,
    "standing_part": EVERYBODY,
    "receivable_page": EVERYBODY,
    "receivables_page": EVERYBODY,
    "lot_page": EVERYBODY,
    "search_page": EVERYBODY,
    "act_page": EVERYBODY,
    "act_part": EVERYBODY,
    "sign_confirm": frozenset({Role.OBLIGOR}),
}
