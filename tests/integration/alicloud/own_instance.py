# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module as on an instance with a RAM role: in a network of its own, whose 100.100.100.200 is the emulated cloud."""

from __future__ import annotations

import json
import subprocess

from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import VPC_ID, build_state
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer

ADDRESS = "100.100.100.200"


def main() -> None:
    """Print the keys that called the API, and what the module said."""
    for command in ("ip link set lo up", f"ip address add {ADDRESS}/32 dev lo"):
        subprocess.run(command.split(), check=True)
    state = build_state()
    state.instances["i-sandbox-n1"].ram_role = "routes"
    state.instances["i-sandbox-n1"].http_tokens = "required"
    state.add_account("STS.role", "role-secret", security_token="role-token", token_seconds=600, ram_role="routes")
    server = CloudServer(state, ADDRESS, 80, metadata_instance="i-sandbox-n1")
    server.start()
    result = run_module("ali_instance_info", {"vpc_id": VPC_ID, "region": state.region, "endpoint": server.url})
    keys = sorted({call.params["AccessKeyId"] for call in server.calls})
    print(json.dumps({"keys": keys, "msg": result.msg, "output": result.output}))
    server.stop()


if __name__ == "__main__":
    main()
