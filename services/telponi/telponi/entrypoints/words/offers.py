"""TERIMA and TOLAK: a facility answers the offer it holds."""

from chassis.kernel.codes import REFERRAL
from telponi.application.answer_offer import AnswerOffer, OfferAnswered, answer_offer
from telponi.application.caller import FACILITY
from telponi.application.look_up import open_referrals
from telponi.application.tell import why
from telponi.domain.referral import Answer, DeclineReason, Outcome
from telponi.entrypoints.words.codes import only
from telponi.entrypoints.words.said import Said
from wire.dialogue.asking import Asked
from wire.dialogue.codes import CODE, EXAMPLES, checked_code, read_code_and, wrong_code
from wire.dialogue.words import Word

REASON = "alasan"
NO_OFFER = "Tidak ada rujukan yang menunggu jawaban Anda."
DECLINES = {
    "PENUH": DeclineReason.FULL,
    "DARAH": DeclineReason.NO_BLOOD,
    "DOKTER": DeclineReason.NO_DOCTOR,
    "ALAT": DeclineReason.NOT_ABLE,
}
LONGEST_REASON = 160


async def accept(said: Said) -> str:
    """TERIMA. Raises Asked, OfferNotOpen."""
    if REASON in said.fields and CODE not in said.fields:
        raise wrong_code(REFERRAL)
    code = await _code(said)
    if code is None:
        return NO_OFFER
    answered = await answer_offer(AnswerOffer(said.caller, code, Answer()), said.work, said.world)
    return f"{code} {_who(answered, said)} diterima. Bidan dan dokter desa dikabari. Siapkan tempat dan tim."


async def decline(said: Said) -> str:
    """TOLAK. Raises Asked, OfferNotOpen."""
    code = await _code(said)
    if code is None:
        return NO_OFFER
    answer = _reason(said)
    answered = await answer_offer(AnswerOffer(said.caller, code, answer), said.work, said.world)
    moved = "Ditawarkan ke tempat lain" if answered.referral.open_offer else "Dinkes dipanggil"
    declined = [offer for offer in answered.referral.offers if offer.outcome is Outcome.DECLINED]
    return f"{code} ditolak ({why(declined[-1])}), bidan dikabari. {moved}. Terima kasih."


def _reason(said: Said) -> Answer:
    text = said.fields.get(REASON, "")
    if not text:
        allowed = "PENUH, DARAH, DOKTER, ALAT, atau kata sendiri"
        raise Asked(REASON, f"alasan belum ada: {allowed}. Kirim alasan saja, contoh: PENUH")
    first = text.split()[0].upper().strip(".,")
    reason = DECLINES.get(first)
    if reason and len(text.split()) == 1:
        return Answer(reason)
    return Answer(reason or DeclineReason.OTHER, text[:LONGEST_REASON])


async def _code(said: Said) -> str | None:
    """The code given, or that of the only offer that waits for the sender; None where none waits."""
    code = checked_code(said.fields, REFERRAL)
    if code:
        return code
    mine = said.caller.places(*FACILITY)
    waiting = [
        one
        for one in await open_referrals(said.caller, said.work)
        if one.open_offer and one.open_offer.facility in mine
    ]
    if not waiting:
        return None
    items = [f"{one.code} {said.world.places.village(one.village)}" for one in waiting]
    return only([one.code for one in waiting], items, REFERRAL)


def _who(answered: OfferAnswered, said: Said) -> str:
    return f"{answered.pregnancy.person.initials} {said.world.places.village(answered.referral.village)}"


ACCEPT: Word[Said] = Word(
    "TERIMA",
    "TERIMA R2K7P",
    "TERIMA kode. Contoh: TERIMA R2K7P",
    read_code_and(REASON, REFERRAL),
    accept,
    FACILITY,
    repeat={CODE: EXAMPLES[REFERRAL]},
)
DECLINE: Word[Said] = Word(
    "TOLAK",
    "TOLAK R2K7P PENUH",
    "TOLAK kode alasan. Contoh: TOLAK R2K7P PENUH. Alasan: PENUH, DARAH (tidak ada darah), "
    "DOKTER (tidak ada dokter), ALAT (tidak mampu), atau kata sendiri",
    read_code_and(REASON, REFERRAL),
    decline,
    FACILITY,
    repeat={CODE: EXAMPLES[REFERRAL]},
)
