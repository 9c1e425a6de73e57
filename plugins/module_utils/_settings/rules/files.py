# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What belongs together: keys and certificates, and files that must be on the controller. Pure, but for asking whether a file is there."""

from __future__ import annotations

import functools
import typing as t

from ..._core.errors import InvalidInput
from ..._etcd.connection import Connection
from ..catalogue import SETTINGS
from ..forms import parse_whole
from ..known import etcd, node
from ..rule import SettingRule
from ..show import name_some, show

if t.TYPE_CHECKING:
    from ..inventory import Inventory
    from ..setting import Setting

_KEYS = ("alicloud_access_key", "alicloud_secret_key", "alicloud_security_token", "alicloud_profile")
_PROVIDED = ("etcd_pki_ca_cert", "etcd_pki_server_cert", "etcd_pki_server_key", "etcd_pki_peer_cert", "etcd_pki_peer_key")
_PAIRS = {
    "etcd_pki_root_cert": "etcd_pki_root_key",
    "etcd_pki_identity_cert": "etcd_pki_identity_key",
    "etcd_pki_client_cert": "etcd_pki_client_key",
}
_METHODS = {"etcd_install_method": "etcd_install_file", "flanneld_install_method": "flanneld_binary"}
_OF_DAEMON = ("flanneld_install_method", "flanneld_binary", "flanneld_version")
_VERSIONS = {"etcd": etcd.VERSIONS, "flanneld": node.VERSIONS}
_RELEASES = {role: tuple(f"{role}_{name}" for name in ("version", "checksum", "install_method")) for role in _VERSIONS}
_ETCD_TOGETHER = (("client_cert", "client_key"), ("username", "password"))


def key_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield what is missing of the cloud's keys, or too much."""
    key, secret, token, profile = (inventory.shared(name) for name in _KEYS)
    if bool(key) != bool(secret) or (token and not key):
        yield "alicloud_access_key and alicloud_secret_key are set together or not at all, and alicloud_security_token needs both."
    if profile and (key or secret or token):
        yield "Both alicloud_access_key and alicloud_profile are set, and each is an identity of its own. Leave one out."


def pair_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the hosts that have a certificate without its key, or a key without its certificate."""
    for cert, key in _PAIRS.items():
        hosts = [host for host in inventory.values if bool(inventory.get(host, cert)) != bool(inventory.get(host, key))]
        if hosts:
            yield f"{cert} and {key} are set together or not at all; only one of them is set on {name_some(hosts)}."


def provided_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the members that have only a part of their own certificates."""
    partly = [member for member in inventory.members if _is_part([bool(inventory.get(member, name)) for name in _PROVIDED])]
    if partly:
        yield (
            f"Either all of {', '.join(_PROVIDED[:-1])} and {_PROVIDED[-1]} are set for a member, or none, or {_PROVIDED[0]} alone, which "
            f"is then trusted in addition to the role's CA; only some of them are set on {name_some(partly)}."
        )


def connection_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield what is wrong with the connection to an etcd of the user's own."""
    given = inventory.shared("flannel_etcd")
    if given is None:
        return
    known = {**given, "username": given.get("username") or given.get("user")}
    for one, other in _ETCD_TOGETHER:
        if bool(known.get(one)) != bool(known.get(other)):
            yield f"flannel_etcd has only one of {one} and {other}: give both or none."
    params = {name: known.get(name) or None for name in ("ca_cert", "client_cert", "client_key", "username", "password")}
    timeout = parse_whole(known.get("timeout", 30))
    try:
        Connection.from_params({**params, "endpoints": known.get("endpoints") or ["http://127.0.0.1:2379"], "timeout": timeout})
    except InvalidInput as exc:
        yield f"flannel_etcd can't be used. {exc}"


def method_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the hosts that a file is to be copied to, but no file is given."""
    for method, file in _METHODS.items():
        readers = _readers(inventory, SETTINGS[method])
        hosts = [host for host in readers if inventory.get(host, method) == "file" and not inventory.get(host, file)]
        if hosts:
            yield f"{method} is file on {name_some(hosts)}, but {file} ({SETTINGS[file].what}) is not set there."


def checksum_problems(role: str, inventory: Inventory) -> t.Iterator[str]:
    """Yield the versions that can't be fetched, since the role does not know their checksum."""
    setting = SETTINGS[f"{role}_version"]
    known = _VERSIONS[role]
    unknown: dict[str, list[str]] = {}
    for host in _readers(inventory, setting):
        version = inventory.get(host, setting.name, "")
        fetched = inventory.get(host, f"{role}_install_method", "release") == "release" and not inventory.get(host, f"{role}_checksum")
        if fetched and version and version not in known:
            unknown.setdefault(version, []).append(host)
    for version, hosts in unknown.items():
        yield (
            f"{setting.name} ({setting.what}) is {version} on {name_some(hosts)}, whose checksum the role does not know; it knows "
            f"{name_some(known)}. Set {role}_checksum to what the release page says, as sha256: and 64 hexadecimal digits."
        )


def file_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the settings that name a file which is not on the controller."""
    for setting in SETTINGS.values():
        if setting.is_file:
            yield from _absent(inventory, setting)


def _absent(inventory: Inventory, setting: Setting) -> t.Iterator[str]:
    paths: dict[str, list[str]] = {}
    for host in _readers(inventory, setting):
        path = inventory.get(host, setting.name, "")
        # Ansible looks for a relative path in several folders.
        if path.startswith(("/", "~")) and not inventory.is_file(path):
            paths.setdefault(path, []).append(host)
    for path, hosts in paths.items():
        yield f"{setting.name} ({setting.what}) is {show(path)} on {name_some(hosts)}, which is no file on the controller."


def _readers(inventory: Inventory, setting: Setting) -> list[str]:
    """Return the hosts that the setting is about: without the daemon, a node needs no flanneld."""
    daemon = setting.name in _OF_DAEMON
    return [host for host in inventory.readers(setting) if not (daemon and _is_static(inventory, host))]


def _is_static(inventory: Inventory, host: str) -> bool:
    return "static" in (inventory.get(host, "flannel_mode"), inventory.get(host, "flanneld_mode"))


def _is_part(given: t.Sequence[bool]) -> bool:
    return any(given[1:]) and not all(given)


RULES = (
    SettingRule(_KEYS, key_problems),
    SettingRule((*_PAIRS, *_PAIRS.values()), pair_problems, ("etcd_pki",)),
    SettingRule(_PROVIDED, provided_problems, ("etcd_pki",)),
    SettingRule(("flannel_etcd",), connection_problems),
    SettingRule((*_METHODS, *_METHODS.values()), method_problems, ("etcd", "flanneld")),
    *(SettingRule(names, functools.partial(checksum_problems, role)) for role, names in _RELEASES.items()),
    SettingRule(tuple(name for name, setting in SETTINGS.items() if setting.is_file), file_problems, ("etcd", "etcd_pki", "flanneld")),
)
