"""Somebody who was alerted answers SIAP."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.work import Work
from destana.domain.incident import Incident


@dataclass(frozen=True, slots=True)
class AcknowledgeIncident:
    """`code` is None for the only incident that waits for this contact's answer."""

    contact: UUID
    code: str | None


async def acknowledge_incident(command: AcknowledgeIncident, work: Work) -> Incident:
    """Raises NotFound: no such incident, none that waits. Reject: several wait; the message lists them."""
    incident = await _find(command, work)
    incident.acknowledge(command.contact, work.now)
    return incident


async def _find(command: AcknowledgeIncident, work: Work) -> Incident:
    if command.code is not None:
        found = await work.find(Incident, "code", command.code)
        if not found:
            raise NotFound("kode", f"{command.code} tidak dikenal")
        return found[0]
    asking = await work.find(Incident, "asked", command.contact)
    waiting = [each for each in asking if command.contact in {asked.contact for asked in each.silent()}] or asking
    if not waiting:
        raise NotFound("kode", "tidak ada peringatan yang menunggu jawaban Anda")
    if len(waiting) > 1:
        raise Reject("kode", "ambiguous", "pilih " + ", ".join(sorted(each.code for each in waiting)))
    return waiting[0]
