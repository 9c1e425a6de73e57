# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints the state of a node as JSON. It changes nothing and decides nothing."""

from __future__ import annotations

import argparse
import http.client
import ipaddress
import json
import ssl
import subprocess
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

Facts = t.Dict[str, t.Any]

DAEMON = "flanneld.service"
UNITS = (DAEMON, "flannel-subnet.service", "flannel-firewall.service")
FIREWALL = "/usr/local/sbin/flannel-firewall"
OWN_CHAIN = "ALICLOUD-FLANNEL-FWD"
COMMAND_SECONDS = 15
ENDPOINT_SECONDS = 4
LOG_LINES = 8


def run(*command: str) -> subprocess.CompletedProcess[str] | None:
    """Run a command that only reads; None when it isn't there or hangs."""
    try:
        return subprocess.run(  # noqa: S603  (ours)
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def output(*command: str) -> str:
    """Return what a command prints; nothing when it fails."""
    done = run(*command)
    return done.stdout if done and done.returncode == 0 else ""


def listing(*command: str) -> list[Facts]:
    """Return what a command prints as a JSON list."""
    text = output(*command)
    found = json.loads(text) if text.strip() else []
    return [item for item in found if item]


def read(path: str) -> str | None:
    """Return the content of a file; None when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def read_units() -> Facts:
    """Return the state of flannel's units."""
    text = output("systemctl", "show", "--property=Id,LoadState,ActiveState,SubState,UnitFileState", *UNITS)
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return {
        block["Id"]: {
            "loaded": block.get("LoadState") == "loaded",
            "active": block.get("ActiveState") == "active",
            "state": f"{block.get('ActiveState')} ({block.get('SubState')})",
            "enabled": block.get("UnitFileState") == "enabled",
        }
        for block in blocks
        if "Id" in block
    }


def read_log(units: Facts) -> str:
    """Return the end of the daemon's log when it is to run and doesn't."""
    if not units.get(DAEMON, {}).get("loaded") or units[DAEMON]["active"]:
        return ""
    return output("journalctl", f"--unit={DAEMON}", "--no-pager", "--output=cat", f"--lines={LOG_LINES}")


def read_addresses() -> Facts:
    """Return the MTU and the IPv4 addresses of each interface."""
    return {
        link["ifname"]: {
            "mtu": link["mtu"],
            "addresses": [f"{one['local']}/{one['prefixlen']}" for one in link["addr_info"] if one.get("family") == "inet"],
        }
        for link in listing("ip", "-json", "address", "show")
    }


def read_routes(network: str) -> list[Facts]:
    """Return the host's routes to parts of the network, and which interface leads out."""
    wanted = ipaddress.ip_network(network)
    found = []
    for route in listing("ip", "-json", "-4", "route", "show", "table", "main"):
        target = route["dst"]
        if target == "default" or ipaddress.ip_network(target).overlaps(wanted):
            found.append(
                {"dst": target, "dev": route.get("dev", ""), "via": route.get("gateway", ""), "type": route.get("type", "unicast")}
            )
    return found


def read_settings(interfaces: Facts) -> Facts:
    """Return the kernel settings that forwarding depends on."""
    folder = "/proc/sys/net/ipv4"
    filters = {name: (read(f"{folder}/conf/{name}/rp_filter") or "").strip() for name in ["all", *interfaces]}
    return {"ip_forward": (read(f"{folder}/ip_forward") or "").strip(), "rp_filter": filters}


def read_firewall() -> Facts:
    """Return what decides whether the host forwards packets of containers."""
    check = run(FIREWALL, "check")
    rules = output("iptables", "--wait", "-S", "FORWARD").splitlines()
    appended = [rule for rule in rules if rule.startswith("-A ")]
    own = next((at for at, rule in enumerate(appended) if OWN_CHAIN in rule), len(appended))
    return {
        "check": check.returncode if check else None,
        "policy": next((rule.split()[2] for rule in rules if rule.startswith("-P ")), ""),
        "ahead": appended[:own],
        "drops": read_nftables(),
    }


def read_nftables() -> list[str]:
    """Return the other tables' chains that drop what is forwarded and not accepted in them: an ACCEPT of ours doesn't overrule these."""
    text = output("nft", "--json", "list", "chains")
    chains = [item["chain"] for item in json.loads(text or "{}").get("nftables", []) if "chain" in item]
    return [
        f"{chain['family']} {chain['table']} {chain['name']}"
        for chain in chains
        if chain.get("hook") == "forward" and chain.get("policy") == "drop" and (chain["family"], chain["table"]) != ("ip", "filter")
    ]


def read_plugins(folders: t.Sequence[str], plugins: t.Sequence[str]) -> list[str]:
    """Return the CNI plugins that are in none of the folders."""
    return [name for name in plugins if not any((Path(folder) / name).exists() for folder in folders)]


def ask(endpoint: str, folder: str) -> str:
    """Ask a member of etcd for its health as the daemon reaches it; return what is wrong, or nothing."""
    url = urlsplit(endpoint)
    try:
        context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
        context.load_cert_chain(f"{folder}/client.crt", f"{folder}/client.key")
        connection = http.client.HTTPSConnection(url.hostname or "", url.port or 2379, timeout=ENDPOINT_SECONDS, context=context)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        text = answer.read(300).decode(errors="replace")
        return "" if answer.status == 200 else f"status {answer.status}: {text.strip()}"
    except (OSError, http.client.HTTPException) as exc:
        return f"{exc}" or type(exc).__name__


def ask_endpoints(endpoints: t.Sequence[str], folder: str) -> Facts:
    """Ask all members of etcd at once; return what is wrong with each, or nothing."""
    with ThreadPoolExecutor(max(1, len(endpoints))) as pool:
        return dict(zip(endpoints, pool.map(lambda endpoint: ask(endpoint, folder), endpoints)))


def observe(options: argparse.Namespace) -> Facts:
    """Return all that is read on the node."""
    units = read_units()
    interfaces = read_addresses()
    return {
        "mode": options.mode,
        "units": units,
        "log": read_log(units),
        "subnet_env": read("/run/flannel/subnet.env"),
        "interfaces": interfaces,
        "routes": read_routes(options.network),
        "settings": read_settings(interfaces),
        "firewall": read_firewall(),
        "conflist": read(options.conflist),
        "missing_plugins": read_plugins(options.cni_path.split(":"), options.cni_plugins.split(",")),
        "endpoints": ask_endpoints(options.endpoints, options.cert_dir) if options.mode == "daemon" else {},
    }


def main() -> int:
    """Print what is read on the node."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("mode", "network", "conflist", "cni-path", "cni-plugins", "cert-dir"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("endpoints", type=lambda text: [one for one in text.split(",") if one])
    sys.stdout.write(json.dumps(observe(parser.parse_args())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
