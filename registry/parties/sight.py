"""Who takes part is known to all who take part; so is what the chain shows of it."""

from sqlalchemy import ColumnElement

from registry.parties.model import (
    ChainSetting,
    CompanyStatement,
    Invitation,
    Party,
    PartyDocument,
    PartyIdentifier,
    PartyKey,
    PartyProfile,
    PartyRecovery,
    RetiredFingerprintKey,
)
from registry.storage.sight import Viewer, shows, shows_everyone, shows_nobody

shows_everyone(
    PartyProfile,
    PartyIdentifier,
    CompanyStatement,
    Party,
    PartyKey,
    PartyRecovery,
    ChainSetting,
    RetiredFingerprintKey,
)
shows_nobody(Invitation)


@shows(PartyDocument)
def _own_documents(viewer: Viewer) -> ColumnElement[bool]:
    return PartyDocument.party == viewer.me
