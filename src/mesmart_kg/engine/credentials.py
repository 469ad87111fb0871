"""Who we are, told to a server as it wants to hear it: Basic (RFC 7617) or Digest (RFC 7616).

A password goes out in clear (Basic) only to a server that asks for it so, or that asks for nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Final
from urllib.request import parse_http_list, parse_keqv_list

_HASHES: Final[dict[str, Callable[[bytes], str]]] = {
    # MD5 is what RFC 7616 keeps for servers of old; Virtuoso 7 knows no other.
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


class Credentials:
    """A user and what a server last asked for; not for use by several threads."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._challenge: dict[str, str] | None = None
        self._is_basic = False
        self._count = 0

    def accept(self, challenge: str) -> bool:
        """Take a ``WWW-Authenticate`` header; False where there is no user, or no way that both know."""
        scheme, _, rest = challenge.strip().partition(" ")
        if not self._user:
            return False
        if scheme.lower() == "basic":
            self._is_basic, self._challenge = True, None
            return True
        facts = parse_keqv_list(parse_http_list(rest)) if scheme.lower() == "digest" else {}
        if "nonce" not in facts or facts.get("algorithm", "MD5").upper() not in _HASHES:
            return False
        self._challenge, self._count = facts, 0
        return True

    def header(self, method: str, target: str) -> list[tuple[str, str]]:
        """Return the header of a request, none as long as nothing was asked for."""
        if self._is_basic:
            pair = base64.b64encode(f"{self._user}:{self._password}".encode())
            return [("Authorization", f"Basic {pair.decode('ascii')}")]
        return [("Authorization", self._digest(method, target))] if self._challenge else []

    def _digest(self, method: str, target: str) -> str:
        facts = self._challenge or {}
        self._count += 1
        count, fresh = f"{self._count:08x}", secrets.token_hex(8)
        algorithm = facts.get("algorithm", "MD5").upper()
        realm, nonce = facts.get("realm", ""), facts["nonce"]

        def digest(*parts: str) -> str:
            return _HASHES[algorithm](":".join(parts).encode())

        secret = digest(self._user, realm, self._password)
        asked = digest(method, target)
        said = {"username": self._user, "realm": realm, "nonce": nonce, "uri": target}
        bare = {"algorithm": algorithm} if "algorithm" in facts else {}
        if "auth" in [each.strip() for each in facts.get("qop", "").split(",")]:
            said |= {"response": digest(secret, nonce, count, fresh, "auth", asked), "cnonce": fresh}
            bare |= {"qop": "auth", "nc": count}
        else:
            said["response"] = digest(secret, nonce, asked)
        if "opaque" in facts:
            said["opaque"] = facts["opaque"]
        quoted = [f'{name}="{value}"' for name, value in said.items()]
        return "Digest " + ", ".join(quoted + [f"{name}={value}" for name, value in bare.items()])
