#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a container on a directory with a root file system: hello.py ROOTFS COMMAND [ARG…]

The container writes to this program's own descriptors; its exit code becomes ours. As root, or with CTR_RUNTIME=null as anybody
(that runtime runs no process: the container ends when its annotation says so). CTR_ROOT and CTR_RUN_ROOT choose the store.
"""
import os
import sys
from ctypes import byref, c_int32

import libctr as ctr


def open_engine():
    """An engine on the store that the environment names, else the default one."""
    wanted = {"root": "CTR_ROOT", "run_root": "CTR_RUN_ROOT", "runtime": "CTR_RUNTIME", "storage": "CTR_STORAGE"}
    fields = {field: os.environ[name] for field, name in wanted.items() if name in os.environ}
    opts = ctr.options(ctr.ctr_engine_opts, **fields)
    return ctr.out(ctr.ctr_engine_t, ctr.ctr_engine_open, byref(opts), None)


def make_spec(rootfs, command):
    spec = ctr.out(ctr.ctr_spec_t, ctr.ctr_spec_new)
    ctr.call(ctr.ctr_spec_set_rootfs, spec, os.path.abspath(rootfs).encode())
    ctr.call(ctr.ctr_spec_set_command, spec, ctr.argv(command))
    if os.environ.get("CTR_RUNTIME") == "null":
        ctr.call(ctr.ctr_spec_set_annotation, spec, b"libctr.null.exit", b"0")
    return spec


def run(container):
    """Starts the container on our descriptors and answers its exit code."""
    stdio = ctr.options(ctr.ctr_start_opts, use_stdio=1, stdin_fd=0, stdout_fd=1, stderr_fd=2)
    ctr.call(ctr.ctr_container_start, container, byref(stdio), None)
    op = ctr.out(ctr.ctr_op_t, ctr.ctr_op_new)
    ctr.ctr_op_set_timeout_ns(op, ctr.CTR_FOREVER)
    ctr.ctr_op_set_interruptible(op, 1)  # so that Ctrl-C gets through
    try:
        return ctr.out(c_int32, ctr.ctr_container_wait, container, None, op).value
    finally:
        ctr.ctr_op_unref(op)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: hello.py ROOTFS COMMAND [ARG...]")
    engine = open_engine()
    spec = make_spec(sys.argv[1], sys.argv[2:])
    container = ctr.out(ctr.ctr_container_t, ctr.ctr_container_create, engine, spec, None)
    try:
        code = run(container)
    finally:
        force = ctr.options(ctr.ctr_remove_opts, force=1)
        ctr.call(ctr.ctr_container_remove, container, byref(force), None)
        ctr.ctr_container_unref(container)
        ctr.ctr_spec_unref(spec)
        ctr.ctr_engine_unref(engine)
    print("exit code", code, file=sys.stderr)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ctr.CtrError as e:
        sys.exit("hello.py: " + str(e))
