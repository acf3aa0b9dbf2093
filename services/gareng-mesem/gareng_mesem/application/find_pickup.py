"""Find the pickup that a collector means: by its code, or the only open one."""

from uuid import UUID

from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.work import Work
from gareng_mesem.domain.pickup import Pickup


async def find_pickup(code: str | None, collector: UUID, work: Work) -> Pickup:
    """Raises NotFound: no such code, nothing open. Reject: several are open; the message lists them."""
    if code is not None:
        found = await work.find(Pickup, "code", code)
        if not found:
            raise NotFound("kode", f"{code} tidak dikenal")
        return found[0]
    mine = await work.find(Pickup, "collector", collector)
    if not mine:
        raise NotFound("kode", "tidak ada tugas yang menunggu jawaban Anda")
    if len(mine) > 1:
        raise Reject("kode", "ambiguous", "pilih " + ", ".join(sorted(each.code for each in mine)))
    return mine[0]
