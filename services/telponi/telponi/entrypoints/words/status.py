"""STATUS: what is known of a mother or a referral; without a code, of all that is open for the sender."""

from chassis.kernel.codes import MOTHER, REFERRAL
from telponi.application.caller import CARERS, FACILITY, WATCHERS
from telponi.application.look_up import mothers_of, open_referrals, read_record, referral_by_code
from telponi.application.start_referral import running_referral
from telponi.domain.gestation import due_date
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Outcome, Referral
from telponi.entrypoints.words import texts
from telponi.entrypoints.words.said import Said
from wire.dialogue.codes import CODE, EXAMPLES, checked_code, read_code
from wire.dialogue.words import Word

NOTHING_OPEN = "Tidak ada ibu atau rujukan yang terbuka untuk Anda."


async def answer(said: Said) -> str:
    """Say what is known. Raises Asked, NotFound."""
    code = checked_code(said.fields, MOTHER + REFERRAL)
    if code is None:
        return await _overview(said)
    if code.startswith(MOTHER):
        mother = await read_record(code, said.caller, "STATUS", said.work)
        return await _of_mother(mother, said)
    return _of_referral(await referral_by_code(code, said.caller, said.work), said)


async def _overview(said: Said) -> str:
    referrals = await open_referrals(said.caller, said.work)
    mothers = await mothers_of(said.caller, said.work)
    items = [f"{one.code} {texts.state(one, said.world)}" for one in referrals]
    items += [f"{one.code} {one.person.initials} {texts.score(one.screening)}" for one in mothers]
    if not items:
        return NOTHING_OPEN
    if len(items) > 1:
        return texts.listed("Terbuka:", items)
    if mothers:
        return await _of_mother(await read_record(mothers[0].code, said.caller, "STATUS", said.work), said)
    return _of_referral(referrals[0], said)


async def _of_mother(mother: Pregnancy, said: Said) -> str:
    village = said.world.places.village(mother.village)
    text = f"{mother.code} {mother.person.initials} {village}: {texts.score(mother.screening)}"
    if mother.screening.rows:
        text += f", faktor {texts.short_explained(mother.screening.rows)}"
    if lmp := mother.history.lmp:
        text += f". UK {mother.gestation(said.today)}, HPL {texts.day(due_date(lmp))}"
    if referral := await running_referral(mother, said.work):
        text += f". {referral.code} {texts.state(referral, said.world)}"
    return text + "."


def _of_referral(referral: Referral, said: Said) -> str:
    village = said.world.places.village(referral.village)
    now = texts.state(referral, said.world)
    if offer := referral.open_offer:
        now = (
            f"{texts.asked(referral, said.world)} ditunggu sampai {texts.hour(offer.answer_by, said.region.timezone)}"
        )
    past = [
        f"{said.world.places.facility(offer.facility)} {texts.outcome(offer)}"
        for offer in referral.offers
        if offer.outcome in {Outcome.DECLINED, Outcome.EXPIRED, Outcome.UNREACHED}
    ]
    return texts.listed(f"{referral.code} {village}:", [now, *past]) if past else f"{referral.code} {village}: {now}."


WORD: Word[Said] = Word(
    "STATUS",
    "STATUS M7K2P",
    "STATUS kode, contoh: STATUS M7K2P (ibu) atau STATUS R2K7P (rujukan). STATUS saja: semua yang terbuka",
    read_code,
    answer,
    (*CARERS, *FACILITY, *WATCHERS),
    repeat={CODE: EXAMPLES[MOTHER]},
)
