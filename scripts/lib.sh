# SPDX-License-Identifier: Apache-2.0
# What the scripts of this directory share. Sourced by bash.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# configure refuses paths with blanks and the like: there the clone is entered through a link with a plain name.
case $top in
*[!A-Za-z0-9_./+@%=:,-]*)
	link=${HOME:-/root}/.cache/libctr-$(printf %s "$top" | cksum | tr ' ' -)
	mkdir -p "${link%/*}" && ln -sfn "$top" "$link" && top=$link
	;;
esac
build=${CTR_BUILD_DIR:-$top/build}

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "needs root; run it as: sudo $0"; }

# Runs a step quietly; shows what it said only when it failed.
step() { # NAME COMMAND…
	local name=$1 log rc=0
	shift
	log=$(mktemp)
	say "$name"
	"$@" >"$log" 2>&1 || rc=$?
	if [ "$rc" != 0 ]; then
		tail -n 60 "$log" >&2
		cp "$log" "${TMPDIR:-/tmp}/libctr-failed.log" 2>/dev/null || true
		rm -f "$log"
		die "$name failed with status $rc (the last lines are above, all of them in ${TMPDIR:-/tmp}/libctr-failed.log)"
	fi
	rm -f "$log"
}

# configure arguments after --
configure_and_build() {
	mkdir -p "$build"
	if [ ! -x "$top/configure" ] || [ "$top/configure.ac" -nt "$top/configure" ]; then
		step "making configure" "$top/autogen.sh"
	fi
	if [ ! -f "$build/config.status" ]; then
		(cd "$build" && step "configuring" "$top/configure" "$@") || exit 1
	fi
	step "building" make -C "$build" -j"$(nproc)" || exit 1
}
