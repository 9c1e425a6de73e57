# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the user asks for of a set of instances. No I/O."""

from __future__ import annotations

import base64
import ipaddress
import re
import typing as t
from dataclasses import dataclass, field

from ..._core.errors import InvalidInput
from ..object import Tags, option_tags

MAX_USER_DATA = 32 * 1024
MAX_BANDWIDTH = 100
# The name is the host's name, too, with a hyphen and up to six digits behind it: 64 characters in all (API reference of RunInstances).
_NAME = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*", re.ASCII)
_LONGEST_NAME = 57
_PASSWORD_SPECIAL = frozenset('()`~!@#$%^&*-_+=|{}[]:;\\"<>,.?/')


@dataclass(frozen=True)
class Launch:
    """How instances are made, as parameters of RunInstances; they hold secrets."""

    params: t.Mapping[str, t.Any] = field(repr=False)
    security_group_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class DesiredInstances:
    """The desired set of instances: all that carry the tags."""

    tags: Tags
    name: str
    exact_count: int
    allow_removal: bool
    vswitch_ids: tuple[str, ...] = ()
    private_ips: tuple[str, ...] = ()
    # Exactly these are released, instead of those beyond the count.
    instance_ids: tuple[str, ...] | None = None


def parse_desired_instances(options: t.Mapping[str, t.Any]) -> DesiredInstances:
    """Return the desired instances."""
    tags = option_tags(options)
    if not tags:
        raise InvalidInput("The option tags is empty: the tags tell the instances of the set from all others.")
    if options["state"] == "absent":
        ids = options["instance_ids"]
        return DesiredInstances(
            tags, options["name"] or "", 0, options["allow_removal"], instance_ids=None if ids is None else tuple(sorted(set(ids)))
        )
    if options["instance_ids"] is not None:
        raise InvalidInput("The option instance_ids is only for state=absent: otherwise the tags select the instances.")
    _check_present(options)
    return DesiredInstances(
        tags,
        options["name"],
        options["exact_count"],
        options["allow_removal"],
        tuple(dict.fromkeys(options["vswitch_ids"])),
        _private_ips(options["private_ips"], options["exact_count"]),
    )


def _check_present(options: t.Mapping[str, t.Any]) -> None:
    if options["exact_count"] < 0:
        raise InvalidInput(f"The option exact_count is {options['exact_count']}; it must be 0 or more.")
    if not _NAME.fullmatch(options["name"]) or len(options["name"]) > _LONGEST_NAME:
        raise InvalidInput(
            f"The option name is {options['name']!r}. It becomes the name of hosts: a letter, then letters, digits and single hyphens, at "
            f"most {_LONGEST_NAME} characters, not ending in a hyphen."
        )
    for option in ("vswitch_ids", "security_group_ids"):
        if not options[option]:
            raise InvalidInput(f"The option {option} is empty; it needs at least one ID.")


def _private_ips(texts: t.Sequence[str] | None, exact_count: int) -> tuple[str, ...]:
    if not texts:
        return ()
    for text in texts:
        try:
            ipaddress.IPv4Address(text)
        except ValueError:
            raise InvalidInput(f"The option private_ips has {text!r}, which is not an IPv4 address.") from None
    if len(set(texts)) != len(texts) or len(texts) != exact_count:
        raise InvalidInput(
            f"The option private_ips has {len(set(texts))} different addresses for {exact_count} instances; it needs one for each."
        )
    return tuple(texts)


def parse_launch(options: t.Mapping[str, t.Any]) -> Launch:
    """Return how new instances are made; refuse what the API would."""
    data = (options["user_data"] or "").encode()
    if len(data) > MAX_USER_DATA:
        raise InvalidInput(f"The option user_data has {len(data)} bytes; at most {MAX_USER_DATA} are possible.")
    if options["password"] is not None and not _is_password(options["password"]):
        raise InvalidInput(
            "The option password must have 8 to 30 characters of at least three kinds: upper case, lower case, digits, special characters."
        )
    bandwidth = options["internet_bandwidth_mbps"]
    if bandwidth is not None and not 1 <= bandwidth <= MAX_BANDWIDTH:
        raise InvalidInput(f"The option internet_bandwidth_mbps is {bandwidth}; possible are 1 to {MAX_BANDWIDTH}.")
    params = {
        "ImageId": options["image_id"],
        "InstanceType": options["instance_type"],
        "KeyPairName": options["key_pair"],
        "RamRoleName": options["ram_role"],
        "Password": options["password"],
        "UserData": base64.b64encode(data).decode() or None,
        # More than 0 gives a public address (API reference of RunInstances).
        "InternetMaxBandwidthOut": bandwidth,
        "InternetChargeType": "PayByTraffic" if bandwidth else None,
        "SystemDisk": {"Category": options["system_disk_category"], "Size": options["system_disk_size_gb"]},
    }
    return Launch(params, tuple(dict.fromkeys(options["security_group_ids"] or ())))


def _is_password(text: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit, lambda one: one in _PASSWORD_SPECIAL)
    return 8 <= len(text) <= 30 and sum(any(map(kind, text)) for kind in kinds) >= 3
