# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts as the module etcd_pki_info sees them, and what becomes of them when a plan is carried out."""

from __future__ import annotations

import copy
import typing as t
from datetime import datetime, timedelta, timezone

from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.made import Made, make
from cryptography.x509.oid import ExtendedKeyUsageOID

NOW = datetime.now(timezone.utc).replace(microsecond=0)
DAY = timedelta(days=1)
CA_HOST, CA_DIR = "n1", "/etc/etcd-ca"
USAGES = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}
VARIABLES: dict[str, t.Any] = {
    "host": "n1",
    "group": "etcd",
    "has_members": True,
    "own_ca": True,
    "dir": "/etc/etcd/pki",
    "ca_host": CA_HOST,
    "ca_dir": CA_DIR,
    "renew_days": "90",
    "cert_days": "1095",
    "names": ["n1", "172.16.0.11"],
    "hostname": "n1.example",
    "users": ["root", "flannel", "flannel-control"],
    "client_dir": "/etc/flannel/etcd",
    "client_cn": "flannel",
    "client_owner": "flannel",
    "client_group": "root",
    "client_key_mode": "0640",
}
FILES = {
    "member": ["/etc/etcd/pki/ca", "/etc/etcd/pki/server", "/etc/etcd/pki/peer", "/etc/etcd/pki/root"],
    "client": ["/etc/flannel/etcd/ca", "/etc/flannel/etcd/client"],
    "identity": ["/etc/etcd-ca/automation"],
}
Seen = dict[str, t.Any]


def make_authority(name: str = "CA") -> Made:
    return make(name, ca=True, begins=NOW - DAY, ends=NOW + 3650 * DAY)


def ca_state(current: Made, phase: str = "stable", **others: Made) -> dict[str, t.Any]:
    """Return a CA as the modules return it."""
    texts = {name: others[name].pem if name in others else "" for name in ("next", "previous")}
    return {"folder": CA_DIR, "phase": phase, "current": current.pem, **texts, "replaced": []}


ABSENT = {"folder": CA_DIR, "phase": "absent", "current": "", "next": "", "previous": "", "replaced": []}


def bare(part: str, *, openssl: bool = False) -> Seen:
    """Return a host that has nothing."""
    nothing = {"exists": False, "owner": "", "group": "", "mode": ""}
    certificates = []
    for path in FILES[part]:
        key = {} if path.endswith("/ca") else {"key": {"path": f"{path}.key", **nothing, "locked": False, "public": ""}}
        certificates.append({"cert": {"path": f"{path}.crt", **nothing, "pem": ""}, **key})
    folders = [{"path": path, **nothing} for path in sorted({path.rpartition("/")[0] for path in FILES[part]})]
    return {"time": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "openssl": openssl, "certificates": certificates, "folders": folders}


def entry(seen: Seen, path: str) -> Seen:
    """Return the entry of a certificate."""
    return next(one for one in seen["certificates"] if one["cert"]["path"] == path)


def sign(request: t.Mapping[str, t.Any], authority: Made, key: t.Any = None) -> Made:
    """Return what the CA makes of a request."""
    return make(
        request["common_name"],
        authority,
        organization=request["organization"],
        begins=NOW,
        ends=NOW + request["days"] * DAY,
        names=request["names"],
        usages=[USAGES[usage] for usage in request["usages"]],
        key=key,
    )


def carry_out(plan: t.Mapping[str, t.Any], seen: Seen, authority: Made, provided: t.Mapping[str, Made] | None = None) -> Seen:
    """Return the host once the plan is carried out, as the tasks of the role do."""
    after = copy.deepcopy(seen)
    after["openssl"] = after["openssl"] or plan["openssl"]
    if plan["folder"]:
        (folder,) = after["folders"]
        folder.update({"exists": True, **plan["folder"]})
    if plan["trust"]:
        public = {"exists": True, "owner": "root", "group": "root", "mode": "0644"}
        entry(after, plan["trust"]["path"])["cert"].update({**public, "pem": plan["trust"]["content"]})
    for pair, request in zip(plan["issue"], plan["requests"]):
        found = entry(after, pair["cert"])
        _put(found, pair, sign(request, authority), keeps_key=found["key"]["exists"])
    for pair in plan["store"]:
        _put(entry(after, pair["cert"]), pair, (provided or {})[pair["name"]], keeps_key=False)
    for item in plan["access"]:
        for one in after["certificates"]:
            for file in one.values():
                file.update(item if file["path"] == item["path"] else {})
    return after


def _put(found: Seen, pair: t.Mapping[str, t.Any], made: Made, *, keeps_key: bool) -> None:
    access = {name: pair[name] for name in ("owner", "group", "mode")}
    found["cert"].update({"exists": True, "owner": "root", "group": "root", "mode": "0644", "pem": made.pem})
    found["key"].update({"public": made.public_pem, **({} if keeps_key else {"exists": True, **access})})
