"""ReferralService: the same use cases as the words."""

from grpc.aio import ServicerContext

from chassis.grpc.idempotency import idempotent
from chassis.kernel.work import Work
from chassis.postgres.step import Step
from kentongan.telponi.v1 import referral_pb2
from kentongan.telponi.v1 import referral_service_pb2 as pb
from kentongan.telponi.v1.referral_service_pb2_grpc import ReferralServiceServicer
from telponi.application.answer_offer import AnswerOffer, answer_offer
from telponi.application.look_up import open_referrals, referral_by_code
from telponi.application.world import World
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Answer, DeclineReason, Referral
from telponi.entrypoints.messages import Boundary, caller, referral_message

Context = ServicerContext[object, object]


class ReferralService(ReferralServiceServicer):
    """Answers offers, tells how referrals go."""

    def __init__(self, boundary: Boundary, world: World) -> None:
        self._boundary = boundary
        self._world = world

    async def AnswerOffer(self, request: pb.AnswerOfferRequest, context: Context) -> pb.AnswerOfferResponse:
        """Take a facility's answer to the offer it holds."""
        del context
        declined = None if request.accept else DeclineReason(request.reason)
        command = AnswerOffer(caller(), request.code, Answer(declined, request.note))

        async def handle(work: Work) -> pb.AnswerOfferResponse:
            answered = await answer_offer(command, work, self._world)
            return pb.AnswerOfferResponse(state=referral_pb2.ReferralState.ValueType(answered.referral.state))

        once = idempotent(request, pb.AnswerOfferResponse)
        return await self._boundary.command(Step(None, handle, idempotency=once))

    async def GetReferral(self, request: pb.GetReferralRequest, context: Context) -> pb.GetReferralResponse:
        """Give one referral."""
        del context
        who = caller()

        async def handle(work: Work) -> pb.GetReferralResponse:
            referral = await referral_by_code(request.code, who, work)
            return pb.GetReferralResponse(referral=await _told(referral, work))

        return await self._boundary.command(Step(None, handle))

    async def ListOpenReferrals(
        self, request: pb.ListOpenReferralsRequest, context: Context
    ) -> pb.ListOpenReferralsResponse:
        """Give the open referrals that concern the caller."""
        del request, context
        who = caller()

        async def handle(work: Work) -> pb.ListOpenReferralsResponse:
            found = await open_referrals(who, work)
            return pb.ListOpenReferralsResponse(referrals=[await _told(one, work) for one in found])

        return await self._boundary.command(Step(None, handle))


async def _told(referral: Referral, work: Work) -> pb.Referral:
    mother = await work.get(Pregnancy, referral.pregnancy)
    return referral_message(referral, mother.code)
