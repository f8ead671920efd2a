"""All of version 1 in one router."""

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer

from api.v1 import (
    access,
    accounts,
    acts,
    corrections,
    decisions,
    endings,
    financing,
    fingerprints,
    imports,
    invitations,
    invoices,
    keys,
    lots,
    many,
    notices,
    obligors,
    parties,
    proofs,
    receivables,
    recovery,
    remedies,
    rules,
    search,
    status,
    suspicions,
    verifications,
    webhooks,
)

TAGS = [
    {"name": "access", "description": "Sign-in, people, API keys, and who may see whose records."},
    {"name": "parties", "description": "Who takes part; admission, roles, and the operator's decisions."},
    {"name": "mandates", "description": "Keys that sign for a party, and the bound on what it may owe."},
    {"name": "invoices", "description": "What receivables rest on; duplicates are told here."},
    {"name": "fingerprints", "description": "For outsiders: whether an invoice is known, asked blind."},
    {"name": "corrections", "description": "Credit notes and the like: what they leave of an invoice."},
    {"name": "receivables", "description": "Registered by the supplier, confirmed by the obligor."},
    {"name": "lots", "description": "Parts of a receivable, passed on and traced back."},
    {"name": "financing", "description": "One lot, at most one live financing."},
    {"name": "batches", "description": "Several acts of one party under one signature."},
    {"name": "rules", "description": "What the law asks: packs, and the ledger's limits by them."},
    {"name": "notices", "description": "What obligors are told of assignments, and whom they pay by it."},
    {"name": "payment accounts", "description": "Where parties are paid; two persons change it."},
    {"name": "acts", "description": "What is on its way to the ledger, and what became of it."},
    {"name": "webhooks", "description": "Your own servers are told what reaches you here."},
    {"name": "audit", "description": "What rules decided and on which facts; search over everything."},
    {"name": "status", "description": "How the registry stands to its chain."},
]

# A request's address is compared with one area's after the other: what is asked most stands first.
AREAS = (
    lots,
    receivables,
    fingerprints,
    acts,
    access,
    parties,
    keys,
    recovery,
    invitations,
    invoices,
    verifications,
    imports,
    corrections,
    suspicions,
    endings,
    obligors,
    proofs,
    financing,
    remedies,
    many,
    rules,
    notices,
    accounts,
    webhooks,
    decisions,
    search,
    status,
)

# Only said here, for the document: the gate has looked at the token before anything of a request was read.
_token = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A sign-in's token, an API key, or the installation's own token, which is the operator's",
)

router = APIRouter(prefix="/v1", dependencies=[Security(_token)])
for area in AREAS:
    router.include_router(area.router)
