# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: the common names in the certificates of a host."""

from __future__ import annotations

import typing as t

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.certificate import common_name_list, read_certificates
from ..plugin_utils._pki.observation import parse_observation


def certificate_common_names(result: t.Mapping[str, t.Any], path: str) -> list[str]:
    """Return those of the certificate at a path, from a result of etcd_pki_info; none where there is no certificate."""
    pair = parse_observation(result).pairs[path]
    return [name for cert in read_certificates(pair.pem)[:1] for name in common_name_list(cert)]


FilterModule = filter_module(certificate_common_names=certificate_common_names)
