# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the throw-away container of flannel_probe goes through the CNI plugins, and what it takes for an answer."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel import ping, probe_container
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.probe_container import Network

# A plugin that keeps what it is told, and answers.
PLUGIN = """#!/bin/sh
{ echo "$CNI_COMMAND ${0##*/} $CNI_IFNAME"; cat; echo; } >> "${0%/*}/calls"
[ -e "$0.fails" ] && { echo '{"msg": "no", "details": "space"}'; exit 1; }
echo "{\\"ips\\": [{\\"address\\": \\"10.24.1.2/24\\"}], \\"by\\": \\"${0##*/}\\"}"
"""


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """Return a network of two plugins."""
    for name in ("bridge", "portmap"):
        (tmp_path / name).write_text(PLUGIN)
        (tmp_path / name).chmod(0o755)
    conflist = {"name": "flannel", "cniVersion": "0.4.0", "plugins": [{"type": "bridge", "mtu": 1500}, {"type": "portmap"}]}
    (tmp_path / "conflist").write_text(json.dumps(conflist))
    return Network("p1", str(tmp_path / "conflist"), ["/nowhere", str(tmp_path)])


def calls(folder: Path) -> list[tuple[str, dict[str, t.Any]]]:
    lines = [line for line in (folder / "calls").read_text().splitlines() if line]
    return [(what, json.loads(told)) for what, told in zip(lines[::2], lines[1::2])]


def test_each_plugin_gets_what_the_one_before_returned(network: Network, tmp_path: Path) -> None:
    assert network.add()["by"] == "portmap"
    (first, bridge), (second, portmap) = calls(tmp_path)
    assert (first, second) == ("ADD bridge eth0", "ADD portmap eth0")
    assert bridge == {"type": "bridge", "mtu": 1500, "name": "flannel", "cniVersion": "0.4.0"}
    assert portmap["prevResult"]["by"] == "bridge"


def test_every_plugin_is_undone_although_one_fails(network: Network, tmp_path: Path) -> None:
    (tmp_path / "portmap.fails").touch()
    with pytest.raises(CollectionError, match="CNI DEL by portmap failed: no space"):
        network.delete()
    assert [what for what, _told in calls(tmp_path)] == ["DEL portmap eth0", "DEL bridge eth0"]


def test_a_plugin_that_is_missing_is_named(network: Network, tmp_path: Path) -> None:
    (tmp_path / "bridge").unlink()
    with pytest.raises(CollectionError, match="no CNI plugin bridge in /nowhere, "):
        network.add()


@pytest.mark.parametrize("result", [{}, {"ips": []}, {"ips": [{"address": 5}]}, {"ips": 5}])
def test_a_result_without_an_address_is_refused(result: dict[str, t.Any]) -> None:
    with pytest.raises(CollectionError, match="returned no address"):
        probe_container._address(result)


@pytest.mark.parametrize("text", [None, "{"], ids=["missing", "broken"])
def test_a_network_that_cannot_be_read_is_told(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "conflist").write_text(text)
    with pytest.raises(CollectionError, match="run the role flanneld with flanneld_cni on"):
        Network("p1", str(tmp_path / "conflist"), [str(tmp_path)])


def test_a_reply_is_known_by_its_number_and_process() -> None:
    request = ping._request(1)
    assert ping._checksum(request) == 0
    reply = b"\x45" + bytes(19) + b"\x00" + request[1:]
    assert ping._is_reply(reply, 1)
    assert not ping._is_reply(reply, 2)
    assert not ping._is_reply(b"\x45" + bytes(19) + request, 1)
    other = (os.getpid() + 1) & 0xFFFF
    assert not ping._is_reply(reply[:24] + other.to_bytes(2, "big") + reply[26:], 1)
