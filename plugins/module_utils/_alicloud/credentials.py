# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whose name calls to Alibaba Cloud are made in.

An identity is taken whole from one place: a key of the options is never combined with a token of the environment.
"""

from __future__ import annotations

import importlib
import logging
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.basic import missing_required_lib

from .._core.errors import CollectionError, InvalidInput
from .role_keys import Fetch, FoundKeys, instance_role, oidc_role

PREFIXES = ("ALIBABA_CLOUD_", "ALICLOUD_", "ALIYUN_")
_KEY_NAMES = ("ACCESS_KEY_ID", "ACCESS_KEY")
_PROFILES = ("CLIProfileCredentialsProvider", "ProfileCredentialsProvider")
_FILES = (*_PROFILES, "URLCredentialsProvider")
_SECRET_NAMES = ("ACCESS_KEY_SECRET", "SECRET_KEY")


@dataclass(frozen=True)
class Credentials:
    """An identity and, for messages, where it came from."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    source: str = "the module's options"
    # Gets the same identity with new keys; None for keys that can't be renewed.
    renew: t.Callable[[], Credentials] | None = field(default=None, repr=False, compare=False)

    @property
    def secrets(self) -> set[str]:
        """Return what may appear in no output."""
        return {value for value in (self.access_key, self.secret_key, self.security_token) if value}


def resolve_credentials(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> Credentials:
    """Return the identity: of the options, else of the environment, else of the profiles and roles of this machine."""
    given = _from_options(options)
    if given:
        return given
    found = None if options.get("profile") else _from_environment(environment)
    if found:
        return found
    profile = options.get("profile") or _first(environment, [f"{prefix}PROFILE" for prefix in PREFIXES])
    return _from_profile(profile) if profile else _from_machine(options, environment)


def _from_options(options: t.Mapping[str, t.Any]) -> Credentials | None:
    key, secret, token = (options.get(name) for name in ("access_key", "secret_key", "security_token"))
    if not (key or secret or token):
        return None
    if not (key and secret):
        raise InvalidInput("The options access_key and secret_key are given together or not at all; security_token needs both.")
    if options.get("profile"):
        raise InvalidInput("Both access_key and profile are given: each is an identity of its own. Leave one out.")
    return Credentials(key, secret, token or None)


def _from_environment(environment: t.Mapping[str, str]) -> Credentials | None:
    for prefix in PREFIXES:
        key = _first(environment, [prefix + name for name in _KEY_NAMES])
        secret = _first(environment, [prefix + name for name in _SECRET_NAMES])
        if key and secret:
            token = environment.get(f"{prefix}SECURITY_TOKEN")
            return Credentials(key, secret, token or None, source=f"the environment variables {prefix}*")
        if key or secret:
            raise InvalidInput(f"The environment has only one of {prefix}{_KEY_NAMES[0]} and {prefix}{_SECRET_NAMES[0]}: set both or none.")
    return None


def _first(environment: t.Mapping[str, str], names: t.Iterable[str]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


def _from_machine(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> Credentials:
    """Return the identity of this machine: for an OIDC token, of the files that the library reads, or of the instance's role."""
    by_token = oidc_role(options, environment)
    if by_token:
        return _renewable(by_token)
    library = _import_library()
    found = _first_of(library, _FILES) if library else None
    role = None if found else instance_role(environment)
    if role:
        try:
            return _renewable(role)
        except CollectionError as exc:
            raise CollectionError(f"{_nothing_found(library is not None)} {exc}") from None
    if not found:
        raise CollectionError(_nothing_found(library is not None))
    return found


def _from_profile(profile: str) -> Credentials:
    library = _import_library()
    if not library:
        raise CollectionError(f"The profile {profile} can be read only with a further library. {_missing_library()}")
    found = _first_of(library, _PROFILES, profile_name=profile)
    if not found:
        raise CollectionError(
            f"No usable credentials in the profile {profile}: it is looked for in ~/.aliyun/config.json and in "
            "~/.alibabacloud/credentials.ini (or the file that ALIBABA_CLOUD_CREDENTIALS_FILE names). Check its name and its keys."
        )
    return found


def _import_library() -> t.Any:
    """Return alibabacloud-credentials, silenced: its log may repeat answers of the token service. None when it is not installed."""
    try:
        library = importlib.import_module("alibabacloud_credentials.provider")
    except ImportError:
        return None
    for name in ("credentials", "alibabacloud-tea"):
        logging.getLogger(name).disabled = True
    return library


def _first_of(library: t.Any, names: t.Iterable[str], **arguments: str) -> Credentials | None:
    for name in names:
        try:
            return _renewable(_fetch_with(library, name, arguments))
        except Exception:  # noqa: S112 - each provider raises errors of its own, with text that may hold a secret
            continue
    return None


def _fetch_with(library: t.Any, name: str, arguments: t.Mapping[str, str]) -> Fetch:
    source = f"the profile {arguments['profile_name']}" if arguments else f"alibabacloud-credentials ({name})"

    def fetch() -> FoundKeys:
        # A provider that was asked before answers from its memory.
        found = getattr(library, name)(**arguments).get_credentials()
        return found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or None, source

    return fetch


def _renewable(fetch: Fetch) -> Credentials:
    """Return the identity that is fetched; a temporary one can be fetched again."""
    key, secret, token, source = fetch()
    return Credentials(key, secret, token, source, renew=(lambda: _renewable(fetch)) if token else None)


def _nothing_found(with_library: bool) -> str:
    return (
        "No credentials were found: set the options access_key and secret_key, or ALIBABA_CLOUD_ACCESS_KEY_ID and "
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET in the controller's environment, or a profile; an instance can have a RAM role instead."
        f"{'' if with_library else ' ' + _missing_library()}"
    )


def _missing_library() -> str:
    return str(missing_required_lib("alibabacloud-credentials", reason="to use profiles"))
