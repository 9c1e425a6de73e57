# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: key pairs whose public key somebody brought."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import json
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_tags import has_tags, list_tags, request_tags
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import KeyPair
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.paging import page_by_number

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]


def import_key_pair(request: ApiRequest) -> Reply:
    name, body = request.require("KeyPairName"), request.require("PublicKeyBody")
    if not 2 <= len(name) <= 128 or not name[0].isalpha() or name.startswith(("http://", "https://")):
        raise ApiError("InvalidKeyPairName.Malformed", f"The name {name!r} is not allowed.")
    if name in request.state.key_pairs:
        raise ApiError("KeyPair.AlreadyExist", "There is a key pair of this name.")
    pair = KeyPair(name, body, fingerprint_of(body), request_tags(request))
    request.state.key_pairs[name] = pair
    return {"KeyPairName": name, "KeyPairFingerPrint": pair.fingerprint}


def fingerprint_of(body: str) -> str:
    """Return the MD5 digest of the key's blob (RFC 4716), without colons, as the API reference shows it."""
    try:
        blob = base64.b64decode(body.split()[1], validate=True)
    except (IndexError, binascii.Error):
        raise ApiError("InvalidPublicKeyBody.Malformed", "This is no public key.") from None
    return hashlib.md5(blob, usedforsecurity=False).hexdigest()


def describe_key_pairs(request: ApiRequest) -> Reply:
    pairs = [
        pair
        for pair in request.state.key_pairs.values()
        if fnmatch.fnmatchcase(pair.name, request.get("KeyPairName") or "*")
        and request.get("KeyPairFingerPrint") in (None, pair.fingerprint)
        and has_tags(request, pair.tags)
    ]
    page, fields = page_by_number(request, pairs)
    return {"KeyPairs": {"KeyPair": [_pair(request, pair) for pair in page]}, **fields}


def _pair(request: ApiRequest, pair: KeyPair) -> Reply:
    reply = {"KeyPairName": pair.name, "KeyPairFingerPrint": pair.fingerprint, **list_tags(pair.tags)}
    return {**reply, "PublicKey": pair.public_key} if request.flag("IncludePublicKey") else reply


def delete_key_pairs(request: ApiRequest) -> Reply:
    """Delete the pairs; one that is gone already is no error."""
    names = json.loads(request.require("KeyPairNames"))
    if not isinstance(names, list) or not names:
        raise illegal("KeyPairNames", names)
    if any(instance.key_pair in names for instance in request.state.instances.values()):
        raise ApiError("InvalidParameter.KeypairAlreadyAttachedInstance", "A key pair is attached to instances.")
    for name in names:
        request.state.key_pairs.pop(name, None)
    return {}


ACTIONS: dict[str, t.Callable[[ApiRequest], Reply]] = {
    "ImportKeyPair": import_key_pair,
    "DescribeKeyPairs": describe_key_pairs,
    "DeleteKeyPairs": delete_key_pairs,
}
