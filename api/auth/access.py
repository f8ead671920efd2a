"""Who may do what: one table, by operation. What is not in it, nobody may do; a test fails for what is missing.

Roles are of people and machines; which rows they then reach is the matter of ``registry.storage.sight``, and what
a party's signature is good for is the ledger's. The operator may bring whatever is signed, and signs for nobody.
"""

from registry.access.actor import EVERYONE, Role

R = Role
PARTIES = EVERYONE - {R.OPERATOR, R.AUDITOR}
# A claim's holder: its supplier, or the funder it was sold to.
_HOLDER = frozenset({R.SUPPLIER, R.FINANCE, R.OPERATOR})
_SUPPLIER = frozenset({R.SUPPLIER, R.OPERATOR})
_OBLIGOR = frozenset({R.OBLIGOR, R.OPERATOR})
_OPERATOR = frozenset({R.OPERATOR})
_PARTIES = PARTIES | {R.OPERATOR}
_DEAL = frozenset({R.SUPPLIER, R.APPROVER, R.OPERATOR})

ACCESS: dict[str, frozenset[Role]] = {
    # parties
    "prepare_party": _OPERATOR,
    "add_party": _OPERATOR,
    "invite": _OPERATOR,
    "list_invitations": _OPERATOR,
    "withdraw_invitation": _OPERATOR,
    "show_invitation": _OPERATOR,
    "show_acceptance": EVERYONE,
    "accept": EVERYONE,
    "list_parties": EVERYONE,
    "show_party": EVERYONE,
    "freeze": _OPERATOR,
    "bar": _OPERATOR,
    "roles": _OPERATOR,
    # mandates and accounts
    "list_mandates": EVERYONE,
    "prepare_mandate": _PARTIES,
    "grant_mandate": _PARTIES,
    "prepare_revocation": _PARTIES,
    "revoke_mandate": _PARTIES,
    "prepare_quota": _OBLIGOR,
    "change_quota": _OBLIGOR,
    "propose": _OPERATOR,
    "show_veto": _PARTIES,
    "veto": _PARTIES,
    "show_takeover": _PARTIES,
    "take": _PARTIES,
    "change_state": _OPERATOR,
    "change_arbiter": _OPERATOR,
    # invoices
    "upload_invoice": frozenset({R.SUPPLIER, R.OPERATOR}),
    "list_invoices": EVERYONE,
    "show_invoice": EVERYONE,
    # receivables
    "prepare": _SUPPLIER,
    "list_drafts": EVERYONE,
    "list_receivables": EVERYONE,
    "show": EVERYONE,
    "show_registration": _SUPPLIER,
    "register": _SUPPLIER,
    "show_confirmation": _OBLIGOR,
    "confirm": _OBLIGOR,
    "show_declinature": _OBLIGOR,
    "decline": _OBLIGOR,
    "show_issue": _OBLIGOR | _SUPPLIER,
    "issue": _OBLIGOR | _SUPPLIER,
    "show_outstanding": EVERYONE,
    "list_overdue": _OPERATOR,
    "show_withdrawal": _SUPPLIER,
    "withdraw": _SUPPLIER,
    "expire": _PARTIES,
    "show_cancellation": _OBLIGOR | _SUPPLIER,
    "cancel": _OBLIGOR | _SUPPLIER,
    "show_contest": _OBLIGOR | _HOLDER,
    "contest": _OBLIGOR | _HOLDER,
    "suspend": _OPERATOR,
    # lots
    "list_lots": EVERYONE,
    "show_lot": EVERYONE,
    "trace_lot": EVERYONE,
    "show_metadata": EVERYONE,
    "show_transfer": _HOLDER,
    "transfer": _HOLDER,
    "show_rejection": _HOLDER,
    "reject": _HOLDER,
    "show_settlement": _HOLDER | {R.SETTLER},
    "settle": _HOLDER | {R.SETTLER},
    "show_write_off": _HOLDER,
    "write_off": _HOLDER,
    "force": _OPERATOR,
    # financing
    "list_financings": EVERYONE,
    "show_financing": EVERYONE,
    "end_reservation": frozenset({R.REVIEWER, R.OPERATOR}),
    "reserve": frozenset({R.SUPPLIER, R.REVIEWER, R.OPERATOR}),
    "show_lock": _HOLDER,
    "lock": _HOLDER,
    "show_release": _DEAL | _HOLDER,
    "release": _DEAL | _HOLDER,
    "agree": frozenset({R.APPROVER, R.OPERATOR}),
    "show_sale": _DEAL,
    "sell": _DEAL,
    "show_enforcement": frozenset({R.FINANCE, R.OPERATOR}),
    "enforce": frozenset({R.FINANCE, R.OPERATOR}),
    "show_put_back": frozenset({R.FINANCE, R.OPERATOR}),
    "put_back": frozenset({R.FINANCE, R.OPERATOR}),
    "show_reassignment": frozenset({R.APPROVER, R.FINANCE, R.OPERATOR}),
    "reassign": frozenset({R.APPROVER, R.FINANCE, R.OPERATOR}),
    # several at once
    "prepare_registrations": _SUPPLIER,
    "register_many": _SUPPLIER,
    "prepare_confirmations": _OBLIGOR,
    "confirm_many": _OBLIGOR,
    "prepare_transfers": _HOLDER,
    "transfer_many": _HOLDER,
    "prepare_settlements": _HOLDER | {R.SETTLER},
    "settle_many": _HOLDER | {R.SETTLER},
    # notices, payments and payment accounts
    "list_notices": EVERYONE,
    "show_notice": EVERYONE,
    "show_acknowledgment": _OBLIGOR,
    "acknowledge": _OBLIGOR,
    "show_notice_withdrawal": _HOLDER,
    "withdraw_by_assignee": _HOLDER,
    "show_payee": EVERYONE,
    "list_payments": EVERYONE,
    "export_payments": EVERYONE,
    "list_accounts": EVERYONE,
    "show_account": EVERYONE,
    "show_instruction": _HOLDER,
    "set_payment_account": _HOLDER,
    "show_account_acknowledgment": _OBLIGOR,
    "acknowledge_payment_account": _OBLIGOR,
    # access
    "ask_challenge": EVERYONE,
    "open_session": EVERYONE,
    "close_session": EVERYONE,
    "show_me": EVERYONE,
    "list_people": EVERYONE,
    "add_person": _PARTIES,
    "end_person": _PARTIES,
    "list_api_keys": _PARTIES,
    "add_api_key": PARTIES,
    "end_key": PARTIES,
    "list_viewing_consents": EVERYONE,
    "give_viewing_consent": PARTIES,
    "end_viewing_consent": PARTIES,
    # rules
    "list_packs": EVERYONE,
    "choose": _OPERATOR,
    # acts, decisions, search, status
    "list_acts": EVERYONE,
    "show_act": EVERYONE,
    "list_decisions": EVERYONE,
    "show_decision": EVERYONE,
    "search": EVERYONE,
    "show_status": EVERYONE,
}

_HOLDERS = frozenset({R.SUPPLIER, R.FINANCE})

# The portal's pages; ``sign_<name>`` are both the page and the post of a signed act.
PAGES: dict[str, frozenset[Role]] = {
    "home_page": EVERYONE,
    "standing_part": EVERYONE,
    "search_page": EVERYONE,
    "receivables_page": EVERYONE,
    "receivable_page": EVERYONE,
    "lot_page": EVERYONE,
    "act_page": EVERYONE,
    "act_part": EVERYONE,
    "sign_confirm": frozenset({R.OBLIGOR}),
    # the supplier's, and what every holder has
    "invoices_page": frozenset({R.SUPPLIER}),
    "invoices_post": frozenset({R.SUPPLIER}),
    "invoice_page": EVERYONE,
    "register_page": frozenset({R.SUPPLIER}),
    "register_post": frozenset({R.SUPPLIER}),
    "drafts_page": frozenset({R.SUPPLIER}),
    "draft_page": frozenset({R.SUPPLIER}),
    "claim_page": frozenset({R.SUPPLIER}),
    "expire_post": frozenset({R.SUPPLIER}),
    "sign_register": frozenset({R.SUPPLIER}),
    "sign_register_many": frozenset({R.SUPPLIER}),
    "sign_withdraw": frozenset({R.SUPPLIER}),
    "sign_cancel": frozenset({R.SUPPLIER}),
    "holdings_page": _HOLDERS,
    "holding_page": _HOLDERS,
    "transfers_page": _HOLDERS,
    "sign_transfer": _HOLDERS,
    "sign_transfer_many": _HOLDERS,
    "sign_reject": _HOLDERS,
    "sign_write_off": _HOLDERS,
    "sign_receipt": _HOLDERS,
    "offer_post": frozenset({R.SUPPLIER}),
    "offers_page": frozenset({R.SUPPLIER}),
    "offer_page": frozenset({R.SUPPLIER}),
    "sign_lock": frozenset({R.SUPPLIER}),
    "sign_sell": frozenset({R.SUPPLIER}),
    "sign_unlock": frozenset({R.SUPPLIER}),
    "power_page": frozenset({R.SUPPLIER}),
}
OPEN_PAGES = frozenset(
    {
        "static_file",
        "sign_in_page",
        "challenge_post",
        "sign_in_post",
        "sign_out_post",
        "key_page",
        "preferences_post",
    }
)

# Asked without being signed in: how else would anybody be. Who holds an invitation's id was given it.
OPEN = frozenset({"ask_challenge", "open_session", "show_acceptance", "accept"}) | OPEN_PAGES
