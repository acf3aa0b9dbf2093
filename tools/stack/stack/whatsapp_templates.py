"""Tells the handset's WhatsApp account the region's templates, as a real account knows those that Meta approved.

Without them a phone shows only the values of a message that comes after the 24-hour window closed.
"""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from stack.home import CHECKOUT, Home
from stack.processes import PHONE_NUMBER_ID
from stack.secret_files import Secrets

FOLDER = CHECKOUT / "regions/33.17/templates"
_NAME = re.compile(r"\{(\w+)\}")
_Template = dict[str, Any]


def register(home: Home) -> None:
    """Register what the handset does not have yet. A handset that refuses is told of, and stops nobody."""
    try:
        known = [_asked_for(one) for one in _call(home)["data"]]
        for template in read(FOLDER):
            if template not in known:
                _call(home, template)
    except (OSError, ValueError) as problem:
        print(f"the handset did not take the WhatsApp templates and shows their bare values: {problem}", flush=True)


def read(folder: Path) -> list[_Template]:
    """Give the region's templates as the Cloud API takes them; README.md of the folder has their format."""
    texts = [
        text for file in sorted(folder.glob("*.yaml")) for text in (yaml.safe_load(file.read_text()) or {}).values()
    ]
    return [_template(text) for text in texts if text.get("whatsapp")]


def _template(text: dict[str, Any]) -> _Template:
    account = text["whatsapp"]
    return {
        "name": account["name"],
        "language": account["language"],
        "category": "UTILITY",
        "components": list(_components(text, account["body"])),
    }


def _components(text: dict[str, Any], order: list[str]) -> Iterator[dict[str, Any]]:
    numbered = _NAME.sub(lambda slot: f"{{{{{order.index(slot[1]) + 1}}}}}", text["text"])
    yield {"type": "BODY", "text": numbered}
    if buttons := text.get("buttons"):
        yield {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": one["title"]} for one in buttons]}


def _asked_for(listed: _Template) -> _Template:
    return {name: listed.get(name) for name in ("name", "language", "category", "components")}


def _call(home: Home, body: _Template | None = None) -> Any:
    request = urllib.request.Request(
        f"http://{home.address('handset')}/v23.0/{PHONE_NUMBER_ID}/message_templates",
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {Secrets(home.secrets).get('whatsapp-token')}"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - the handset, over http
        return json.load(answer)
