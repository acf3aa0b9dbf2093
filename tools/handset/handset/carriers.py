"""The SMS carriers of a handset: one or two SMPP centres, a Twilio and a Kannel look-alike."""

import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from handset.aggregators.kannel import KannelBox, User
from handset.aggregators.twilio import Account, TwilioApi
from handset.config import Config, address
from handset.conversations import Conversations
from handset.faults import Faults
from handset.lanes import Lanes
from handset.messages import Carrier, Message, Owed
from handset.smpp import text as sms
from handset.smpp.inbox import Inbox
from handset.smpp.server import SmppServer
from handset.stream import Stream

_MOST_PARTS = 255
_NAMES: dict[Carrier, str] = {"sms": "Operator 1", "sms2": "Operator 2", "twilio": "Twilio", "kannel": "Kannel"}


@dataclass(slots=True)
class SmppCarrier:
    """One message centre, where it listens, and what it owes."""

    name: Carrier
    at: str
    server: SmppServer
    inbox: Inbox
    lanes: Lanes


class Carriers:
    """All of them."""

    def __init__(self, config: Config, conversations: Conversations, faults: Faults, stream: Stream) -> None:
        self._conversations = conversations
        first = (config.smpp, config.smpp_system_id, config.smpp_password, config.service_number)
        second = (config.smpp2, config.smpp2_system_id, config.smpp2_password, config.smpp2_number)
        told: dict[Carrier, tuple[str, str, str, str]] = {"sms": first, "sms2": second}
        self.smpp: list[SmppCarrier] = []
        for name, (at, system_id, password, number) in told.items():
            if at:
                server = SmppServer((system_id, password), number, faults, stream, config.smpp_enquire, name)
                lanes = Lanes(server.deliver, conversations.settle)
                server.inbox = Inbox(conversations, faults, lanes, name)
                self.smpp.append(SmppCarrier(name, at, server, server.inbox, lanes))
        account = Account(config.twilio_sid, config.twilio_token, config.twilio_number, config.twilio_inbound_url)
        self._twilio = TwilioApi(account, conversations, faults)
        user = User(config.kannel_user, config.kannel_password, config.kannel_number, config.kannel_get_url)
        self._kannel = KannelBox(user, conversations, faults)

    async def start(self) -> list[int]:
        """Listen, tell what a former life still owed; give the ports of the SMPP centres."""
        ports = []
        for carrier in self.smpp:
            ports.append(await carrier.server.start(*address(carrier.at)))
            for owed in self._conversations.owed(carrier.name):
                carrier.lanes.put(owed)
        self.smpp[0].inbox.restore()
        await self._twilio.calls.start()
        await self._kannel.calls.start()
        return ports

    async def stop(self) -> None:
        """Stop listening and telling."""
        for carrier in self.smpp:
            await carrier.server.stop()
            await carrier.lanes.clear()
        await self._twilio.calls.stop()
        await self._kannel.calls.stop()

    async def forget(self) -> None:
        """Give up what the service was not told."""
        for lanes in (*(carrier.lanes for carrier in self.smpp), self._twilio.calls.lanes, self._kannel.calls.lanes):
            await lanes.clear()

    def routes(self) -> list[web.RouteDef]:
        """Give the look-alikes' routes."""
        return [*self._twilio.routes(), *self._kannel.routes()]

    def drop(self, name: str) -> None:
        """Cut every connection of an SMPP carrier; over HTTP there is none that stands."""
        for carrier in self.smpp:
            if carrier.name == name:
                carrier.server.drop()

    def say(self, name: Carrier, phone: str, text: str) -> Message:
        """Send a short message to a carrier's number. Raises ValueError: too long, or it is not there."""
        if len(sms.split(text)[0]) > _MOST_PARTS:
            raise ValueError(f"an SMS has at most {_MOST_PARTS} parts")
        if name in {"twilio", "kannel"}:
            return (self._twilio if name == "twilio" else self._kannel).say(phone, text)
        for carrier in self.smpp:
            if carrier.name == name:
                return self._say_smpp(carrier, phone, text)
        raise ValueError(f"this handset has no carrier {name}")

    def _say_smpp(self, carrier: SmppCarrier, phone: str, text: str) -> Message:
        parts, encoding = sms.split(text)
        message = self._conversations.add(
            phone, "sent", "sms", text, state="waiting", parts=len(parts), encoding=encoding, carrier=carrier.name
        )
        owed = Owed(f"typed-{secrets.token_hex(8)}", "sms", phone, {"text": text}, message.id, carrier.name)
        self._conversations.owe(owed)
        carrier.lanes.put(owed)
        return message

    def to_json(self) -> dict[str, Any]:
        """Describe them: the links of the centres, and for the page each with its number."""
        links = {carrier.name: carrier.server.links() for carrier in self.smpp}
        listed = [_card(one.name, one.server.service_number, inbound=True) for one in self.smpp]
        twilio, kannel = self._twilio.account, self._kannel.user
        listed.append(_card("twilio", twilio.number, inbound=bool(twilio.inbound_url)))
        listed.append(_card("kannel", kannel.number, inbound=bool(kannel.get_url)))
        return {
            "smpp": links["sms"],
            "smpp2": links.get("sms2", []),
            "twilio": {"failures": self._twilio.calls.failures},
            "kannel": {"failures": self._kannel.calls.failures},
            "carriers": listed,
        }


def _card(name: Carrier, number: str, *, inbound: bool) -> dict[str, Any]:
    return {"id": name, "name": _NAMES[name], "number": number, "inbound": inbound}
