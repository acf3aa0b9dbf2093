"""`kentongan contacts applications|approve|refuse`: who applied for a role by DAFTAR."""

from collections.abc import Iterator
from typing import Annotated

import typer

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import contact_changes_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.asking import Ask, asking
from operator_cli.commands_people import find
from operator_cli.errors import CliError
from operator_cli.messages import data_of
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock, moment

app = typer.Typer()
Who = Annotated[str, typer.Argument(metavar="SIAPA", help="Nomor telepon atau id kontak yang mendaftar.")]


@app.command("applications")
def applications(*, as_json: Json = False) -> None:
    """Siapa yang mendaftar dengan DAFTAR dan menunggu jawaban, yang paling lama di atas."""
    with asking(ContactServiceStub) as (stub, ask):
        found = list(_waiting(ask, stub))
    if as_json:
        show_json([*map(data_of, found)])
        return
    rows = [
        (
            clock(moment(one, "at")),
            one.phone,
            one.name,
            one.grant.role,
            one.grant.place,
            one.contact_id,
        )
        for one in found
    ]
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
    with asking(ContactServiceStub) as (stub, ask):
        contact = find(ask, stub, who)
        if not contact.HasField("applied_for"):
            raise CliError(f"{who} tidak menunggu jawaban; lihat kentongan contacts applications", "NOT_APPLIED")
        key, id_, grant = new_id().hex, contact.contact_id, contact.applied_for
        if approved:
            yes = pb.ApproveApplicationRequest(idempotency_key=key, contact_id=id_, grant=grant)
            changed = ask(stub.ApproveApplication, yes).changed
        else:
            no = pb.RefuseApplicationRequest(idempotency_key=key, contact_id=id_, grant=grant)
            changed = ask(stub.RefuseApplication, no).changed
    if as_json:
        show_json({"changed": changed})
    else:
        say(f"{contact.name}: {grant.role}@{grant.place} {'disetujui' if approved else 'ditolak'}.")


def _waiting(ask: Ask, stub: ContactServiceStub) -> Iterator[pb.Application]:
    token = ""
    while True:
        page = ask(stub.ListApplications, pb.ListApplicationsRequest(page_token=token))
        yield from page.applications
        token = page.next_page_token
        if not token:
            return
