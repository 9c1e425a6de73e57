# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Argument specs that several modules share; their documentation is in plugins/doc_fragments."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback


def etcd_argument_spec() -> dict[str, t.Any]:
    """Return the options that say how to reach etcd and as whom."""
    return {
        "endpoints": {"type": "list", "elements": "str", "default": ["http://127.0.0.1:2379"]},
        "api": {"type": "str", "choices": ["v3", "v2"], "default": "v3"},
        "ca_cert": {"type": "str"},
        "client_cert": {"type": "str"},
        "client_key": {"type": "str", "no_log": True},
        "username": {"type": "str", "aliases": ["user"]},
        "password": {"type": "str", "no_log": True},
        "timeout": {"type": "int", "default": 30},
    }


ETCD_REQUIRED_TOGETHER = [("client_cert", "client_key"), ("username", "password")]


def bootstrap_argument_spec() -> dict[str, t.Any]:
    """Return the option that lets check mode plan against an etcd that is not installed yet."""
    return {"bootstrap": {"type": "bool", "default": False}}


REGION_VARIABLES = [prefix + name for prefix in ("ALIBABA_CLOUD_", "ALICLOUD_", "ALIYUN_") for name in ("REGION", "REGION_ID")]


def alicloud_argument_spec() -> dict[str, t.Any]:
    """Return the options that say which region of Alibaba Cloud to work in and as whom.

    Keys and the profile have no fallback here: an identity is taken whole from one place (_alicloud/credentials.py).
    """
    return {
        "access_key": {"type": "str", "aliases": ["alicloud_access_key"], "no_log": True},
        "secret_key": {"type": "str", "aliases": ["alicloud_secret_key"], "no_log": True},
        "security_token": {"type": "str", "aliases": ["alicloud_security_token"], "no_log": True},
        "region": {"type": "str", "aliases": ["alicloud_region"], "fallback": (env_fallback, REGION_VARIABLES)},
        "profile": {"type": "str", "aliases": ["alicloud_profile"]},
        "ram_role_arn": {"type": "str", "aliases": ["alicloud_ram_role_arn"]},
        "endpoint": {"type": "str", "aliases": ["alicloud_endpoint"]},
    }


def object_argument_spec() -> dict[str, t.Any]:
    """Return the options that every object of the cloud has."""
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "tags": {"type": "dict"},
        "purge_tags": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 300},
    }
