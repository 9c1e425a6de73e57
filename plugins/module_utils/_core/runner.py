# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The one place that knows check mode, diff mode and fail_json."""

from __future__ import annotations

import typing as t

from .errors import CollectionError, LostRace
from .text import LONGEST_MESSAGE, show, show_data

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .plan import Outcome, PlanT, Resource

ATTEMPTS = 5
# Of one text in a diff, such as a value in etcd: 1.5 MB are not for reading.
_LONGEST_DIFF = 100_000


def converge(resource: Resource[PlanT], *, check_mode: bool) -> Outcome:
    """Plan and apply; after a lost race read and plan again, at most ATTEMPTS times in all."""
    lost: LostRace | None = None
    for _attempt in range(ATTEMPTS):
        plan = resource.plan()
        if check_mode or not plan.changes:
            return plan.predict()
        try:
            return resource.apply(plan)
        except LostRace as exc:
            lost = exc
    raise CollectionError(
        f"{lost} This happened {ATTEMPTS} times in a row: another writer keeps changing the same data. Stop it, or run again.",
        **(lost.details if lost else {}),
    )


def run(module: AnsibleModule, make_resource: t.Callable[[AnsibleModule], Resource[PlanT]]) -> None:
    """Converge the resource and leave the module with the result."""
    try:
        outcome = converge(make_resource(module), check_mode=module.check_mode)
    except CollectionError as exc:
        module.fail_json(msg=str(exc), **show_data(exc.details))
    result: dict[str, t.Any] = {"changed": outcome.changed, **outcome.returns}
    if "warnings" in result:
        result["warnings"] = [show(text, LONGEST_MESSAGE) for text in result["warnings"]]
    if module._diff:
        # Ansible prints it as it is.
        result["diff"] = {"before": _show_diff(outcome.before), "after": _show_diff(outcome.after)}
    if outcome.problem:
        module.fail_json(msg=show(outcome.problem, LONGEST_MESSAGE), **result)
    module.exit_json(**result)


def _show_diff(data: t.Any) -> t.Any:
    return show_data(data, _LONGEST_DIFF, lines=True)


def run_info(module: AnsibleModule, read: t.Callable[[AnsibleModule], t.Mapping[str, t.Any]]) -> None:
    """Read and leave the module with what was read."""
    try:
        values = read(module)
    except CollectionError as exc:
        module.fail_json(msg=str(exc), **show_data(exc.details))
    module.exit_json(changed=False, **values)
