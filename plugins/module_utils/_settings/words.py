# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Forms of text that the programs which run here, and the cloud, give a meaning to. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.disruption import parse_max_disruption
from .._core.errors import CollectionError
from .._etcd.connection import SHORTEST_TIMEOUT, parse_endpoint
from .._routes.input import OWNER
from .forms import Form, matching, parse_whole, scalar, whole

# Text with a template that was left as it is would be taken for a name.
_PLAIN = r"(?!.*\{\{)[^\x00-\x1f\x7f]"


def text(expected: str) -> Form:
    """Return the form of one line of text."""
    return matching(rf"{_PLAIN}+", expected)


def lines(expected: str) -> Form:
    """Return the form of text with several lines, and with templates for whoever reads it."""
    return scalar("str", expected, lambda value: None if isinstance(value, str) else "")


def path(example: str) -> Form:
    """Return the form of absolute paths on a host."""
    return matching(rf"(?=/){_PLAIN}*", f"an absolute path, such as {example}", "path")


def local_path(example: str) -> Form:
    """Return the form of paths on the controller, which may be relative."""
    return matching(rf"{_PLAIN}+", f"a path on the controller, such as {example}", "path")


def pem(what: str) -> Form:
    """Return the form of certificates and keys, as a path on the controller or as text."""

    def check(value: t.Any) -> str | None:
        if not isinstance(value, str) or not value:
            return ""
        return None if "-----BEGIN" in value or re.fullmatch(rf"{_PLAIN}+", value) else ""

    return scalar("str", f"{what}, as a path on the controller or as PEM text", check)


def name(most: int, example: str) -> Form:
    """Return the form of names of letters, digits, dots, underscores and hyphens."""
    expected = f"1 to {most} letters, digits, dots, underscores or hyphens, the first a letter or digit, such as {example}"
    return matching(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{most - 1}}}", expected)


def owner(example: str) -> Form:
    """Return the form of owners, whose names stand at the beginning of a route entry's."""
    return matching(OWNER.pattern, f"1 to 63 letters, digits, dots, underscores or hyphens, the first a letter or digit, such as {example}")


def package() -> Form:
    """Return the form of packages of the distribution, with a version if expected."""
    return matching(r"[a-z0-9][a-z0-9.+-]*(=\S+)?", "the name of a package, such as etcd-server")


def account(example: str) -> Form:
    """Return the form of users and groups of a host."""
    return matching(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?", f"the name of an account on the host, such as {example}")


def file_name(example: str) -> Form:
    """Return the form of a file's name without a folder."""
    return matching(rf"(?!\.)((?!/){_PLAIN})+", f"the name of a file without its folder, such as {example}")


def cloud_id(prefix: str) -> Form:
    """Return the form of IDs that the cloud gives to things."""
    return matching(rf"{prefix}-[A-Za-z0-9-]+", f"an ID, such as {prefix}-bp1example")


def version(oldest: str, example: str) -> Form:
    """Return the form of versions with three numbers."""
    least = _numbers(oldest)

    def check(value: t.Any) -> str | None:
        if not isinstance(value, str):
            return ""
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){2}", value):
            return f"Write {value[1:]}." if re.fullmatch(r"v[0-9]{1,4}(\.[0-9]{1,4}){2}", value) else ""
        return None if _numbers(value) >= least else ""

    return scalar("str", f"a version with three numbers, {oldest} or newer, such as {example}", check)


def checksum() -> Form:
    """Return the form of checksums."""
    return matching(r"sha256:[0-9a-f]{64}", "a checksum as sha256: and 64 hexadecimal digits")


def file_mode() -> Form:
    """Return the form of file modes, which YAML takes for a number where they are not quoted."""
    return matching(r"[0-7]{4}", 'a file mode in quotes, such as "0600"')


def duration() -> Form:
    """Return the form of durations, as Go writes them; a number alone is in hours."""

    def check(value: t.Any) -> str | None:
        if parse_whole(value) is not None:
            return None if str(value)[0] not in "-0" else ""
        return None if isinstance(value, str) and re.fullmatch(r"([0-9]+(\.[0-9]+)?(h|m|s))+", value) else ""

    return scalar("str", "a duration, such as 8h or 30m", check)


def share() -> Form:
    """Return the form of how much may change in one run."""
    return _parsed(lambda value: parse_max_disruption(str(value)), "a number, or a percentage up to 100%, such as 10%")


def etcd_endpoint() -> Form:
    """Return the form of a member's URL for clients."""
    return _parsed(parse_endpoint, "a URL with host and port, such as https://192.0.2.11:2379")


def etcd_timeout() -> Form:
    """Return the form of the time that etcd gets to answer."""
    return whole(SHORTEST_TIMEOUT)


def etcd_folder() -> Form:
    """Return the form of keys in etcd that stand for a folder."""
    return matching(r"(/[^/\s{}]+)+", "a path in etcd without a slash at its end, such as /coreos.com/network")


def _parsed(parse: t.Callable[[t.Any], t.Any], expected: str) -> Form:
    """Return the form of what a module's own parser takes."""

    def check(value: t.Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            return ""
        try:
            parse(value)
        except (CollectionError, ValueError, AttributeError):
            return ""
        return None

    return scalar("str", expected, check)


def _numbers(version_: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version_.split("."))
