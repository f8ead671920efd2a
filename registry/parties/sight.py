"""Who takes part is known to all who take part; so is what the chain shows of it."""

from registry.parties.model import (
    ChainSetting,
    Party,
    PartyIdentifier,
    PartyKey,
    PartyProfile,
    PartyRecovery,
)
from registry.storage.sight import shows_everyone

shows_everyone(PartyProfile, PartyIdentifier, Party, PartyKey, PartyRecovery, ChainSetting)
