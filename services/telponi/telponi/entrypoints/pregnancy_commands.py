"""PregnancyService: the same use cases as the words."""

from collections.abc import Iterable
from datetime import date

from grpc.aio import ServicerContext

from chassis.grpc.idempotency import idempotent
from chassis.kernel.errors import Reject
from chassis.kernel.work import Work
from chassis.postgres.step import Step
from kentongan.telponi.v1 import pregnancy_service_pb2 as pb
from kentongan.telponi.v1.pregnancy_service_pb2_grpc import PregnancyServiceServicer
from telponi.application.add_factors import AddFactors, add_factors
from telponi.application.caller import Caller
from telponi.application.look_up import read_record
from telponi.application.register_pregnancy import Registered, RegisterPregnancy, register_pregnancy
from telponi.application.report_danger_signs import ReportDangerSigns, UnregisteredMother, report_danger_signs
from telponi.application.start_referral import running_referral
from telponi.application.world import World
from telponi.domain.age import Age
from telponi.domain.gestation import Gestation, due_date, lmp_from_weeks
from telponi.domain.gpa import Gpa
from telponi.domain.kspr_rows import ROWS
from telponi.domain.national_id import checked_nik
from telponi.domain.pregnancy import History, Person, Pregnancy
from telponi.domain.visits import next_visit
from telponi.entrypoints.messages import Boundary, brief, caller, gpa_message, iso, screening_message, signs_of

Context = ServicerContext[object, object]


class PregnancyService(PregnancyServiceServicer):
    """Registers, screens, reports danger, reads."""

    def __init__(self, boundary: Boundary, world: World) -> None:
        self._boundary = boundary
        self._world = world

    async def RegisterPregnancy(
        self, request: pb.RegisterPregnancyRequest, context: Context
    ) -> pb.RegisterPregnancyResponse:
        """Register and screen a pregnancy."""
        del context
        who = caller()

        async def handle(work: Work) -> pb.RegisterPregnancyResponse:
            today = self._world.places.today(work.now)
            command = _registration(request, who, today)
            return _registered(await register_pregnancy(command, work, self._world), today)

        once = idempotent(request, pb.RegisterPregnancyResponse)
        return await self._boundary.command(Step(None, handle, idempotency=once))

    async def AddFactors(self, request: pb.AddFactorsRequest, context: Context) -> pb.AddFactorsResponse:
        """Add facts of the score card."""
        del context
        command = AddFactors(caller(), request.code, _rows(request.rows))

        async def handle(work: Work) -> pb.AddFactorsResponse:
            added = await add_factors(command, work, self._world)
            return pb.AddFactorsResponse(
                score_before=added.before.score,
                screening=screening_message(added.pregnancy.screening),
                referral=brief(added.referral),
            )

        return await self._boundary.command(
            Step(None, handle, idempotency=idempotent(request, pb.AddFactorsResponse))
        )

    async def ReportDangerSigns(
        self, request: pb.ReportDangerSignsRequest, context: Context
    ) -> pb.ReportDangerSignsResponse:
        """Start the emergency referral."""
        del context
        who = caller()

        async def handle(work: Work) -> pb.ReportDangerSignsResponse:
            mother = _mother(request, self._world.places.today(work.now))
            command = ReportDangerSigns(who, mother, signs_of(list(request.signs)), request.note)
            reported = await report_danger_signs(command, work, self._world)
            return pb.ReportDangerSignsResponse(
                code=reported.pregnancy.code, referral=brief(reported.referral), already_open=not reported.started
            )

        once = idempotent(request, pb.ReportDangerSignsResponse)
        return await self._boundary.command(Step(None, handle, idempotency=once))

    async def GetPregnancy(self, request: pb.GetPregnancyRequest, context: Context) -> pb.GetPregnancyResponse:
        """Give a mother's record, and write down who read it."""
        del context
        who = caller()

        async def handle(work: Work) -> pb.GetPregnancyResponse:
            mother = await read_record(request.code, who, "GetPregnancy", work)
            record = _record(mother, self._world.places.today(work.now))
            if running := brief(await running_referral(mother, work)):
                record.open_referrals.append(running)
            return record

        return await self._boundary.command(Step(None, handle))


def _registration(request: pb.RegisterPregnancyRequest, who: Caller, today: date) -> RegisterPregnancy:
    nik = checked_nik(request.national_id) if request.national_id else None
    return RegisterPregnancy(
        caller=who,
        person=Person(request.name, nik, request.phone or None),
        age=_age(request, today),
        history=History(
            _last_period(request, today),
            Gpa(request.gpa.gravida, request.gpa.para, request.gpa.abortus),
            request.height_cm,
            request.years_married if request.HasField("years_married") else None,
            request.years_since_birth if request.HasField("years_since_birth") else None,
        ),
        twins_before=request.twins_before,
        village=request.village,
        rows=_rows(request.rows),
        signs=signs_of(list(request.signs)),
        key=request.idempotency_key,
    )


def _age(request: pb.RegisterPregnancyRequest, today: date) -> Age:
    if request.birth_date:
        return Age.from_birth(_date("birth_date", request.birth_date), today)
    return Age.stated(request.age_years, today)


def _last_period(request: pb.RegisterPregnancyRequest, today: date) -> date:
    if request.HasField("gestation_weeks"):
        return lmp_from_weeks(request.gestation_weeks, today)
    return _date("last_period", request.last_period)


def _date(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Reject(field, "no_date", "harus tanggal yang ada, yyyy-mm-dd") from None


def _rows(rows: Iterable[str]) -> tuple[str, ...]:
    """Rows that somebody may tick: those of the card that bear words. Raises Reject."""
    given = tuple(rows)
    for row in given:
        if row not in ROWS or not ROWS[row].words:
            raise Reject("rows", "unknown_row", f"baris {row} tidak bisa dicentang")
    return given


def _mother(request: pb.ReportDangerSignsRequest, today: date) -> str | UnregisteredMother:
    if request.WhichOneof("mother") == "code":
        return request.code
    said = request.unregistered
    return UnregisteredMother(Person(said.name), Age.stated(said.age_years, today), said.village)


def _registered(registered: Registered, today: date) -> pb.RegisterPregnancyResponse:
    pregnancy = registered.pregnancy
    lmp = pregnancy.history.lmp
    return pb.RegisterPregnancyResponse(
        id=str(pregnancy.id),
        code=pregnancy.code,
        screening=screening_message(pregnancy.screening),
        gestation_days=Gestation.on(today, lmp).days if lmp else 0,
        due_date=iso(due_date(lmp) if lmp else None),
        next_visit=iso(next_visit(lmp, today) if lmp else None),
        referral=brief(registered.referral),
        possible_duplicate=registered.possible_duplicate or "",
    )


def _record(mother: Pregnancy, today: date) -> pb.GetPregnancyResponse:
    gestation, lmp = mother.gestation(today), mother.history.lmp
    return pb.GetPregnancyResponse(
        id=str(mother.id),
        code=mother.code,
        name=mother.person.name,
        village=mother.village,
        age_years=mother.age.on(today),
        gpa=gpa_message(mother.history.gpa),
        height_cm=mother.history.height_cm or 0,
        gestation_days=gestation.days if gestation else None,
        due_date=iso(due_date(lmp) if lmp else None),
        screening=screening_message(mother.screening),
    )
