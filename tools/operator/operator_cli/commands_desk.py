"""`kentongan desk`: the service desk by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import desk_service_pb2 as pb
from kentongan.notifier.v1.desk_service_pb2_grpc import DeskServiceStub
from operator_cli.channels import TIMEOUT_S, bearer, connected
from operator_cli.errors import CliError
from operator_cli.home import Home, from_environment
from operator_cli.identity import SHORT, operator_token
from operator_cli.messages import data_of, word
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.people import contact_of, token_of
from operator_cli.times import clock, moment

app = typer.Typer(help="Meja layanan: percakapan yang menunggu petugas.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(metavar="ORANG", help="Id kontak atau nomor telepon orang itu.")]
As = Annotated[str, typer.Option("--as", metavar="NOMOR", help="Petugas yang bertindak; tanpa ini: operator.")]

STATES = {
    pb.DESK_STATE_BOT: "otomatis",
    pb.DESK_STATE_WAITING: "menunggu",
    pb.DESK_STATE_HUMAN: "dipegang",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A connection on which somebody asks."""

    home: Home
    stub: DeskServiceStub
    token: str

    def ask(self, method: str, request: Any) -> Any:
        """Call a method of DeskService."""
        return getattr(self.stub, method)(request, metadata=bearer(self.token), timeout=TIMEOUT_S)


@app.command("list")
def list_(phone: As = "", *, as_json: Json = False) -> None:
    """Daftar percakapan yang menunggu atau dipegang petugas, yang paling lama menunggu dulu."""
    with _desk(phone) as desk:
        found, token = [], ""
        while True:
            page = desk.ask("ListConversations", pb.ListConversationsRequest(page_size=500, page_token=token))
            found += page.conversations
            if not (token := page.next_page_token):
                break
    if as_json:
        show_json([data_of(one) for one in found])
        return
    columns = ("kontak", "keadaan", "petugas", "menunggu sejak", "kata terakhir", "WhatsApp sampai")
    show_table(columns, [_row(one) for one in found], "Tidak ada yang menunggu.")


@app.command()
def read(
    person: Person,
    count: Annotated[int, typer.Option("--count", min=1, max=200, help="Banyaknya pesan terakhir.")] = 50,
    phone: As = "",
    *,
    as_json: Json = False,
) -> None:
    """Baca percakapan. Setiap pembacaan dicatat.

    Contoh: kentongan desk read 0812-0000-0037
    """
    with _desk(phone) as desk:
        request = pb.ReadConversationRequest(contact_id=_contact(desk.home, person), page_size=count)
        answer = desk.ask("ReadConversation", request)
    if as_json:
        show_json(data_of(answer))
        return
    say(f"{answer.name or 'tanpa nama'} {answer.phone} - {_standing(answer.conversation)}")
    rows = [_line(one) for one in reversed(answer.messages)]
    show_table(("waktu", "dari", "isi", "kabar"), rows, "Belum ada yang dikatakan.")


@app.command()
def claim(person: Person, phone: As = "", *, as_json: Json = False) -> None:
    """Ambil percakapan; petugas lain tidak dapat mengambilnya selama dipegang."""
    with _desk(phone) as desk:
        request = pb.ClaimConversationRequest(contact_id=_contact(desk.home, person))
        _tell(desk.ask("ClaimConversation", request), as_json=as_json)


@app.command()
def reply(
    person: Person,
    text: Annotated[str, typer.Argument(metavar="TEKS", help="Isi balasan, paling panjang 640 huruf.")] = "",
    template: Annotated[
        str, typer.Option("--template", metavar="NAMA", help="Templat, bila WhatsApp sudah lewat 24 jam.")
    ] = "",
    phone: As = "",
    *,
    as_json: Json = False,
) -> None:
    """Balas percakapan yang dipegang, lewat saluran yang dipakai orang itu.

    Contoh: kentongan desk reply 0812-0000-0037 "Posyandu besok pukul 9."
    """
    if bool(text) == bool(template):
        raise CliError("isi salah satu: TEKS atau --template", "USAGE")
    words = {"text": text} if text else {"template": template}
    with _desk(phone) as desk:
        who = _contact(desk.home, person)
        request = pb.ReplyRequest(idempotency_key=new_id().hex, contact_id=who, **words)
        _tell(desk.ask("Reply", request), as_json=as_json)


@app.command()
def back(person: Person, phone: As = "", *, as_json: Json = False) -> None:
    """Kembalikan percakapan ke layanan otomatis."""
    with _desk(phone) as desk:
        request = pb.HandBackConversationRequest(contact_id=_contact(desk.home, person))
        _tell(desk.ask("HandBackConversation", request), as_json=as_json)


@contextmanager
def _desk(phone: str) -> Iterator[Caller]:
    home = from_environment()
    token = token_of(home, phone, SHORT) if phone else operator_token(home)
    with connected(home, "notifier") as channel:
        yield Caller(home, DeskServiceStub(channel), token)


def _contact(home: Home, person: str) -> str:
    try:
        return str(UUID(person))
    except ValueError:
        return str(contact_of(home, person).contact_id)


def _tell(answer: Any, *, as_json: bool) -> None:
    if as_json:
        show_json(data_of(answer))
    else:
        say(_standing(answer.conversation))


def _standing(one: pb.DeskConversation) -> str:
    who = one.officer_name or one.officer_id
    return f"{STATES[one.state]} {who}".strip()


def _row(one: pb.DeskConversation) -> tuple[str, ...]:
    times = (clock(moment(one, name)) for name in ("waiting_since", "last_word_at", "whatsapp_open_until"))
    return (one.contact_id, STATES[one.state], one.officer_name or one.officer_id, *times)


def _line(one: pb.DeskMessage) -> tuple[str, ...]:
    content, parts = one.content, [one.content.text]
    if content.HasField("location"):
        parts.append(f"[lokasi {content.location.latitude:.5f},{content.location.longitude:.5f}]")
    if content.HasField("photo"):
        parts.append(f"[foto {content.photo.reference}]")
    sender = "petugas" if one.officer_id else "orang"
    return (clock(moment(one, "at")), sender, " ".join(filter(None, parts)), _news(one))


def _news(one: pb.DeskMessage) -> str:
    """What became of an officer's words: sent, delivered, read, failed (why)."""
    if not one.delivery:
        return ""
    became = word(one, "delivery")
    return f"{became} ({one.reason})" if one.reason else became
