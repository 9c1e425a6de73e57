# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.errors import BadReply
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.huffman import decode

# From RFC 7541, appendix C, and all printable characters in order, as the library hpack encodes them.
ALL = (
    "53f8fe7febff2afc7fafebfbf9ff7f4b2ec002265a6dc75e7ee7dfffc83feffcffd4376f5fc187163c997367d1a756bd9b776fe1c797e73fdffdffff"
    "0ffe7ff917ffd1c6490b2cd39ba75a29a8f5f6b109b7bf8f3ebdfffeff9ffefff7"
)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("", ""),
        ("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"),
        ("a8eb10649cbf", "no-cache"),
        ("6402", "302"),
        ("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"),
        (ALL, "".join(map(chr, range(32, 127)))),
    ],
)
def test_text_is_decoded(code: str, text: str) -> None:
    assert decode(bytes.fromhex(code)) == text


@pytest.mark.parametrize(
    "code",
    [
        "f1e3c2e5f23a6ba0ab90f4",  # cut off in a character
        "f1e3c2e5f23a6ba0ab90f4ffff",  # more padding than a byte
        "a8eb10649cbe",  # padding that is not all ones
        "ffffffff",  # the end of a text, which no text holds
        "fffe27",  # a byte that is no printable character
    ],
)
def test_what_is_no_text_is_refused(code: str) -> None:
    with pytest.raises(BadReply):
        decode(bytes.fromhex(code))
