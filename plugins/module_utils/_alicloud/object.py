# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the modules that make cloud objects share: which object is meant, its tags, and waiting for it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._core.errors import CollectionError, InvalidInput

if t.TYPE_CHECKING:
    from .client import AlicloudClient

Tags = t.Mapping[str, str]
MAX_TAGS = 20
MAX_LENGTH = 128
_URLS = ("http://", "https://")
# Tags that begin so are the cloud's own: nobody else may set or remove them (API reference of TagResources).
_RESERVED_TAGS = ("aliyun", "acs:")
# API references of ImportKeyPair and CreateSecurityGroup.
_ECS_NAME = re.compile(r"[^\W\d_][\w:.-]{1,127}")
FIRST_POLL = 0.5
LONGEST_POLL = 5.0


class CloudObject(t.Protocol):
    """Something with an ID, a name and tags, as it was read."""

    @property
    def object_id(self) -> str:
        """Return the ID that the cloud gave it."""

    @property
    def name(self) -> str:
        """Return its name, empty when it has none."""

    @property
    def tags(self) -> Tags:
        """Return its tags."""


ObjectT = t.TypeVar("ObjectT", bound=CloudObject)
ReadT = t.TypeVar("ReadT")


@dataclass(frozen=True)
class Identity:
    """Which object is meant: the one with this ID, else the one with this name and these tags in its parent."""

    kind: str  # for messages: VPC, vSwitch and so on
    place: str  # the parent, for messages: region cn-hangzhou, vpc-bp1example
    object_id: str | None = None
    name: str | None = None
    tags: Tags = field(default_factory=dict)
    expected: bool = True  # whether an ID must exist: yes unless the object is to be removed


def find_one(identity: Identity, found: t.Iterable[ObjectT]) -> ObjectT | None:
    """Return the object that was asked for, None when there is none; raise when it is ambiguous or not ours.

    ``found`` are the objects of the parent, or those that the API returned for the ID.
    """
    if identity.object_id:
        return _by_id(identity, found)
    named = [one for one in found if one.name == identity.name]
    ours = [one for one in named if not _differences(identity.tags, one.tags)]
    if len(ours) > 1:
        raise InvalidInput(
            f"{identity.place} has {len(ours)} objects of kind {identity.kind} named {identity.name!r} with these tags: "
            f"{', '.join(sorted(one.object_id for one in ours))}. Give the ID of the right one."
        )
    if named and not ours:
        raise _not_ours(identity, named)
    return ours[0] if ours else None


def _by_id(identity: Identity, found: t.Iterable[ObjectT]) -> ObjectT | None:
    match = next((one for one in found if one.object_id == identity.object_id), None)
    if match is None and identity.expected:
        raise InvalidInput(
            f"There is no {identity.kind} {identity.object_id} in {identity.place}; nothing was changed. Check the ID, the region, and "
            "that the credentials belong to the account that owns it."
        )
    return match


def _not_ours(identity: Identity, named: t.Sequence[CloudObject]) -> InvalidInput:
    other = min(named, key=lambda one: one.object_id)
    differences = _differences(identity.tags, other.tags)
    return InvalidInput(
        f"{identity.kind} {other.object_id} in {identity.place} is also named {identity.name!r}, but {differences}: it is not "
        "the one that was asked for, and nothing was changed. Give its ID to take it over, or choose another name."
    )


def _differences(desired: Tags, current: Tags) -> str:
    """Return in words which of the desired tags are missing."""
    return ", ".join(
        f"its tag {key} is {current[key]!r} and not {value!r}" if key in current else f"it has no tag {key}"
        for key, value in sorted(desired.items())
        if current.get(key) != value
    )


def parse_tags(raw: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return the tags of an item that the API listed, without the cloud's own. VPC says Key and Value, ECS TagKey and TagValue."""
    items = (raw.get("Tags") or {}).get("Tag") or []
    tags = {str(item.get("Key", item.get("TagKey"))): str(item.get("Value", item.get("TagValue")) or "") for item in items}
    return {key: tags[key] for key in sorted(tags) if not key.startswith(_RESERVED_TAGS)}


def wire_tags(tags: Tags) -> list[dict[str, str]]:
    """Return tags as every action of this API takes them as its parameter Tag."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


@dataclass(frozen=True)
class TagPlan:
    """The tags to set, the keys to remove, and the tags afterwards."""

    add: Tags
    remove: tuple[str, ...]
    after: Tags


def plan_tags(current: Tags, desired: Tags, *, purge: bool) -> TagPlan:
    """Plan so that the object has the desired tags, and with ``purge`` no others."""
    add = {key: value for key, value in sorted(desired.items()) if current.get(key) != value}
    remove = tuple(sorted(set(current) - set(desired))) if purge else ()
    after = {**current, **desired}
    return TagPlan(add, remove, {key: after[key] for key in sorted(after) if key not in remove})


def option_tags(options: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return the option tags as text; refuse what the API would."""
    tags = {str(key): "" if value is None else str(value) for key, value in (options["tags"] or {}).items()}
    if len(tags) > MAX_TAGS:
        raise InvalidInput(f"The option tags has {len(tags)} tags; an object takes at most {MAX_TAGS}.")
    for key, value in sorted(tags.items()):
        if not key or any(_is_bad_tag_text(text) for text in (key, value)):
            raise InvalidInput(
                f"The tag {key!r}: {value!r} is not possible. A key has 1 to {MAX_LENGTH} characters and a value at most {MAX_LENGTH}; "
                "neither begins with aliyun or acs: or contains http:// or https://."
            )
    return tags


def _is_bad_tag_text(text: str) -> bool:
    return len(text) > MAX_LENGTH or text.startswith(_RESERVED_TAGS) or any(url in text for url in _URLS)


def check_name(kind: str, name: str) -> None:
    """Refuse a name that ECS would: of a key pair or a security group."""
    if not _ECS_NAME.fullmatch(name) or name.startswith(_URLS):
        raise InvalidInput(
            f"The option name is {name!r}. The name of a {kind} has 2 to {MAX_LENGTH} characters: a letter, then letters, digits and "
            "'.', '_', ':', '-'."
        )


def check_text(option: str, text: str | None, longest: int = MAX_LENGTH) -> None:
    """Refuse a name or description that the API would; None is fine."""
    if text is not None and (not 1 <= len(text) <= longest or text.startswith(_URLS)):
        raise InvalidInput(
            f"The option {option} is {text!r}. It must have 1 to {longest} characters and must not begin with http:// or https://."
        )


def wait_for(client: AlicloudClient, read: t.Callable[[], ReadT], is_ready: t.Callable[[ReadT], bool], timeout: float, what: str) -> ReadT:
    """Read until it is ready and return what was read last. ``what`` completes the sentence that it is waited for."""
    deadline = client.clock() + timeout
    delay = FIRST_POLL
    while True:
        found = read()
        if is_ready(found):
            return found
        if client.clock() + delay > deadline:
            raise CollectionError(
                f"{what} did not happen within wait_timeout, {timeout:g} seconds; so far it is {_status(found)}. Run again: the next "
                "run waits for what this one started."
            )
        client.sleep(delay)
        delay = min(2 * delay, LONGEST_POLL)


def _status(found: t.Any) -> str:
    if found is None:
        return "missing"
    if isinstance(found, list):
        return ", ".join(sorted({_status(one) for one in found}))
    return ", ".join(str(getattr(found, name)) for name in ("object_id", "status") if hasattr(found, name)) or str(found)
