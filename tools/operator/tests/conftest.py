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

import grpc
import pytest

from chassis.auth.tokens import Verifier
from chassis.grpc import GrpcServer, caller, server_credentials
from chassis.kernel.errors import NotFound
from chassis.settings import Address
from kentongan.common.v1.place_pb2 import Grant
from kentongan.notifier.v1 import contact_changes_pb2 as changes
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1 import roster_service_pb2 as roster
from kentongan.notifier.v1 import whatsapp_service_pb2 as wa
from kentongan.notifier.v1.contacts_service_pb2_grpc import (
    ContactServiceServicer,
    add_ContactServiceServicer_to_server,
)
from kentongan.notifier.v1.roster_service_pb2_grpc import (
    RosterServiceServicer,
    add_RosterServiceServicer_to_server,
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
    """Knows one midwife; keeps what is imported and how far each file is; goes away when told to."""

    rows: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    callers: list[Any] = field(default_factory=list)
    files: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    away_at: int = 0  # the number of a row with which it is away once

    async def FindContact(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the signature is grpc's
        self.callers.append(caller())
        if request.phone != "0812-0000-0001":
            raise NotFound("phone")
        grants = [Grant(role="midwife", place="33.17.09.2004")]
        contact = pb.Contact(contact_id=str(MIDWIFE), phone="+6281200000001", name="Bidan Sri", grants=grants)
        return pb.FindContactResponse(contact=contact)

    async def ImportContacts(self, request: Any, context: Any) -> Any:
        if request.first_row == self.away_at:
            self.away_at = 0
            await context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")
        self.keys.append(request.idempotency_key)
        answer = pb.ImportContactsResponse()
        for number, row in enumerate(request.rows):
            if row.phone.startswith(("08", "+62")):
                answer.created += 1
                if not request.dry_run:
                    self.rows.append(row)
            else:
                row_number = request.first_row + number
                answer.errors.add(row=row_number, field="phone", rule="phone", message="tulis 08…")
        if request.file and not request.dry_run:
            self._remember(request, answer)
        return answer

    def _remember(self, request: Any, answer: Any) -> None:
        fresh = pb.GetImportResponse(next_row=request.first_row)
        file = fresh if request.again else self.files.setdefault(request.file, fresh)
        self.files[request.file] = file
        assert request.first_row == file.next_row
        file.next_row += len(request.rows)
        file.created, file.refused = file.created + answer.created, file.refused + len(answer.errors)
        file.errors.extend(answer.errors)
        file.done = request.last
        file.at.FromJsonString("2026-12-01T00:00:00Z")

    async def GetImport(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        return self.files.get(request.file, pb.GetImportResponse())

    async def ExportContacts(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        start = int(request.page_token or 0)
        token = str(start + 2) if start + 2 < len(self.rows) else ""
        return pb.ExportContactsResponse(rows=self.rows[start : start + 2], next_page_token=token)

    # --- one person

    async def GetContact(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        if request.contact_id != str(MIDWIFE):
            raise NotFound("contact")
        applied = Grant(role="kader", place="33.17.12")
        return pb.GetContactResponse(contact=pb.Contact(contact_id=str(MIDWIFE), name="Siti", applied_for=applied))

    async def AddPhone(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.asked.append(request)
        return changes.AddPhoneResponse(phones=["+6281200000001", request.phone])

    async def SetConsent(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.asked.append(request)
        return changes.SetConsentResponse()

    async def ListConsents(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        said = changes.Consent(what="routine", given=False, source="message")
        said.at.FromJsonString("2026-12-01T00:00:00Z")
        return changes.ListConsentsResponse(consents=[said])

    async def ListApplications(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        one = changes.Application(contact_id=str(MIDWIFE), name="Siti", phone="+6281200000001")
        one.grant.role, one.grant.place = "kader", "33.17.12"
        one.at.FromJsonString("2026-12-01T00:00:00Z")
        token = "" if request.page_token else "2"
        return changes.ListApplicationsResponse(applications=[one], next_page_token=token)

    async def ApproveApplication(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.asked.append(request)
        return changes.ApproveApplicationResponse(changed=True)

    async def DeleteContact(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.asked.append(request)
        return changes.DeleteContactResponse(changed=True)


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


@dataclass
class Rosters(RosterServiceServicer):
    """One shift; takes rows that have a place."""

    rows: list[Any] = field(default_factory=list)

    async def ImportShifts(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the signature is grpc's
        answer = roster.ImportShiftsResponse()
        for number, row in enumerate(request.rows, request.first_row):
            if row.place:
                answer.changed += 1
                self.rows += [] if request.dry_run else [row]
            else:
                answer.errors.add(row=number, field="place", rule="place", message="isi kode tempat")
        return answer

    async def RemoveShift(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        if request.shift_id != str(MIDWIFE):
            raise NotFound("shift_id", "tidak ada giliran dengan id ini")
        return roster.RemoveShiftResponse(changed=True)

    async def ListShifts(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        return roster.ListShiftsResponse(shifts=[] if request.role == "kader" else [self._shift()])

    async def GetDuty(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        one = roster.OnDuty(contact_id=str(MIDWIFE), name="Pak Budi", phone="+6281200000010", place="33.17")
        return roster.GetDutyResponse(now=[one], next=[self._shift()])

    @staticmethod
    def _shift() -> Any:
        one = roster.Shift(shift_id=str(MIDWIFE), name="Bu Ani", phone="+6281200000011", turn=1)
        one.duty.role, one.duty.place = "bpbd_duty", "33.17"
        one.begins.FromJsonString("2026-12-01T00:00:00Z")
        one.ends.FromJsonString("2026-12-01T12:00:00Z")
        return one


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
def rosters(serve: Serve) -> Any:
    return serve(add_RosterServiceServicer_to_server, Rosters())


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
