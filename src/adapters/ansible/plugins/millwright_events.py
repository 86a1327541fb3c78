"""Tells what a playbook does, one JSON object a line on standard output: Millwright reads nothing else."""

import json
import sys

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: millwright_events
type: stdout
short_description: one JSON object a line for each task that ended
description: What Millwright turns into receipts.
"""

LONGEST = 4000


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "millwright_events"

    def _say(self, event, **more):
        sys.stdout.write(json.dumps({"millwright": event, **more}, default=str) + "\n")
        sys.stdout.flush()

    def _task(self, state, result, message=None):
        """Loops and delegation end as one result of their task."""
        data = result._result
        self._say(
            "task",
            state=state,
            task=result._task.get_name().strip() or result._task.action,
            action=result._task.action,
            at=result._task.get_path() or "",
            message=clip(message if message is not None else message_of(data)),
            rc=data.get("rc") if isinstance(data.get("rc"), int) else None,
            output=clip(output_of(data)) if state in ("failed", "unreachable") else "",
        )

    def v2_playbook_on_start(self, playbook):
        self._say("start")

    def v2_playbook_on_play_start(self, play):
        self._say("play", play=play.get_name().strip())

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._say("begin", task=task.get_name().strip() or task.action, at=task.get_path() or "")

    v2_playbook_on_handler_task_start = lambda self, task: self.v2_playbook_on_task_start(task, False)

    def v2_playbook_on_no_hosts_matched(self):
        self._say("nobody")

    def v2_runner_on_ok(self, result):
        self._task("changed" if result._result.get("changed") else "ok", result, "")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._task("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result):
        self._task("skipped", result, str(result._result.get("skip_reason", "")))

    def v2_runner_on_unreachable(self, result):
        self._task("unreachable", result)

    def v2_on_file_diff(self, result):
        data = result._result
        diffs = [item.get("diff") for item in data["results"]] if data.get("results") else [data.get("diff")]
        for diff in diffs:
            if diff:
                self._say("diff", task=result._task.get_name().strip(), diff=clip(self._get_diff(diff)))

    def v2_playbook_on_stats(self, stats):
        totals = {"ok": 0, "changed": 0, "failures": 0, "unreachable": 0, "skipped": 0, "rescued": 0, "ignored": 0}
        for host in stats.processed:
            for name, number in stats.summarize(host).items():
                totals[name] = totals.get(name, 0) + number
        self._say("end", **totals)


def clip(text):
    text = str(text)
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + "\n...\n" + text[-LONGEST // 2 :]


def failed_item(data):
    """The first item of a loop that failed says more than "One or more items failed"."""
    for item in data.get("results") or []:
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            return item
    return data


def message_of(data):
    item = failed_item(data)
    return item.get("msg") or item.get("reason") or item.get("stderr") or data.get("msg") or ""


def output_of(data):
    item = failed_item(data)
    parts = [item.get(name) for name in ("stdout", "stderr", "module_stdout", "module_stderr", "exception")]
    return "\n".join(str(part).strip() for part in parts if part and isinstance(part, str))
