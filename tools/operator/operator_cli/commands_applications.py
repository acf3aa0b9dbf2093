"""`kentongan contacts applications|approve|refuse`: who applied for a role by DAFTAR."""

from collections.abc import Iterator
from typing import Annotated

import typer

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import contact_changes_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.channels import connected
from operator_cli.commands_people import find
from operator_cli.errors import CliError
from operator_cli.home import Home, from_environment
from operator_cli.importing import ask
from operator_cli.output import Json, say, show_json, show_table

app = typer.Typer()
Who = Annotated[str, typer.Argument(metavar="SIAPA", help="Nomor telepon atau id kontak yang mendaftar.")]


@app.command("applications")
def applications(*, as_json: Json = False) -> None:
    """Siapa yang mendaftar dengan DAFTAR dan menunggu jawaban, yang paling lama di atas."""
    home = from_environment()
    with connected(home, "notifier") as channel:
        found = list(_waiting(home, ContactServiceStub(channel)))
    rows = [
        (
            f"{one.at.ToDatetime():%Y-%m-%d %H:%M} UTC",
            one.phone,
            one.name,
            one.grant.role,
            one.grant.place,
            one.contact_id,
        )
        for one in found
    ]
    if as_json:
        keys = ("at", "phone", "name", "role", "place", "contact_id")
        show_json([dict(zip(keys, row, strict=True)) for row in rows])
    else:
        show_table(("kapan", "nomor", "nama", "peran", "tempat", "id"), rows, "Tidak ada pendaftaran yang menunggu.")


@app.command("approve")
def approve(who: Who, *, as_json: Json = False) -> None:
    """Setujui pendaftaran: perannya berlaku, dan orangnya diberi tahu."""
    _answer(who, as_json=as_json, approved=True)


@app.command("refuse")
def refuse(who: Who, *, as_json: Json = False) -> None:
    """Tolak pendaftaran: orangnya diberi tahu, dan boleh mendaftar lagi."""
    _answer(who, as_json=as_json, approved=False)


def _answer(who: str, *, as_json: bool, approved: bool) -> None:
    home = from_environment()
    with connected(home, "notifier") as channel:
        stub = ContactServiceStub(channel)
        contact = find(home, stub, who)
        if not contact.HasField("applied_for"):
            raise CliError(f"{who} tidak menunggu jawaban; lihat kentongan contacts applications", "NOT_APPLIED")
        key, id_, grant = new_id().hex, contact.contact_id, contact.applied_for
        if approved:
            yes = pb.ApproveApplicationRequest(idempotency_key=key, contact_id=id_, grant=grant)
            changed = ask(home, stub.ApproveApplication, yes).changed
        else:
            no = pb.RefuseApplicationRequest(idempotency_key=key, contact_id=id_, grant=grant)
            changed = ask(home, stub.RefuseApplication, no).changed
    if as_json:
        show_json({"changed": changed})
    else:
        say(f"{contact.name}: {grant.role}@{grant.place} {'disetujui' if approved else 'ditolak'}.")


def _waiting(home: Home, stub: ContactServiceStub) -> Iterator[pb.Application]:
    token = ""
    while True:
        page = ask(home, stub.ListApplications, pb.ListApplicationsRequest(page_token=token))
        yield from page.applications
        token = page.next_page_token
        if not token:
            return
