"""The portal in one place: its pages, its headers, its refusals."""

from fastapi import FastAPI

from api.portal import refused
from api.portal.acts import SignedAct, mount
from api.portal.headers import PageHeaders
from api.portal.pages import (
    accounts,
    auditor,
    company,
    corrections,
    deeds,
    entry,
    evidence,
    funder,
    funding,
    home,
    invited,
    obligor,
    operator,
    owed,
    own_party,
    payments,
    portfolio,
    proofs,
    receipts,
    records,
    supplier_imports,
    supplier_invoices,
    supplier_lots,
    supplier_offers,
    supplier_receivables,
    suspicions,
    webhooks,
)
from api.portal.together import second_keys
from api.portal.visit import page_router
from api.portal.waiting import SOURCES

AREAS = (
    entry,
    home,
    records,
    evidence,
    proofs,
    obligor,
    owed,
    own_party,
    company,
    accounts,
    payments,
    supplier_invoices,
    supplier_imports,
    corrections,
    supplier_receivables,
    supplier_lots,
    receipts,
    supplier_offers,
    funder,
    funding,
    portfolio,
    operator,
    suspicions,
    deeds,
    invited,
    auditor,
    webhooks,
)
SOURCES.extend(source for area in AREAS for source in getattr(area, "WAITING", ()))
SOURCES.append(lambda session, context, actor: second_keys(session, context, actor, all_acts()))


def all_acts() -> dict[str, SignedAct]:
    """Every signed act that has pages, by the name in its address."""
    return {name: act for area in AREAS for name, act in getattr(area, "ACTS", {}).items()}


def install(app: FastAPI) -> None:
    """Add the pages to an application that answers refusals as problem documents already."""
    app.add_middleware(PageHeaders)
    refused.install(app)
    signed = page_router()
    mount(signed, all_acts())
    for router in (*(area.router for area in AREAS), signed):
        app.include_router(router)
