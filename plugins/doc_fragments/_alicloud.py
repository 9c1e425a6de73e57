# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private documentation fragment of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Documentation of the options that say how to reach Alibaba Cloud; their argument spec is in module_utils/_core/argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that calls Alibaba Cloud."""

    DOCUMENTATION = r"""
options:
  access_key:
    description:
      - ID of the access key to call the API with.
      - An identity is taken whole from the first place that has one. These are O(access_key) and O(secret_key), then O(profile), then the
        environment variables E(ALIBABA_CLOUD_ACCESS_KEY_ID), E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and E(ALIBABA_CLOUD_SECURITY_TOKEN),
        then the same names with the prefixes C(ALICLOUD_) and C(ALIYUN_) (also C(ACCESS_KEY) and C(SECRET_KEY) for short), then an OIDC
        token (E(ALIBABA_CLOUD_ROLE_ARN), E(ALIBABA_CLOUD_OIDC_PROVIDER_ARN) and E(ALIBABA_CLOUD_OIDC_TOKEN_FILE)), then what the library
        C(alibabacloud-credentials) finds in the files that O(profile) is looked for in, or behind E(ALIBABA_CLOUD_CREDENTIALS_URI), then
        the RAM role of the instance that this runs on (unless E(ALIBABA_CLOUD_ECS_METADATA_DISABLED) is set).
      - Temporary keys that expire in the middle of a run are renewed, unless they were given as O(security_token) or in the environment.
    type: str
    aliases: [alicloud_access_key]
  secret_key:
    description: Secret of the access key.
    type: str
    aliases: [alicloud_secret_key]
  security_token:
    description: Security token that belongs to O(access_key) and O(secret_key) when these are temporary.
    type: str
    aliases: [alicloud_security_token]
  region:
    description:
      - ID of the region, such as V(cn-hangzhou).
      - When it is left out, E(ALIBABA_CLOUD_REGION) and E(ALIBABA_CLOUD_REGION_ID) are used, then the same names with the prefixes
        C(ALICLOUD_) and C(ALIYUN_).
    type: str
    aliases: [alicloud_region]
  profile:
    description:
      - Name of a profile in C(~/.aliyun/config.json) or C(~/.alibabacloud/credentials.ini), read by the library
        C(alibabacloud-credentials).
      - E(ALIBABA_CLOUD_PROFILE) names one to use when there are no keys in the environment.
    type: str
    aliases: [alicloud_profile]
  ram_role_arn:
    description: ARN of a RAM role to assume with the identity; all other calls are made as the role.
    type: str
    aliases: [alicloud_ram_role_arn]
  endpoint:
    description:
      - URL of the API, in place of the public endpoint of the region, such as V(https://{product}-vpc.cn-hangzhou.aliyuncs.com).
      - C({product}) stands for V(vpc), V(ecs), V(sts) and the like.
      - Calls are made over HTTPS unless this says V(http://).
    type: str
    aliases: [alicloud_endpoint]
requirements:
  - aliyun-python-sdk-core >= 2.16.0
  - aliyun-python-sdk-vpc >= 3.0.47
  - aliyun-python-sdk-ecs >= 4.24.0
  - alibabacloud-credentials, for profiles
notes:
  - Run modules of this kind on the controller, so that no node ever sees the credentials.
  - The RAM permissions that this collection needs are in C(docs/ram-policy.json).
  - E(HTTPS_PROXY) and E(NO_PROXY) are honoured. E(ALIBABA_CLOUD_CA_BUNDLE) names a file with the CAs to trust.
"""
