# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Where calls to Alibaba Cloud are sent: the endpoint that a user gives, and the environment's proxies for it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from .._core.errors import InvalidInput

_ENDPOINT = re.compile(r"^(https?://)?((?:[\w.-]|\{product\})+(?::\d+)?)/?$", re.ASCII)


def check_endpoint(endpoint: str) -> str:
    """Return the endpoint as scheme://host[:port]; refuse anything else."""
    match = _ENDPOINT.match(endpoint)
    if not match:
        raise InvalidInput(
            "The option endpoint must be https://HOST or https://HOST:PORT (http:// for tests); the host may contain {product}, "
            "which stands for vpc, ecs and the like."
        )
    return f"{match.group(1) or 'https://'}{match.group(2)}"


def proxies_for(url: str) -> dict[str, str]:
    """Return the environment's proxies for the URL, empty where NO_PROXY excludes its host."""
    none = {"http": "", "https": ""}
    if proxy_bypass(urlsplit(url).netloc):
        return none
    found = getproxies()
    return {scheme: found.get(scheme, "") for scheme in none}
