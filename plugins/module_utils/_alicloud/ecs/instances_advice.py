# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What to do when the cloud refuses to make or release instances. No I/O."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ..errors import ApiError

# Codes from the error tables of RunInstances, CreateInstance and DeleteInstances in the API reference. Each is the beginning of a code;
# the first that fits decides.
_ADVICE: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("OperationDenied.NoStock", "Zone.NotOnSale", "Zone.NotOpen"),
        "The zone has too few instances of this type in stock: choose another instance_type, or vswitch_ids in other zones.",
    ),
    (
        (
            "InvalidSystemDisk",
            "InvalidDiskCategory",
            "InvalidDisk.SystemDiskSize",
            "CategoryNotSupported",
            "InvalidInstanceType.NotSupportDiskCategory",
            "OperationDenied.CloudSSDNotSupported",
        ),
        (
            "Check system_disk_category and system_disk_size_gb: not every instance type and zone has every category, and the disk must be "
            "at least as large as the image."
        ),
    ),
    (
        ("InvalidInstanceType", "InstanceType.Offline", "InvalidResourceType.NotSupported"),
        "Check instance_type: not every zone offers every type. Choose another one, or vswitch_ids in other zones.",
    ),
    (
        ("InvalidImage", "OperationDenied.ImageNotValid", "ImageNot", "ImageRemovedInMarket", "InvalidMarketImage"),
        "Check image_id: an image belongs to one region, and not every image runs on every instance type.",
    ),
    (("InvalidKeyPair",), "Check key_pair: ali_key_pair imports one."),
    (("InvalidUser.PassRoleForbidden",), "To give instances a RAM role, the identity needs the permission ram:PassRole for it."),
    (("InvalidRamRole",), "Check ram_role: it must exist, and ECS must be allowed to assume it."),
    (
        ("InvalidAccountStatus.NotEnoughBalance", "InsufficientBalance", "Account.Arrearage", "InvalidPayMethod", "PaymentMethodNotFound"),
        "The account cannot pay for these instances: add funds or a method of payment.",
    ),
    (("RealNameAuthenticationError", "InvalidAccountStatus"), "The account itself is not ready: complete it in the console."),
    (
        ("QuotaExceeded.PrivateIpAddress", "InvalidVSwitchId.IpNotEnough"),
        "The vSwitch has too few free addresses: use further ones in vswitch_ids.",
    ),
    (
        ("InvalidIPAddress", "InvalidPrivateIpAddress", "InvalidVSwitchId.IpInvalid"),
        "Check private_ips: each must be free and inside a vSwitch, whose first and last three addresses belong to the cloud.",
    ),
    (("QuotaExceed",), "Make fewer instances, choose another instance_type, or have the quota raised in the Quota Center."),
    (("OperationDenied.InconsistentNetwork",), "The security_group_ids and vswitch_ids must be in the same VPC."),
    (("SecurityGroupInstanceLimitExceed",), "The security group is full: use another one for further instances."),
    (("InvalidPassword",), "The cloud does not accept this password: see the option password for its rules."),
    (("InvalidUserData",), "Check user_data: at most 32 KB, and some instance types take none."),
    (("InvalidOperation.DeletionProtection",), "An instance is protected from release: turn that off in the console first."),
)


def advised(error: ApiError) -> ApiError:
    """Return the error with what to do about it, if the code is known."""
    advice = next((text for codes, text in _ADVICE if (error.code or "").startswith(codes)), None)
    if advice is None:
        return error
    return type(error)(
        f"{error} {advice}", action=error.action, code=error.code, http_status=error.http_status, request_id=error.request_id
    )
