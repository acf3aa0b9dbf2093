"""How unfinished reports lie in PostgreSQL, for services whose drafts hold nothing personal."""

from chassis.kernel.draft import Draft
from chassis.postgres.table import Table

DRAFTS = Table(
    kind=Draft,
    name="draft",
    columns={"word": "text", "fields": "jsonb", "asked": "text", "choices": "text[]", "expires_at": "timestamptz"},
    to_row=lambda draft: (draft.word, draft.fields, draft.asked, draft.choices, draft.expires_at),
    from_row=lambda draft_id, version, word, fields, asked, choices, expires_at: Draft(
        draft_id,
        version=version,
        word=word,
        fields=fields,
        asked=asked,
        choices=tuple(choices),
        expires_at=expires_at,
    ),
)
