"""The command line: `kentongan`."""

import json
import sys

import typer

from operator_cli import (
    commands_alert_orders,
    commands_alerts,
    commands_answers,
    commands_applications,
    commands_backlog,
    commands_call,
    commands_contacts,
    commands_desk,
    commands_dlq,
    commands_people,
    commands_person,
    commands_quarantine,
    commands_roster,
    commands_topics,
    commands_whatsapp,
)
from operator_cli.errors import CliError

app = typer.Typer(
    name="kentongan",
    help="Alat operator Kentongan. Folder keadaan: KENTONGAN_HOME (bawaan .kentongan).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(commands_call.token)
app.command()(commands_call.call)
app.command()(commands_topics.topics)
app.command()(commands_backlog.backlog)
app.command()(commands_backlog.carriers)
app.command()(commands_person.person)
app.command()(commands_person.looks)
commands_alerts.app.command("raise")(commands_alert_orders.raise_)
commands_alerts.app.command()(commands_alert_orders.update)
commands_alerts.app.command()(commands_alert_orders.cancel)
for command in (commands_answers.silent, commands_answers.watch, commands_answers.acknowledge):
    commands_alerts.app.command()(command)
app.add_typer(commands_alerts.app, name="alerts")
app.add_typer(commands_dlq.app, name="dlq")
app.add_typer(commands_quarantine.app, name="quarantine")
app.add_typer(commands_contacts.app, name="contacts")
app.add_typer(commands_roster.app, name="roster")
commands_contacts.app.add_typer(commands_people.app)
commands_contacts.app.add_typer(commands_applications.app)
app.add_typer(commands_whatsapp.app, name="whatsapp")
app.add_typer(commands_desk.app, name="desk")

USAGE = 2


def main(arguments: list[str] | None = None) -> None:
    """Run a command. Errors are one line on stderr (JSON with --json); status 1, or 2 for a wrong call."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        raise SystemExit(app(args=given, standalone_mode=False) or 0)
    except CliError as error:
        as_json = "--json" in given
        sys.stderr.write(
            (json.dumps(error.data(), ensure_ascii=False) if as_json else f"Gagal: {error.line()}") + "\n"
        )
        raise SystemExit(1) from None
    except typer.TyperException as error:
        if _said(error):  # without arguments the help was shown, and says all
            sys.stderr.write(f"Gagal: {_said(error)} Lihat: kentongan --help\n")
        raise SystemExit(USAGE) from None
    except (typer.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None  # as a shell says of SIGINT


def _said(error: typer.TyperException) -> str:
    tell = getattr(error, "format_message", error.__str__)  # a wrong option knows better what to say than str()
    return " ".join(str(tell()).split())
