"""The command `counterfoil`."""

import sys
from typing import Annotated

import typer

from api.commands import (
    access,
    arbiter,
    audit,
    backup,
    chain,
    companies,
    corrections,
    fingerprints,
    imports,
    invoices,
    keys,
    lots,
    many,
    mirror,
    notices,
    operator,
    parties,
    proofs,
    rules,
    setup,
    signals,
    suspicions,
    watch,
    webhooks,
)
from api.commands import demo as demo_command
from api.terminal import begin, speak

app = typer.Typer(
    name="counterfoil",
    help="A registry of receivables whose proofs stand on a chain.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
setup.add_to(app)
demo_command.add_to(app)
corrections.add_to(invoices.app, notices.app)
app.add_typer(parties.app, name="party", help="Parties: add, show, keys, quota, recovery, freeze.")
app.add_typer(
    companies.app, name="company", help="Certificates that say whose a party's account is: statement, record."
)
app.add_typer(access.app, name="access", help="Who may come in: people, API keys, consents to look.")
suspicions.add_to(invoices.app)
signals.add_to(invoices.app)
app.add_typer(keys.app, name="key", help="Keys in tokens (HSMs), through PKCS#11: list, make.")
app.add_typer(
    invoices.app,
    name="invoice",
    help="Invoices: read, screen a folder, add, import a sheet, list, corrections, decide.",
)
imports.add_to(invoices.app)
app.add_typer(
    fingerprints.app, name="fingerprint", help="Fingerprints: ask another registry blind; exchange the keys."
)
app.add_typer(
    many.receivable_app,
    name="receivable",
    help="Receivables: register, confirm, withdraw, cancel, contest, show.",
)
app.add_typer(many.lot_app, name="lot", help="Lots: transfer, lock, finance, settle, trace.")
lots.add_to(app)
proofs.add_to(app)
watch.add_to(app)
app.add_typer(
    notices.app, name="notice", help="Notices of assignment: list, show, acknowledge, withdraw, warnings."
)
app.add_typer(notices.account_app, name="account", help="Where parties are paid: set, show, acknowledge.")
app.add_typer(operator.app, name="operator", help="The operator's key: offer, accept.")
app.add_typer(arbiter.app, name="arbiter", help="The arbiter: suspend, resume, forced-transfer, replace.")
arbiter.add_to(app)
app.add_typer(audit.app, name="audit", help="Who asked for what, and what became of it: list, check.")
app.add_typer(
    webhooks.app,
    name="webhook",
    help="Servers that are told: add, list, rotate, disable, enable, remove, test, deliveries, redeliver.",
)
backup.add_to(app)
app.add_typer(rules.app, name="rules", help="Rule packs: list, show, use, check, decisions, replay, size.")
app.add_typer(chain.app, name="chain", help="The node the registry works by: check.")
app.add_typer(mirror.app, name="mirror", help="The mirror of the chain: rebuild, digest.")
mirror.add_to(app)


@app.callback()
def language(
    context: typer.Context,
    lang: Annotated[
        str, typer.Option(envvar="LANG", help="Language of what is signed: en or zh; as LANG says otherwise.")
    ] = "en",
) -> None:
    """A registry of receivables whose proofs stand on a chain."""
    speak(lang)
    begin(context.invoked_subcommand or "")


def in_group(context: typer.Context) -> None:
    begin(f"{context.info_name} {context.invoked_subcommand}")


for group in app.registered_groups:
    # Those with a callback have one command, and are named by the group alone.
    if group.typer_instance is not None and group.typer_instance.registered_callback is None:
        group.typer_instance.callback()(in_group)


def main() -> None:
    """Entry point: an interrupt ends quietly."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
