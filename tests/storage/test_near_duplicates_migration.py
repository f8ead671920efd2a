"""Invoices taken in before there were blocks are screened against like those that came after."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select

from registry.invoices.model import InvoiceBlock, InvoiceSuspicion
from registry.storage.migrate import _config, upgrade
from registry.storage.unit_of_work import Database
from tests.invoices.builders import register, ubl


def test_what_was_there_before_is_found_and_stands_in_the_queue(empty: Database) -> None:
    database = empty
    upgrade(database)
    register(database, ubl())
    register(database, ubl(payable="1900.00"))
    with database.read() as session:
        before = set(session.scalars(select(InvoiceBlock.block)))
    config = _config()
    earlier = ScriptDirectory.from_config(config).get_revision("0010").down_revision
    with database.migration() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, earlier)
    upgrade(database)
    with database.read() as session:
        assert set(session.scalars(select(InvoiceBlock.block))) == before
        [kept] = session.scalars(select(InvoiceSuspicion)).all()
        assert (kept.is_contradiction, kept.signs, kept.score) == (True, ["other_content"], 100)
    assert register(database, ubl(number="2026-I7")).outcome == "review"
