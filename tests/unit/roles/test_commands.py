# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No command waits for input: without pipelining what it inherits is a terminal at which nobody sits.

``stdin`` that is empty counts for ansible as none.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.unit.roles.task_files import COMMANDS, Task, list_tasks

RUNS = [task for task in list_tasks() if task.options(*COMMANDS) is not None]

EXPRESSION = re.compile(r"{{.*?}}", re.DOTALL)
KEY_OF_OPENSSL = re.compile(r"openssl pkey|openssl [^\n]*(?<!-)-key(?:file)? ")
READS = re.compile(r"/dev/stdin|\$\(cat\)|\bread -r\b")


def can_be_empty(text: str) -> bool:
    return not EXPRESSION.sub("", text)


def command_text(task: Task) -> str:
    options = task.options(*COMMANDS)
    return json.dumps([options.get("argv"), options.get("cmd")] if isinstance(options, dict) else options)


def shell_lines() -> t.Iterator[tuple[Task, str]]:
    """Yield what is given to a shell to run, where the task has its words."""
    for task in RUNS:
        argv = task.options(*COMMANDS)["argv"]
        if isinstance(argv, list) and argv[:2] == ["sh", "-c"]:
            yield task, argv[2]
        for text in re.findall(r"'sh', '-c', (.*?), 'sh'", argv) if isinstance(argv, str) else ():
            yield task, f"{{{{ {text} }}}}"


def stdin(task: Task) -> str:
    options = task.options(*COMMANDS)
    return str(options.get("stdin", "")) if isinstance(options, dict) else ""


def test_there_are_commands() -> None:
    assert len(RUNS) > 10


def test_what_a_command_reads_is_never_empty() -> None:
    assert [task.place for task in RUNS if stdin(task) and can_be_empty(stdin(task))] == []


def test_a_command_that_reads_is_given_something() -> None:
    assert [task.place for task in RUNS if READS.search(command_text(task)) and not stdin(task)] == []


def test_no_value_is_a_part_of_a_shell_line() -> None:
    """What a host said reaches a shell as an argument, if at all."""
    assert [task.place for task in list_tasks() if task.options("shell", "raw") is not None] == []
    assert [(task.place, text) for task, text in shell_lines() if EXPRESSION.search(text)] == []


def test_no_script_is_sent_to_a_host() -> None:
    """It would be run by whatever python3 or sh the host has; a module of ours is run by the interpreter that the inventory gives."""
    assert [task.place for task in list_tasks() if task.options("script") is not None] == []
    assert [path for path in PROJECT.glob("roles/*/files/*") if path.suffix in (".sh", ".py")] == []


def test_no_task_gives_openssl_a_key_for_whose_passphrase_it_would_ask() -> None:
    """Modules do (tests/unit/plugins/module_utils/_etcd/pki/test_openssl.py)."""
    texts = [command_text(task) for task in RUNS]
    assert [text for text in texts if KEY_OF_OPENSSL.search(text)] == []
    assert KEY_OF_OPENSSL.search("openssl req -new -key server.key -subj /CN=n1")
