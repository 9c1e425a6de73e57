# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM 2015-05-01: custom policies and users. A user's key signs calls, and allows what the user's policies allow.

Error codes and limits are those of the RAM API's own list of errors.
"""

from __future__ import annotations

import json
import secrets
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RamPolicy, RamUser
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.moments import wall_time

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

Reply = t.Dict[str, t.Any]
MAX_VERSIONS = 5
MAX_KEYS = 2
MAX_DOCUMENT = 6144
ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
SYSTEM_POLICIES = {
    "AdministratorAccess": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    "AliyunVPCReadOnlyAccess": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"}]},
}


def resources(request: ApiRequest) -> t.Iterable[str]:
    """Return what a call needs a right to: the policy and the user that it names."""
    named = (("policy", "PolicyName"), ("user", "UserName"))
    return [f"{kind}/{request.get(parameter)}" for kind, parameter in named if request.get(parameter)] or ["*"]


def _absent(what: str) -> ApiError:
    return ApiError(f"EntityNotExist.{what}", "It does not exist.", 404)


def _present(what: str) -> ApiError:
    return ApiError(f"EntityAlreadyExists.{what}", "It exists already.", 409)


def _conflict(what: str) -> ApiError:
    return ApiError(f"DeleteConflict.{what}", "It must be without that before it is deleted.", 409)


def _exceeded(what: str) -> ApiError:
    return ApiError(f"LimitExceeded.{what}", "There are as many as possible.", 409)


def _policy(request: ApiRequest) -> RamPolicy:
    policy = request.state.policies.get(request.require("PolicyName"))
    if policy is None:
        raise _absent("Policy")
    return policy


def _user(request: ApiRequest) -> RamUser:
    user = request.state.users.get(request.require("UserName"))
    if user is None:
        raise _absent("User")
    return user


def _attachment(request: ApiRequest) -> tuple[str, str]:
    """Return type and name of the policy that is to be attached."""
    kind, name = request.require("PolicyType"), request.require("PolicyName")
    if kind not in ("System", "Custom"):
        raise ApiError("InvalidParameter.PolicyType", "It is System or Custom.")
    if name not in (SYSTEM_POLICIES if kind == "System" else request.state.policies):
        raise _absent("Policy")
    return kind, name


def _document(request: ApiRequest) -> str:
    text = request.require("PolicyDocument")
    if len(text.encode()) > MAX_DOCUMENT:
        raise ApiError("InvalidParameter.PolicyDocument.Length", "The document is too long.")
    try:
        document = json.loads(text)
        complete = document["Version"] == "1" and all(s["Effect"] in ("Allow", "Deny") and s["Action"] for s in document["Statement"])
    except (ValueError, KeyError, TypeError):
        complete = False
    if not complete:
        raise ApiError("MalformedPolicyDocument", "The document is no policy.")
    return text


def _update_rights(state: CloudState) -> None:
    """Let every key of a user allow what the user's policies say now."""
    for user in state.users.values():
        attached = [_attached_document(state, kind, name) for kind, name in user.policies]
        policy = {"Version": "1", "Statement": [statement for document in attached for statement in document["Statement"]]}
        for key in user.keys:
            state.accounts[key].policy = policy


def _attached_document(state: CloudState, kind: str, name: str) -> t.Any:
    return SYSTEM_POLICIES[name] if kind == "System" else json.loads(state.policies[name].versions[state.policies[name].default])


def create_policy(request: ApiRequest) -> Reply:
    name, document = request.require("PolicyName"), _document(request)
    if name in request.state.policies:
        raise _present("Policy")
    request.state.policies[name] = RamPolicy(name, request.get("Description") or "", {1: document})
    return {"Policy": _policy_fields(request.state.policies[name])}


def get_policy(request: ApiRequest) -> Reply:
    policy = _policy(request)
    return {"Policy": _policy_fields(policy), "DefaultPolicyVersion": _version(policy, policy.default)}


def _policy_fields(policy: RamPolicy) -> Reply:
    return {
        "PolicyName": policy.name,
        "PolicyType": "Custom",
        "Description": policy.description,
        "DefaultVersion": f"v{policy.default}",
    }


def _version(policy: RamPolicy, number: int) -> Reply:
    return {"VersionId": f"v{number}", "IsDefaultVersion": number == policy.default, "PolicyDocument": policy.versions[number]}


def update_policy_description(request: ApiRequest) -> Reply:
    policy = _policy(request)
    policy.description = request.require("NewDescription")
    return {"Policy": _policy_fields(policy)}


def create_policy_version(request: ApiRequest) -> Reply:
    policy, document = _policy(request), _document(request)
    if len(policy.versions) == MAX_VERSIONS:
        if request.get("RotateStrategy") != ROTATE:
            raise _exceeded("Policy.Version")
        del policy.versions[min(number for number in policy.versions if number != policy.default)]
    policy.last += 1
    policy.versions[policy.last] = document
    if request.flag("SetAsDefault"):
        policy.default = policy.last
    _update_rights(request.state)
    return {"PolicyVersion": _version(policy, policy.last)}


def list_policy_versions(request: ApiRequest) -> Reply:
    policy = _policy(request)
    return {"PolicyVersions": {"PolicyVersion": [_version(policy, number) for number in policy.versions]}}


def delete_policy_version(request: ApiRequest) -> Reply:
    policy, version = _policy(request), request.require("VersionId")
    number = next((number for number in policy.versions if f"v{number}" == version), None)
    if number is None:
        raise _absent("Policy.Version")
    if number == policy.default:
        raise _conflict("Policy.Version.Default")
    del policy.versions[number]
    return {}


def delete_policy(request: ApiRequest) -> Reply:
    policy = _policy(request)
    if _holders(request.state, ("Custom", policy.name)):
        raise _conflict("Policy.User")
    if len(policy.versions) > 1:
        raise _conflict("Policy.Version")
    del request.state.policies[policy.name]
    return {}


def _holders(state: CloudState, attachment: tuple[str, str]) -> list[RamUser]:
    return [user for user in state.users.values() if attachment in user.policies]


def list_entities_for_policy(request: ApiRequest) -> Reply:
    holders = _holders(request.state, _attachment(request))
    return {
        "Users": {"User": [_user_fields(user) for user in holders]},
        "Groups": {"Group": []},
        "Roles": {"Role": []},
    }


def create_user(request: ApiRequest) -> Reply:
    name = request.require("UserName")
    if name in request.state.users:
        raise _present("User")
    user = request.state.users[name] = RamUser(name, request.get("DisplayName") or "", request.get("Comments") or "")
    return {"User": _user_fields(user)}


def get_user(request: ApiRequest) -> Reply:
    return {"User": _user_fields(_user(request))}


def _user_fields(user: RamUser) -> Reply:
    return {"UserName": user.name, "DisplayName": user.display_name, "Comments": user.comments}


def update_user(request: ApiRequest) -> Reply:
    """Change what is given; a display name can't be emptied."""
    user = _user(request)
    user.display_name = request.get("NewDisplayName") or user.display_name
    user.comments = request.params.get("NewComments", user.comments)
    return {"User": _user_fields(user)}


def delete_user(request: ApiRequest) -> Reply:
    user = _user(request)
    for held, what in ((user.groups, "Group"), (user.keys, "AccessKey"), (user.policies, "Policy")):
        if held:
            raise _conflict(f"User.{what}")
    del request.state.users[user.name]
    return {}


def list_groups_for_user(request: ApiRequest) -> Reply:
    return {"Groups": {"Group": [{"GroupName": name} for name in _user(request).groups]}}


def create_access_key(request: ApiRequest) -> Reply:
    user = _user(request)
    if len(user.keys) == MAX_KEYS:
        raise _exceeded("User.AccessKey")
    account = request.state.add_account(f"LTAI{secrets.token_hex(10)}", secrets.token_hex(15), {"Version": "1", "Statement": []})
    user.keys.append(account.access_key)
    _update_rights(request.state)
    return {"AccessKey": {**_key(account.access_key), "AccessKeySecret": account.secret_key}}


def list_access_keys(request: ApiRequest) -> Reply:
    return {"AccessKeys": {"AccessKey": [_key(key) for key in _user(request).keys]}}


def _key(access_key: str) -> Reply:
    return {"AccessKeyId": access_key, "Status": "Active", "CreateDate": wall_time(0.0)}


def delete_access_key(request: ApiRequest) -> Reply:
    user, key = _user(request), request.require("UserAccessKeyId")
    if key not in user.keys:
        raise _absent("User.AccessKey")
    user.keys.remove(key)
    del request.state.accounts[key]
    return {}


def attach_policy_to_user(request: ApiRequest) -> Reply:
    user, attachment = _user(request), _attachment(request)
    if attachment in user.policies:
        raise _present("User.Policy")
    user.policies.append(attachment)
    _update_rights(request.state)
    return {}


def detach_policy_from_user(request: ApiRequest) -> Reply:
    user, attachment = _user(request), _attachment(request)
    if attachment not in user.policies:
        raise _absent("User.Policy")
    user.policies.remove(attachment)
    _update_rights(request.state)
    return {}


def list_policies_for_user(request: ApiRequest) -> Reply:
    return {"Policies": {"Policy": [{"PolicyType": kind, "PolicyName": name} for kind, name in _user(request).policies]}}


ACTIONS: dict[str, t.Callable[[ApiRequest], Reply]] = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "UpdatePolicyDescription": update_policy_description,
    "CreatePolicyVersion": create_policy_version,
    "ListPolicyVersions": list_policy_versions,
    "DeletePolicyVersion": delete_policy_version,
    "DeletePolicy": delete_policy,
    "ListEntitiesForPolicy": list_entities_for_policy,
    "CreateUser": create_user,
    "GetUser": get_user,
    "UpdateUser": update_user,
    "DeleteUser": delete_user,
    "ListGroupsForUser": list_groups_for_user,
    "CreateAccessKey": create_access_key,
    "ListAccessKeys": list_access_keys,
    "DeleteAccessKey": delete_access_key,
    "AttachPolicyToUser": attach_policy_to_user,
    "DetachPolicyFromUser": detach_policy_from_user,
    "ListPoliciesForUser": list_policies_for_user,
}
