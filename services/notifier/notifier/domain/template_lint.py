"""How many SMS a text of the region pack takes: concatenation is not guaranteed here, and each part is paid for."""

from collections.abc import Iterator
from dataclasses import dataclass

from notifier.domain.template import LONGEST, USUAL, Template, fill
from notifier.domain.text import gsm0338
from notifier.domain.text.parts import MAX_PARTS, part_count

WISHED, MOST = 1, 2
"""Parts: more than the first at the usual length is a warning, more than the second at the longest an error."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one text takes: parts at its values' usual and longest forms, and its own characters that GSM-7 lacks.

    `longest_unicode`: the same where one value has a character that forces UCS-2 on the whole.
    """

    name: str
    usual: int
    longest: int
    longest_unicode: int
    forcing: str
    allowed: int | None
    why: str

    def errors(self) -> Iterator[str]:
        """What must be mended, or be said with `parts` and `why`."""
        if self.allowed is not None and not self.why:
            yield f"{self.name}: parts: {self.allowed} needs a why"
        if self.forcing and self.allowed is None:
            told = ", ".join(f"{one} U+{ord(one):04X}" for one in self.forcing)
            yield f"{self.name}: GSM-7 has no {told}: the whole text becomes UCS-2, 70 characters a part"
        if self.longest > (self.allowed or MOST):
            yield f"{self.name}: {self.longest} parts at its longest, allowed are {self.allowed or MOST}"
        if self.allowed is not None and self.longest < self.allowed and not self.forcing:
            yield f"{self.name}: parts: {self.allowed} is more than the {self.longest} that it can take"
        if self.longest_unicode > MAX_PARTS:
            yield f"{self.name}: {self.longest_unicode} parts at its longest, carriers are given {MAX_PARTS} at most"

    def warnings(self) -> Iterator[str]:
        """What is better shorter."""
        if self.usual > WISHED:
            yield f"{self.name}: {self.usual} parts at its usual length: two SMS may come alone, or out of order"

    def line(self) -> str:
        """One line for people."""
        forced = f", {self.forcing} forces UCS-2" if self.forcing else ""
        why = f" ({self.why})" if self.why else ""
        parts = f"usual {self.usual}, longest {self.longest}, {self.longest_unicode} with UCS-2 in a value"
        return f"{self.name:36} {parts}{forced}{why}"


def look_at(name: str, template: Template) -> Finding:
    """Count the parts of a text."""
    usual = {value: USUAL[kind] for value, kind in template.values.items()}
    longest = {value: "9" * LONGEST[kind] for value, kind in template.values.items()}
    own = fill(template.text, dict.fromkeys(template.values, ""))
    full = fill(template.text, longest)
    return Finding(
        name=name,
        usual=part_count(fill(template.text, usual)),
        longest=part_count(full),
        longest_unicode=part_count(full.replace("9", "\ua98f", 1)) if template.values else part_count(full),
        forcing="".join(dict.fromkeys(one for one in own if not gsm0338.has(one))),
        allowed=template.parts,
        why=template.why,
    )
