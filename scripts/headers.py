# SPDX-License-Identifier: Apache-2.0
"""Reads the public headers: functions with their comments, structs, constants. The gates and the Python generator build on it.

Understands the C that the rules for public headers allow, and no more: what it cannot read raises ValueError, so that
nothing is left out in silence.
"""
import os
import re

NAMES = ("types.h", "version.h", "error.h", "op.h", "engine.h", "spec.h", "container.h", "status.h", "artifact.h", "resources.h", "events.h", "log.h", "pod.h", "libctr.h")


class Function:
    """One CTR_API declaration: ret and the types in params are C type texts, comment is the text before it."""

    def __init__(self, name, ret, params, comment, header):
        self.name, self.ret, self.params, self.comment, self.header = name, ret, params, comment, header


class Headers:
    def __init__(self):
        self.functions = []   # of Function, in order
        self.callbacks = {}   # name -> (ret, [type, ...])
        self.structs = {}     # name -> [(type, field)]
        self.opaque = []      # "struct X" names behind X_t
        self.aliases = {}     # ctr_state_t -> int32_t
        self.constants = {}   # name -> int or str
        self.includes = {}    # header -> [included]
        self.wait_state = False

    def function_names(self):
        return sorted(f.name for f in self.functions)


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def split_type(decl):
    """'const char *name' -> ('const char *', 'name')"""
    decl = " ".join(decl.split())
    m = re.match(r"(.*?)([A-Za-z_]\w*)$", decl)
    if not m or not m.group(1).strip():
        raise ValueError("cannot read declaration: " + decl)
    return re.sub(r"\s*\*\s*", " *", m.group(1)).replace("* *", "**").strip(), m.group(2)


def split_params(text):
    text = text.strip()
    if text in ("", "void"):
        return []
    return [split_type(p) for p in text.split(",")]


def number(expr, known):
    expr = expr.strip()
    named = {"UINT64_MAX": 2**64 - 1, "SIZE_MAX": 2**64 - 1, "UINT32_MAX": 2**32 - 1}
    if expr in named:
        return named[expr]
    if re.fullmatch(r'"[^"]*"', expr):
        return expr[1:-1]
    expr = re.sub(r"UINT64_C\((\w+)\)", r"\1", expr)
    if not re.fullmatch(r"[-()\d<x \t]+", expr):
        raise ValueError("cannot read constant: " + expr)
    return eval(expr, {"__builtins__": {}})


def parse_defines(h, text):
    for m in re.finditer(r"^#define[ \t]+(CTR_\w+)(\(s\))?[ \t]+(.*)$", text, flags=re.M):
        name, args, value = m.groups()
        if name == "CTR_API":
            continue
        if args:
            if name != "CTR_WAIT_STATE":
                raise ValueError("unknown function-like macro " + name)
            h.wait_state = True
            continue
        h.constants[name] = number(value, h.constants)


def parse_statement(h, stmt, comment, header):
    stmt = " ".join(stmt.split())
    m = re.fullmatch(r"typedef struct (ctr_\w+) (ctr_\w+_t)", stmt)
    if m:
        h.opaque.append(m.group(1))
        return
    m = re.fullmatch(r"typedef (\w+) (ctr_\w+_t)", stmt)
    if m:
        h.aliases[m.group(2)] = m.group(1)
        return
    m = re.fullmatch(r"typedef (\w+) \(\*(ctr_\w+)\)\((.*)\)", stmt)
    if m:
        h.callbacks[m.group(2)] = (m.group(1), [t for t, _ in split_params(m.group(3))])
        return
    m = re.fullmatch(r"enum \{(.*)\}", stmt)
    if m:
        for item in filter(None, (i.strip() for i in m.group(1).split(","))):
            name, value = item.split("=")
            h.constants[name.strip()] = number(value, h.constants)
        return
    m = re.fullmatch(r"struct (ctr_\w+) \{(.*)\}", stmt)
    if m:
        h.structs[m.group(1)] = [split_type(f) for f in m.group(2).split(";") if f.strip()]
        return
    m = re.fullmatch(r"CTR_API (.*?)(ctr_\w+)\((.*)\)", stmt)
    if m:
        ret = re.sub(r"\s*\*\s*", " *", m.group(1)).strip()
        h.functions.append(Function(m.group(2), ret, split_params(m.group(3)), comment, header))
        return
    raise ValueError("%s: cannot read: %s" % (header, stmt))


def parse_text(h, header, text):
    h.includes[header] = re.findall(r"^#include\s+(\S+)", text, flags=re.M)
    parse_defines(h, strip_comments(text).replace("\\\n", " "))
    text = re.sub(r"^#ifdef __cplusplus\n.*?^#endif\n", "", text, flags=re.M | re.S)
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)
    pos, comment, stmt, depth = 0, "", "", 0
    for m in re.finditer(r"/\*.*?\*/|[{};]|[^{};/]+|/", text, flags=re.S):
        tok = m.group(0)
        if tok.startswith("/*"):
            if not stmt.strip():
                comment = tok
            continue
        if tok == ";" and depth == 0:
            parse_statement(h, stmt, comment, header)
            stmt = comment = ""
            continue
        depth += (tok == "{") - (tok == "}")
        stmt += tok
        pos = m.end()
    if stmt.strip():
        raise ValueError("%s ends inside: %s" % (header, stmt))


def paths(srcdir, builddir):
    """header name -> path; version.h is made by configure."""
    found = {}
    for name in NAMES:
        for top in (srcdir, builddir):
            path = os.path.join(top, "include", "libctr", name)
            if os.path.exists(path):
                found[name] = path
                break
        else:
            raise FileNotFoundError("include/libctr/%s in neither %s nor %s" % (name, srcdir, builddir))
    listed = {f for f in os.listdir(os.path.join(srcdir, "include", "libctr")) if f.endswith(".h")}
    if listed - set(NAMES):
        raise ValueError("headers.py does not know: " + " ".join(sorted(listed - set(NAMES))))
    return found


def load(srcdir, builddir):
    h = Headers()
    for name, path in paths(srcdir, builddir).items():
        with open(path, encoding="utf-8") as f:
            parse_text(h, name, f.read())
    return h
