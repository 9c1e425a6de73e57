# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors as the API words them: a code, an HTTP status and a message."""

from __future__ import annotations

import typing as t


class ApiError(Exception):
    """A refusal that the caller sees as the API's error body."""

    def __init__(self, code: str, message: str = "", status: int = 400, **extra: t.Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message or f"The request was refused with {code}."
        self.status = status
        self.extra = extra


def missing(name: str) -> ApiError:
    return ApiError("MissingParameter", f"The parameter {name} is mandatory for this action.")


def illegal(name: str, value: object) -> ApiError:
    return ApiError(f"IllegalParam.{name}", f"The value {value!r} of {name} is not allowed.")


def forbidden(action: str, resource: str) -> ApiError:
    return ApiError(
        "NoPermission" if action.startswith("ram:") else "Forbidden.RAM",
        f"The caller has no right to {action} on {resource}.",
        403,
        AccessDeniedDetail={"AuthAction": action, "NoPermissionType": "ImplicitDeny"},
    )


def task_conflict() -> ApiError:
    return ApiError("TaskConflict", "Another task of this VPC is not finished yet; wait a moment and try again.")


def dry_run() -> ApiError:
    return ApiError("DryRunOperation", "The request is valid, and was not carried out because DryRun is set.")
