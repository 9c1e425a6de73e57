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
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_ecs import write, write_tags
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_object import (
    TagPlan,
    Tags,
    option_tags,
    parse_tags,
    plan_tags,
    wire_tags,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._plan import Outcome

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_client import AlicloudClient

# API reference of ImportKeyPair.
_NAME = re.compile(r"[^\W\d_][\w:.-]{1,127}")
_KEY_TYPE = re.compile(r"ssh-[a-z0-9]+|ecdsa-sha2-[a-z0-9]+")
_LISTED_USERS = 5


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
    public_key: t.Optional[PublicKey] = None

    def holds(self, key: PublicKey) -> bool:
        """Say whether this is the pair of that public key."""
        if self.public_key:
            return self.public_key == key
        return self.fingerprint == key.fingerprint

    def public(self) -> dict[str, t.Any]:
        """Return what the module shows of it."""
        return {"name": self.name, "fingerprint": self.fingerprint, "tags": dict(self.tags)}


@dataclass(frozen=True)
class Wanted:
    """The key pair that is asked for; without a public key it is to be absent."""

    name: str
    tags: Tags
    purge_tags: bool = False
    public_key: t.Optional[PublicKey] = None


def parse_public_key(text: str) -> t.Optional[PublicKey]:
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


def parse_wanted(options: t.Mapping[str, t.Any]) -> Wanted:
    """Return what the module's options ask for; refuse what is no public key, a private one above all."""
    if not _NAME.fullmatch(options["name"]) or options["name"].startswith(("http://", "https://")):
        raise InvalidInput(
            f"The option name is {options['name']!r}. The name of a key pair has 2 to 128 characters: a letter, then letters, digits "
            "and '.', '_', ':', '-'."
        )
    key = parse_public_key(options["public_key"]) if options["state"] == "present" else None
    if key is None and options["state"] == "present":
        raise InvalidInput(
            "The option public_key is not an OpenSSH public key: it must be one line such as 'ssh-rsa AAAA... comment', the content of a "
            "file id_*.pub and never that of a private key."
        )
    return Wanted(options["name"], option_tags(options), options["purge_tags"], key)


def parse_key_pair(raw: t.Mapping[str, t.Any]) -> KeyPair:
    """Return an item of DescribeKeyPairs. Older fingerprints have colons."""
    fingerprint = str(raw.get("KeyPairFingerPrint") or "").replace(":", "").lower()
    return KeyPair(raw["KeyPairName"], fingerprint, parse_tags(raw), parse_public_key(raw.get("PublicKey") or ""))


@dataclass(frozen=True)
class KeyPairPlan:
    """The key pair as it is and as it is wanted."""

    current: t.Optional[KeyPair]
    after: t.Optional[KeyPair]
    tags: TagPlan

    @property
    def changes(self) -> tuple[str, ...]:
        """Return what is to be done."""
        if self.current is None:
            return ("import",) if self.after else ()
        if self.after is None:
            return ("delete",)
        return ("tag",) if self.tags.add or self.tags.remove else ()

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""
        before, after = (pair.public() if pair else {} for pair in (self.current, self.after))
        return Outcome(bool(self.changes), before, after, {"key_pair": after or None})


def plan_key_pair(wanted: Wanted, current: t.Optional[KeyPair], region: str) -> KeyPairPlan:
    """Plan; refuse to exchange a key, and to remove a pair that lacks the tags."""
    key = wanted.public_key
    if key is None:
        lacking = [tag for tag in wanted.tags.items() if current and tag not in current.tags.items()]
        if lacking:
            raise InvalidInput(
                f"Key pair {wanted.name} in {region} lacks the tag {lacking[0][0]}={lacking[0][1]}: it is not the one that is meant, and "
                "nothing was removed. Leave the option tags out to remove it all the same."
            )
        return KeyPairPlan(current, None, plan_tags({}, {}, purge=False))
    if current and not current.holds(key):
        raise InvalidInput(
            f"Key pair {wanted.name} in {region} is there with another key: its fingerprint is {current.fingerprint}, that of the key "
            f"wanted is {key.fingerprint}. Nothing was changed. Choose another name, or remove the key pair first."
        )
    tags = plan_tags(current.tags if current else {}, wanted.tags, purge=wanted.purge_tags)
    fingerprint = current.fingerprint if current else key.fingerprint
    return KeyPairPlan(current, KeyPair(wanted.name, fingerprint, tags.after, key), tags)


class KeyPairResource:
    """One key pair of the region."""

    def __init__(self, client: AlicloudClient, wanted: Wanted) -> None:
        self._client = client
        self._wanted = wanted

    def plan(self) -> KeyPairPlan:
        """Read the key pair and plan; refuse to remove it while instances use it."""
        plan = plan_key_pair(self._wanted, self._read(), self._client.region)
        if plan.changes == ("delete",):
            self._refuse_use()
        return plan

    def apply(self, plan: KeyPairPlan) -> Outcome:
        """Make the plan's change."""
        name = self._wanted.name
        if plan.after is None:
            write(self._client, "DeleteKeyPairs", {"KeyPairNames": json.dumps([name])}, lambda: self._read() is None)
        elif plan.current is None:
            body = {"KeyPairName": name, "PublicKeyBody": str(self._wanted.public_key), "Tag": wire_tags(plan.after.tags)}
            write(self._client, "ImportKeyPair", body, lambda: self._read() is not None)
        else:
            write_tags(self._client, "keypair", name, plan.tags, self._tags)
        return plan.predict()

    def _read(self) -> t.Optional[KeyPair]:
        # The filter takes patterns; a name has no asterisk, so it finds one pair at most.
        query = {"KeyPairName": self._wanted.name, "IncludePublicKey": True}
        found = self._client.pages("ecs", "DescribeKeyPairs", query, ("KeyPairs", "KeyPair"), token=False)
        return next((parse_key_pair(raw) for raw in found if raw["KeyPairName"] == self._wanted.name), None)

    def _tags(self) -> Tags:
        current = self._read()
        return current.tags if current else {}

    def _refuse_use(self) -> None:
        query = {"KeyPairName": self._wanted.name, "MaxResults": 100}
        users = [raw["InstanceId"] for raw in self._client.pages("ecs", "DescribeInstances", query, ("Instances", "Instance"))]
        if users:
            more = f" and {len(users) - _LISTED_USERS} more" if len(users) > _LISTED_USERS else ""
            raise InvalidInput(
                f"Key pair {self._wanted.name} is used by {', '.join(sorted(users)[:_LISTED_USERS])}{more}; nothing was removed. Release "
                "these instances or detach the key pair from them first."
            )


def key_pair_resource(client: AlicloudClient, options: t.Mapping[str, t.Any]) -> KeyPairResource:
    """Return the resource that the module's options describe."""
    return KeyPairResource(client, parse_wanted(options))
