# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the controller makes of the role's CA: what is trusted, who signs, and how operators know it. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils._core.errors import CollectionError
from ...module_utils._etcd.pki.ca_state import ABSENT, CaState
from ...module_utils._etcd.pki.pem import certificate_blocks, fingerprint
from .certificate import ends, read_certificates

if t.TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Authority:
    """The CA that signs, as operators know it."""

    fingerprint: str
    ends: str
    has_expired: bool


def trusted_text(ca: CaState | None, provided: str) -> str:
    """Return the certificates to trust: those of the role's CA, then those that are provided.

    The newer of two CAs comes first, so that the order stays when it begins to sign: programs that trust them have to restart when the
    text changes.
    """
    texts = [ca.next, ca.current, ca.previous] if ca else []
    return "".join(f"{block}\n" for text in [*texts, provided] for block in certificate_blocks(text))


def describe(ca: CaState, now: datetime) -> Authority:
    """Return what the CA that signs is called, and until when it does."""
    found = read_certificates(ca.current)
    if ca.phase == ABSENT or not found:
        raise CollectionError("The certificate of the CA can't be read. Put the CA's folder back from its backup. Nothing was changed.")
    last = ends(found[0])
    return Authority(fingerprint(ca.current), f"{last:%Y-%m-%d %H:%M} UTC", last < now)


def no_ca(place: str) -> str:
    """Return what to do where there is no CA."""
    return (
        f"There is no CA in {place}. On a new cluster, run site.yml without tags and limit first (in the role alone: apply the role etcd "
        "to the members). Otherwise set etcd_pki_ca_host to the host that has the CA, or provide certificates (etcd_pki_ca_cert and "
        "etcd_pki_identity_cert, etcd_pki_client_cert). Nothing was changed."
    )
