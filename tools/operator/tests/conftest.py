"""A state folder as the stack makes it, with one real gRPC server in it that answers as the notifier would."""
# ruff: noqa: N802 - methods bear the names of the contract

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.auth.tokens import Verifier
from chassis.grpc import GrpcServer, caller, server_credentials
from chassis.kernel.errors import NotFound
from chassis.settings import Address
from kentongan.common.v1.place_pb2 import Grant
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1 import whatsapp_service_pb2 as wa
from kentongan.notifier.v1.contacts_service_pb2_grpc import (
    ContactServiceServicer,
    add_ContactServiceServicer_to_server,
)
from kentongan.notifier.v1.whatsapp_service_pb2_grpc import (
    WhatsAppServiceServicer,
    add_WhatsAppServiceServicer_to_server,
)
from operator_cli.main import main
from stack.certificates import make_certificates
from stack.home import Home
from stack.secret_files import make_secrets

MIDWIFE = UUID("5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001")


@dataclass
class Contacts(ContactServiceServicer):
    """Knows one midwife; keeps what is imported."""

    rows: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    callers: list[Any] = field(default_factory=list)

    async def FindContact(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the signature is grpc's
        self.callers.append(caller())
        if request.phone != "0812-0000-0001":
            raise NotFound("phone")
        grants = [Grant(role="midwife", place="33.17.09.2004")]
        contact = pb.Contact(contact_id=str(MIDWIFE), phone="+6281200000001", name="Bidan Sri", grants=grants)
        return pb.FindContactResponse(contact=contact)

    async def ImportContacts(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.keys.append(request.idempotency_key)
        answer = pb.ImportContactsResponse()
        for number, row in enumerate(request.rows):
            if row.phone.startswith("08"):
                answer.created += 1
                if not request.dry_run:
                    self.rows.append(row)
            else:
                row_number = request.first_row + number
                answer.errors.add(row=row_number, field="phone", rule="phone", message="tulis 08…")
        return answer

    async def ExportContacts(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        start = int(request.page_token or 0)
        token = str(start + 2) if start + 2 < len(self.rows) else ""
        return pb.ExportContactsResponse(rows=self.rows[start : start + 2], next_page_token=token)


@dataclass
class WhatsApp(WhatsAppServiceServicer):
    """An account with one paused template and one that nobody wants; refuses what is handed in without a name."""

    account: Any = field(default_factory=lambda: wa.GetWhatsAppAccountResponse(tier=250, people_left=200))
    problem: str = ""
    synced: list[bool] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    callers: list[Any] = field(default_factory=list)

    async def GetWhatsAppAccount(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.callers.append(caller())
        return self.account

    async def ListWhatsAppTemplates(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.synced.append(request.sync)
        answer = wa.ListWhatsAppTemplatesResponse(problem=self.problem)
        differences = ["status PAUSED", "buttons 2, account 0"]
        answer.templates.add(
            name="telponi_offer", language="id", wanted=True, status="PAUSED", differences=differences
        )
        answer.templates.add(name="old_campaign", language="id", status="APPROVED")
        return answer

    async def SubmitWhatsAppTemplates(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        answer = wa.SubmitWhatsAppTemplatesResponse()
        if request.names:
            self.submitted += request.names
            answer.templates.add(name=request.names[0], language="id", status="PENDING")
        else:
            answer.templates.add(name="telponi_offer", language="id", problem="http 400 code 100")
        return answer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = Home(tmp_path, 9300)
    made.make_folders()
    make_secrets(made.secrets)
    make_certificates(made)
    monkeypatch.setenv("KENTONGAN_HOME", str(tmp_path))
    return tmp_path


Serve = Callable[[Callable[[Any, Any], None], Any], Any]


@pytest.fixture
def serve(home: Path) -> Iterator[Serve]:
    """Run a server with one service in the notifier's place; gives the servicer back."""
    secrets = home / "secrets"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    running: list[GrpcServer] = []

    async def start(add: Callable[[Any, Any], None], servicer: Any) -> GrpcServer:
        verifier = Verifier.from_file(secrets / "jwks.json")
        credentials = server_credentials(secrets / "tls.crt", secrets / "tls.key")
        server = GrpcServer([(add, servicer)], Address("127.0.0.1", 0), credentials, verifier)
        await server.start()
        return server

    def serve(add: Callable[[Any, Any], None], servicer: Any) -> Any:
        server = asyncio.run_coroutine_threadsafe(start(add, servicer), loop).result(10)
        running.append(server)
        addresses = {"notifier.grpc": f"127.0.0.1:{server.port}", "kafka": "127.0.0.1:9"}
        (home / "run" / "addresses.json").write_text(json.dumps(addresses))
        return servicer

    yield serve
    for server in running:
        asyncio.run_coroutine_threadsafe(server.stop(0), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def contacts(serve: Serve) -> Any:
    return serve(add_ContactServiceServicer_to_server, Contacts())


@pytest.fixture
def whatsapp(serve: Serve) -> Any:
    return serve(add_WhatsAppServiceServicer_to_server, WhatsApp())


@dataclass
class Said:
    """What a command left behind."""

    status: object
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        out, err = capsys.readouterr()
        return Said(end.value.code, out, err)

    return run
