"""Runs a program and everything it starts, and outlives none of it: `supervise.py GRACE PROGRAM ...`.

It ends the whole tree (TERM, after GRACE seconds KILL) when its standard input ends, which is when whoever started it
dies or asks for it, when it gets a TERM itself, and when the program has ended. Workers of Ansible lead sessions of
their own, so that no signal to a process group finds them: this process is the one that orphans below it fall to.
"""

import ctypes
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
prctl = ctypes.CDLL(None, use_errno=True).prctl


def descendants():
    """Process ids of the tree below this process."""
    children = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] != b"Z":
            children.setdefault(int(fields[1]), []).append(int(name))
    found, queue = [], [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def tell(number):
    for pid in descendants():
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def reap():
    """Exit statuses of what ended, by process id."""
    ended = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def end_all(grace):
    tell(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while descendants() and time.monotonic() < deadline:
        reap()
        time.sleep(0.05)
    while descendants():
        tell(signal.SIGKILL)
        reap()
        time.sleep(0.05)
    reap()


def start(argv):
    # A process that was there before the fork can't be missed by the check after it.
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.execv(argv[0], argv)
        except OSError as error:
            print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        os._exit(127)
    return pid


def main():
    grace = float(sys.argv[1])
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.append(1))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = start(sys.argv[2:])
    code = None
    while code is None and not asked:
        code = reap().get(child)
        if code is not None:
            break
        ready, _, _ = select.select([0, wakes], [], [])
        if wakes in ready:
            os.read(wakes, 4096)
        if 0 in ready and not os.read(0, 4096):
            asked.append(1)
    end_all(0 if code is not None else grace)
    sys.exit(143 if code is None else code if code >= 0 else 128 - code)


main()
