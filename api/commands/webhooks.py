"""`webhook …`: where a party's own servers are told, from this machine: the operator's, or a party's by its keystore."""

from typing import Annotated

import typer

from api import webhook_views as views
from api.commands.access import ByOption, acting
from api.terminal import DATA, DataOption, JsonOption, PasswordOption, out, service, show_json
from api.views import View
from registry.kit.errors import BadInput
from registry.webhooks import queries
from registry.webhooks.rules import Kind
from registry.webhooks.use_cases import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    redeliver,
    remove_endpoint,
    rotate_secret,
    send_test,
)

app = typer.Typer(no_args_is_help=True)

WebhookArgument = Annotated[str, typer.Argument(help="The webhook's id.")]
MAX_LISTED = 200


class BadWebhookKind(BadInput):
    code = "bad_webhook_kind"
    title = "There is no such kind of message"


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where messages go, https only.")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help=f"Of what to tell, one of {', '.join(Kind)}; may be repeated; everything without."),
    ] = None,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Have a server told what reaches the party. The secret that messages are signed with is printed once."""
    with service(data) as opened:
        secret, made = add_endpoint(
            opened.context,
            acting(opened, key, password),
            url,
            _kinds(kind or []),
            allows_loopback=opened.settings.webhook_loopback,
        )
        out.print(f"Webhook {made.id}; its secret, shown only here:")
        out.print(secret, soft_wrap=True)


@app.command("list")
def list_webhooks(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show all webhooks, the operator's and the parties'."""
    found: list[View] = []
    with service(data) as opened, opened.database.read() as session:
        after = ""
        while page := queries.endpoints(session, after):
            found += [views.endpoint(one) for one in page]
            after = page[-1].id
    if as_json:
        show_json(found)
        return
    for one in found:
        whose = f"party {one['party']}" if one["party"] else "the operator"
        kinds = ", ".join(one["kinds"]) or "everything"
        why = (
            f"; disabled since {one['disabled_at']} ({one['disabled_because']})" if one["disabled_at"] else ""
        )
        out.print(f"{one['id']}  {whose}: {one['url']} of {kinds}{why}", markup=False)
    if not found:
        out.print("There are no webhooks.")


@app.command()
def rotate(
    webhook: WebhookArgument,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Make a new secret, printed once. The former one is good beside it for 24 hours."""
    with service(data) as opened:
        secret, of = rotate_secret(opened.context, acting(opened, key, password), webhook)
        out.print(f"Webhook {of.id}; its new secret, shown only here:")
        out.print(secret, soft_wrap=True)


@app.command()
def disable(
    webhook: WebhookArgument,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Send nothing more for now; what happens meanwhile is not sent later."""
    with service(data) as opened:
        disable_endpoint(opened.context, acting(opened, key, password), webhook)
        out.print(f"Webhook {webhook} is disabled; `webhook enable {webhook}` ends that.")


@app.command()
def enable(
    webhook: WebhookArgument,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Send again; what waited goes on."""
    with service(data) as opened:
        enable_endpoint(opened.context, acting(opened, key, password), webhook)
        out.print(f"Webhook {webhook} is enabled.")


@app.command()
def remove(
    webhook: WebhookArgument,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Remove a webhook with its secrets and all that was or is to be sent to it."""
    with service(data) as opened:
        remove_endpoint(opened.context, acting(opened, key, password), webhook)
        out.print(f"Webhook {webhook} is removed.")


@app.command("test")
def send(
    webhook: WebhookArgument,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Send a test message, here or by the process that works, and say what became of it."""
    with service(data) as opened:
        sent = send_test(opened.context, acting(opened, key, password), webhook)
        opened.courier.run_once()
        with opened.database.read() as session:
            out.print(_line(views.delivery(queries.delivery(session, webhook, sent.id))), markup=False)


@app.command()
def deliveries(webhook: WebhookArgument, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show the latest messages to a webhook, newest first, and what became of each."""
    with service(data) as opened, opened.database.read() as session:
        of = queries.endpoint(session, webhook)
        found = [views.delivery(one) for one in queries.deliveries(session, of.id, limit=MAX_LISTED)]
    if as_json:
        show_json(found)
        return
    for one in found:
        out.print(_line(one), markup=False)
    if not found:
        out.print("Nothing was sent to it yet.")


@app.command("redeliver")
def send_again(
    webhook: WebhookArgument,
    delivery: Annotated[str, typer.Argument(help="The message's id.")],
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Send a message again under its own id, whatever became of it."""
    with service(data) as opened:
        redeliver(opened.context, acting(opened, key, password), webhook, delivery)
        opened.courier.run_once()
        with opened.database.read() as session:
            out.print(_line(views.delivery(queries.delivery(session, webhook, delivery))), markup=False)


def _line(one: View) -> str:
    said = f"{one['id']}  {one['kind']} of {one['made_at']}: {one['state']} after {one['attempts']} attempts"
    if one["failure"]:
        said += f"; {one['failure']}"
    return said + (f" Next at {one['next_attempt_at']}." if one["next_attempt_at"] else "")


def _kinds(written: list[str]) -> list[Kind]:
    try:
        return [Kind(one) for one in written]
    except ValueError:
        raise BadWebhookKind(f"Choose among: {', '.join(Kind)}.") from None
