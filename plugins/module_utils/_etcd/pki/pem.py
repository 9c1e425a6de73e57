# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Texts in PEM format. Pure, and without a look into a certificate, which the standard library doesn't offer."""

from __future__ import annotations

import binascii
import hashlib
import re

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


def certificate_blocks(text: str) -> list[str]:
    """Return the certificates in a text, and nothing of what else is in it."""
    return [re.sub(r"\s*\n\s*", "\n", block) for block in _BLOCK.findall(text)]


def certificates_only(text: str) -> str:
    """Return the text without all that is no certificate, such as a key that somebody appended."""
    return "".join(f"{block}\n" for block in certificate_blocks(text))


def key_only(text: str) -> str:
    """Return the private key in a text; nothing when it has none."""
    found = _KEY.search(text)
    return f"{found.group()}\n" if found else ""


def is_locked(text: str) -> bool:
    """Return whether a private key has a passphrase."""
    return "BEGIN ENCRYPTED PRIVATE KEY" in text or "Proc-Type: 4,ENCRYPTED" in text


def fingerprint(pem: str) -> str:
    """Return the name by which operators know a CA: the first eight bytes of its SHA-256 fingerprint, as openssl prints them."""
    blocks = certificate_blocks(pem)
    try:
        body = binascii.a2b_base64("".join(blocks[0].splitlines()[1:-1])) if blocks else b""
    except binascii.Error:
        return ""
    digest = hashlib.sha256(body).hexdigest().upper()[:16]
    return ":".join(digest[at : at + 2] for at in range(0, 16, 2)) if body else ""
