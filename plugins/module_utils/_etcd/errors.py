# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What can go wrong with etcd, by what an operator does about it."""

from __future__ import annotations

from .._core.errors import CollectionError

IN_DOUBT = " It is not known whether etcd made the change: check before you run again."


class EtcdError(CollectionError):
    """etcd refused a request, or could not be reached."""


class EtcdUnreachable(EtcdError):
    """No endpoint answered."""


class Unavailable(EtcdError):
    """An endpoint answered, but the cluster has no leader or no quorum."""


class AuthFailed(EtcdError):
    """etcd requires a login that was not given or was not accepted."""


class PermissionDenied(EtcdError):
    """The user may not do this to this key."""


class NoSpace(EtcdError):
    """The cluster's storage quota is exhausted."""


class TooLarge(EtcdError):
    """The request is larger than etcd accepts."""


class LeaseNotFound(EtcdError):
    """A lease that the request names does not exist."""


class ApiOff(EtcdError):
    """The server does not serve the requested API."""
