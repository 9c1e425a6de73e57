# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What can go wrong with a call. Messages are short: whoever collects them knows what was asked of whom."""

from __future__ import annotations

from urllib.parse import unquote

from ..errors import EtcdError

OK, UNIMPLEMENTED = 0, 12
_LONGEST_MESSAGE = 300


class CallRefused(EtcdError):
    """etcd answered with an error; ``code`` is gRPC's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{one_line(message) or 'no reason given'} (code {code})")
        self.code = code


class BadReply(EtcdError):
    """What came back is not what the protocol allows, or is larger than anything that was asked for."""


class NoReply(EtcdError):
    """Nothing came back in time, or the connection could not be made or was lost."""


def refusal(code: int, message: str) -> CallRefused:
    """Return the error of a trailer; the message has percent signs for what is not plain ASCII."""
    return CallRefused(code, unquote(message, errors="replace"))


def one_line(text: str) -> str:
    """Return the text as one line of bounded length that a terminal shows as it is."""
    return "".join(char if char.isprintable() else "?" for char in text[:_LONGEST_MESSAGE]).strip()
