"""SKOR: new facts of the score card."""

from chassis.kernel.codes import MOTHER
from telponi.application.add_factors import AddFactors, FactorsAdded, add_factors
from telponi.application.caller import CARERS
from telponi.entrypoints.words import texts
from telponi.entrypoints.words.codes import mother_code
from telponi.entrypoints.words.observed import FACTORS, checked_observed
from telponi.entrypoints.words.said import Said
from wire.dialogue.asking import Asked
from wire.dialogue.codes import CODE, EXAMPLES, read_code_and
from wire.dialogue.words import Word


async def answer(said: Said) -> str:
    """Screen again and say what changed. Raises Asked."""
    code = await mother_code(said)
    observed = checked_observed(said.fields.get(FACTORS, ""))
    if not observed.known:
        raise Asked(FACTORS, "faktor belum ada. Kirim faktor saja, contoh: SUNGSANG. Daftar: BANTUAN SKOR")
    command = AddFactors(said.caller, code, observed.rows, observed.signs)
    return _text(await add_factors(command, said.work, said.world), said)


def _text(added: FactorsAdded, said: Said) -> str:
    mother, before = added.pregnancy, added.before
    text = f"{mother.code} {_change(added)}"
    new = [row for row in mother.screening.rows if row not in before.rows]
    if new:
        text += f" Baru: {texts.explained(new)}. Lahir: {mother.screening.risk.recommended_place}."
    if added.referral:
        text += " " + texts.emergency(added.referral, said.world)
    return text


def _change(added: FactorsAdded) -> str:
    screening, before = added.pregnancy.screening, added.before
    if screening == before:
        return f"{texts.score(screening)} tetap, sudah tercatat."
    return f"{texts.score(screening)}, sebelumnya {before.score} {before.risk.name}."


WORD: Word[Said] = Word(
    "SKOR",
    "SKOR M7K2P SUNGSANG",
    "SKOR kode faktor. Contoh: SKOR M7K2P SUNGSANG. Faktor: GAGAL VAKUM FORSEP MANUAL INFUS TRANSFUSI SESAR ANEMIA "
    "MALARIA TBC JANTUNG DM IMS HIV BENGKAK KEMBAR HIDRAMNION IUFD SEROTINUS SUNGSANG LINTANG DARAH PEB KEJANG",
    read_code_and(FACTORS, MOTHER),
    answer,
    CARERS,
    adds=frozenset({FACTORS}),
    repeat={CODE: EXAMPLES[MOTHER]},
)
