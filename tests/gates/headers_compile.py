#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each public header alone and twice, by gcc and clang, as C11, C17 and C++17, with every warning an error; and only the
includes and types that the rules allow. Headers that break a rule on purpose must be refused."""
import glob
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402
from gatelib import headers  # noqa: E402

FLAGS = ["-pedantic-errors", "-Wall", "-Wextra", "-Wpadded", "-Werror", "-fsyntax-only"]
STANDARDS = (("c", "c11"), ("c", "c17"), ("c++", "c++17"))
ALLOWED = {"<stddef.h>", "<stdint.h>", "<sys/types.h>"}
FORBIDDEN = (
    (r"\b(bool|_Bool|FILE|va_list|long|time_t|off_t|wchar_t)\b", "type"),
    (r"\b(inline|__inline|__inline__)\b", "inline function"),
    (r"^[ \t]+\w+[ \t]+\w+[ \t]*:[ \t]*\d+[ \t]*;", "bit-field"),
    (r"config\.h|json_object|sqlite3", "inside name"),
)


def rules(name, text):
    """What the text alone tells."""
    found = []
    for inc in re.findall(r"^#include\s+(\S+)", text, flags=re.M):
        if inc not in ALLOWED and not re.fullmatch(r"<libctr/(backend/)?\w+\.h>", inc):
            found.append("%s includes %s" % (name, inc))
    code = re.sub(r'"[^"]*"', '""', headers.strip_comments(text))
    for pattern, what in FORBIDDEN:
        for m in re.finditer(pattern, code, flags=re.M):
            found.append("%s: forbidden %s: %s" % (name, what, m.group(0).strip()))
    return found


def struct_names(text):
    return re.findall(r"^struct (ctr_\w+) \{", headers.strip_comments(text), flags=re.M)


def compile_all(units, include_first, pairs):
    """units: {name: source}. Returns findings."""
    found = []
    with tempfile.TemporaryDirectory() as tmp:
        for cc, cxx in pairs:
            for lang, std in STANDARDS:
                tool = cxx if lang == "c++" else cc
                for name, source in units.items():
                    path = os.path.join(tmp, "unit.c" if lang == "c" else "unit.cc")
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(source)
                    r = gatelib.run([tool, "-std=" + std] + FLAGS + include_first + gatelib.include_flags() + [path])
                    if r.returncode != 0:
                        found.append("%s with %s -std=%s:\n%s" % (name, tool, std, r.stdout))
    return found


def unit(header, structs, times):
    text = "#include <libctr/%s>\n" % header * times
    for s in structs:
        text += "extern unsigned char ctr_size_of_%s[sizeof(struct %s)];\n" % (s, s)
    return text + "extern int ctr_not_empty;\n"


MUTANTS = (
    ("a hole", "struct ctr_bad_opts {\n\tsize_t size;\n\tint32_t a;\n\tsize_t b;\n};\n"),
    ("a hole at the end", "struct ctr_bad_opts {\n\tsize_t size;\n\tint32_t a;\n};\n"),
    ("a type of nobody", "CTR_API int ctr_bad_call(ctr_nobody_t *n);\n"),
    ("a designator C++ has not", "static const struct ctr_stop_opts ctr_bad = { .timeout_set = 1, .size = 1 };\n"),
    ("a long", "CTR_API long ctr_bad_call(void);\n"),
    ("a bool", "#include <stdbool.h>\nCTR_API bool ctr_bad_call(void);\n"),
    ("a bit-field", "struct ctr_bad_opts {\n\tuint32_t a : 3;\n\tuint32_t b : 29;\n};\n"),
    ("an inline function", "static inline int ctr_bad_call(void)\n{\n\treturn 0;\n}\n"),
)


def refused(text, pairs, tmp):
    """Whether the rules or any compiler refuse container.h with text in it."""
    if rules("mutant", text):
        return True
    os.makedirs(os.path.join(tmp, "libctr"), exist_ok=True)
    with open(os.path.join(tmp, "libctr", "container.h"), "w", encoding="utf-8") as f:
        f.write(text)
    return bool(compile_all({"mutant": unit("container.h", struct_names(text), 1)}, ["-I" + tmp], pairs))


def main():
    gate = gatelib.Gate("headers_compile")
    pairs = gatelib.compilers()
    if not pairs:
        gate.fail("no gcc with g++ in PATH")
        gate.finish()
    units = {}
    every = dict(headers.paths(gatelib.SRC, gatelib.BUILD))
    for path in glob.glob(os.path.join(gatelib.SRC, "include", "libctr", "backend", "*.h")):
        every["backend/" + os.path.basename(path)] = path
    for name, path in every.items():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for finding in rules(name, text):
            gate.fail(finding)
        units[name] = unit(name, struct_names(text), 1)
        units[name + " twice"] = unit(name, struct_names(text), 2)
    for finding in compile_all(units, [], pairs):
        gate.fail(finding)
    with open(headers.paths(gatelib.SRC, gatelib.BUILD)["container.h"], encoding="utf-8") as f:
        good = f.read()
    place = good.rindex("#ifdef __cplusplus")
    for what, text in MUTANTS:
        with tempfile.TemporaryDirectory() as tmp:
            if not refused(good[:place] + text + good[place:], pairs, tmp):
                gate.fail("a header with %s passes: this gate is blind" % what)
    gate.note("%d units with %s" % (len(units) * len(pairs) * len(STANDARDS), " ".join(p[0] for p in pairs)))
    gate.finish()


main()
