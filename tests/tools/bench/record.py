# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host that is as it should be answered, and what another one would."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """An answer of the module flannel_node_info, the address and subnet of its host, and the texts of the files that it has sums of."""

    address: str
    subnet: str
    answer: t.Mapping[str, t.Any]
    texts: t.Mapping[str, str]

    @classmethod
    def of(cls, address: str, answer: t.Mapping[str, t.Any], read: t.Callable[[str], str]) -> Record:
        """Return the record of an answer; ``read`` returns the text of a file on the host."""
        (gateway,) = re.findall(r"^FLANNEL_SUBNET=(\S+)$", answer["node"]["subnet_env"], re.MULTILINE)
        texts = {path: read(path) for path, state in answer["node"]["files"].items() if state["sha256"]}
        return cls(address, str(ipaddress.ip_interface(gateway).network), answer, texts)

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read a record from a file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """Write the record into a file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    def answer_of(self, address: str, subnet: str) -> dict[str, t.Any]:
        """Return what a host like it with another address and another subnet of the same length answers."""
        pairs = ((self.address, address), (_stem(self.subnet), _stem(subnet)))
        answer: dict[str, t.Any] = json.loads(_replace(json.dumps(self.answer), pairs))
        for path, text in self.texts.items():
            answer["node"]["files"][path]["sha256"] = hashlib.sha256(_replace(text, pairs).encode()).hexdigest()
        return answer


def _replace(text: str, pairs: t.Iterable[tuple[str, str]]) -> str:
    for own, other in pairs:
        text = text.replace(own, other)
    return text


def _stem(subnet: str) -> str:
    """Return what all addresses of a /24 begin with."""
    return subnet.rpartition(".")[0] + "."
