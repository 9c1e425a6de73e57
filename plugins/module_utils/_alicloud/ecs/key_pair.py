# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans and makes key pairs whose public key the user brings."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import typing as t
from dataclasses import dataclass, replace

from ..._core.errors import InvalidInput
from ..._core.text import name_first
from ..object import Tags, check_name, option_tags, parse_tags, plan_tags, wire_tags
from ..object_plan import ApiCall, ObjectPlan, ObjectResource, tag_calls
from .instance import CHUNK

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

_KEY_TYPE = re.compile(r"ssh-[a-z0-9]+|ecdsa-sha2-[a-z0-9]+")
KIND = "key_pair"
_SHOWN = 10


@dataclass(frozen=True)
class PublicKey:
    """A public key as OpenSSH writes it, without its comment."""

    kind: str
    blob: str

    @property
    def fingerprint(self) -> str:
        """Return the MD5 digest of RFC 4716 without colons, which is what the API calls KeyPairFingerPrint."""
        return hashlib.md5(base64.b64decode(self.blob)).hexdigest()  # noqa: S324 - the cloud's choice, not ours

    def __str__(self) -> str:
        return f"{self.kind} {self.blob}"


@dataclass(frozen=True)
class KeyPair:
    """A key pair of the cloud. ``public_key`` is None where the cloud does not tell it."""

    name: str
    fingerprint: str
    tags: Tags
    public_key: PublicKey | None = None

    def holds(self, key: PublicKey) -> bool:
        """Say whether this is the pair of that public key."""
        if self.public_key:
            return self.public_key == key
        return self.fingerprint == key.fingerprint

    def public(self) -> dict[str, t.Any]:
        """Return what the module shows of it."""
        return {"name": self.name, "fingerprint": self.fingerprint, "tags": dict(self.tags)}


@dataclass(frozen=True)
class DesiredKeyPair:
    """The desired key pair; without a public key it is to be absent."""

    name: str
    tags: Tags
    purge_tags: bool = False
    public_key: PublicKey | None = None


def parse_public_key(text: str) -> PublicKey | None:
    """Return the key of a line as in an id_*.pub file; None for anything else."""
    parts = text.split()
    if len(text.strip().splitlines()) == 1 and len(parts) >= 2 and _KEY_TYPE.fullmatch(parts[0]) and _is_blob_of(parts[0], parts[1]):
        return PublicKey(parts[0], parts[1])
    return None


def _is_blob_of(kind: str, blob: str) -> bool:
    """Say whether the blob is Base64 and begins with the name of its own kind (RFC 4253, section 6.6)."""
    try:
        data = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return False
    return data.startswith(len(kind).to_bytes(4, "big") + kind.encode())


def parse_desired_key_pair(options: t.Mapping[str, t.Any]) -> DesiredKeyPair:
    """Return what the module's options ask for; refuse what is not a public key, a private one above all."""
    check_name("key pair", options["name"])
    key = parse_public_key(options["public_key"]) if options["state"] == "present" else None
    if key is None and options["state"] == "present":
        raise InvalidInput(
            "The option public_key is not an OpenSSH public key: it must be one line such as 'ssh-rsa AAAA... comment', the content of a "
            "file id_*.pub and never that of a private key."
        )
    return DesiredKeyPair(options["name"], option_tags(options), options["purge_tags"], key)


def parse_key_pair(raw: t.Mapping[str, t.Any]) -> KeyPair:
    """Return an item of DescribeKeyPairs. Older fingerprints have colons."""
    fingerprint = str(raw.get("KeyPairFingerPrint") or "").replace(":", "").lower()
    return KeyPair(raw["KeyPairName"], fingerprint, parse_tags(raw), parse_public_key(raw.get("PublicKey") or ""))


def plan_key_pair(desired: DesiredKeyPair, key: PublicKey, current: KeyPair | None, region: str) -> ObjectPlan:
    """Plan to import the key or to change its tags; refuse to replace it."""
    if current is None:
        tags = plan_tags({}, desired.tags, purge=False).after
        body = {"KeyPairName": desired.name, "PublicKeyBody": str(key), "Tag": wire_tags(tags)}
        new = KeyPair(desired.name, key.fingerprint, tags, key)
        return ObjectPlan(KIND, None, new.public(), (ApiCall("ImportKeyPair", body),))
    if not current.holds(key):
        raise InvalidInput(
            f"Key pair {desired.name} in {region} exists with another key: its fingerprint is {current.fingerprint}, that of the desired "
            f"key is {key.fingerprint}. Nothing was changed. Choose another name, or remove the key pair first."
        )
    calls, tags = tag_calls("keypair", desired.name, current.tags, desired.tags, purge=desired.purge_tags, untag="UntagResources")
    return ObjectPlan(KIND, current.public(), replace(current, tags=tags).public(), calls)


def plan_key_pair_removal(desired: DesiredKeyPair, current: KeyPair | None, users: t.Collection[str], region: str) -> ObjectPlan:
    """Plan to remove the key pair; refuse while instances use it, and when it lacks the tags."""
    if current is None:
        return ObjectPlan(KIND, None, None)
    lacking = [f"{key}={value}" for key, value in sorted(desired.tags.items()) if current.tags.get(key) != value]
    if lacking:
        raise InvalidInput(
            f"Key pair {desired.name} in {region} lacks the tag {lacking[0]}: it is not the one that was asked for, and nothing was "
            "removed. Leave the option tags out to remove it anyway."
        )
    if users:
        raise InvalidInput(
            f"Key pair {desired.name} is used by {name_first(sorted(users), _SHOWN)}; nothing was removed. Release these instances "
            "or detach the key pair from them first."
        )
    return ObjectPlan(KIND, current.public(), None, (ApiCall("DeleteKeyPairs", {"KeyPairNames": json.dumps([desired.name])}),))


class KeyPairPlanner:
    """Reads a key pair and plans it."""

    def __init__(self, client: AlicloudClient, desired: DesiredKeyPair) -> None:
        self._client = client
        self._desired = desired

    def plan(self, _made: str | None) -> ObjectPlan:
        """Plan from the current state."""
        current = self._read()
        if self._desired.public_key:
            return plan_key_pair(self._desired, self._desired.public_key, current, self._client.region)
        return plan_key_pair_removal(self._desired, current, self._users() if current else (), self._client.region)

    def _read(self) -> KeyPair | None:
        # The filter takes patterns; a name has no asterisk, so it finds one pair at most.
        query = {"KeyPairName": self._desired.name, "IncludePublicKey": True}
        found = self._client.pages("ecs", "DescribeKeyPairs", query, ("KeyPairs", "KeyPair"), token=False)
        return next((parse_key_pair(raw) for raw in found if raw["KeyPairName"] == self._desired.name), None)

    def _users(self) -> list[str]:
        query = {"KeyPairName": self._desired.name, "MaxResults": CHUNK}
        return [raw["InstanceId"] for raw in self._client.pages("ecs", "DescribeInstances", query, ("Instances", "Instance"))]


def key_pair_resource(client: AlicloudClient, options: t.Mapping[str, t.Any]) -> ObjectResource:
    """Return the key pair that the module's options describe."""
    return ObjectResource(client, "ecs", KeyPairPlanner(client, parse_desired_key_pair(options)).plan, options["wait_timeout"])
