/* SPDX-License-Identifier: Apache-2.0 */
/* What a container shall be: a builder for C, and JSON with the field names of Podman's SpecGenerator.
 *
 * libctr-spec(7) lists every field with type and default. Names match regardless of ASCII case, null means absent, an
 * unknown field is CTR_ERR_UNSUPPORTED_OPTION with its path and the nearest name. All text is UTF-8, paths too, since
 * config.json is JSON: other bytes are CTR_ERR_INVALID_ARG. A setter checks the form of its
 * value only; what depends on the machine or on other fields is checked by ctr_container_create(), which copies the
 * spec: it may be changed, used again or released afterwards. */
#ifndef LIBCTR_SPEC_H
#define LIBCTR_SPEC_H

#include <libctr/types.h>
#include <libctr/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_spec ctr_spec_t;

/**
 * ctr_spec_new - makes an empty spec
 * @ret: the spec, for ctr_spec_unref()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG when ret is NULL, CTR_ERR_NO_MEMORY; nothing is made
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_new(ctr_spec_t **ret, ctr_error_t **err);

/**
 * ctr_spec_from_json - makes a spec from JSON text
 * @text: one JSON object; strict JSON, at most 32 levels deep and 16 MiB long; borrowed for the call
 * @len: bytes of text, or CTR_STRLEN
 * @ret: the spec, for ctr_spec_unref()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (malformed, no object, wrong type; the message has the place),
 * CTR_ERR_UNSUPPORTED_OPTION (a field this build does not know or not support; detail "path"), CTR_ERR_NO_MEMORY;
 * nothing is made
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_from_json(const char *text, size_t len, ctr_spec_t **ret, ctr_error_t **err);

/**
 * ctr_spec_to_json - the spec as JSON that ctr_spec_from_json() takes
 * @spec: the spec
 * @ret_json: one JSON object for ctr_free(), only fields that were set
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_to_json(const ctr_spec_t *spec, char **ret_json, ctr_error_t **err);

/**
 * ctr_spec_ref - takes a reference
 * @spec: the spec, may be NULL
 *
 * Returns: spec
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_spec_t *ctr_spec_ref(ctr_spec_t *spec);

/**
 * ctr_spec_unref - gives a reference back; with the last one the spec goes
 * @spec: (taken) the spec, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_spec_t *ctr_spec_unref(ctr_spec_t *spec);

/**
 * ctr_spec_set_json - sets one field from JSON text: the way to every field without a setter of its own
 * @spec: the spec
 * @field: a top-level name of libctr-spec(7), such as "resource_limits"
 * @text: the value as JSON; "null" takes the field away; borrowed for the call
 * @len: bytes of text, or CTR_STRLEN
 * @err: error, may be NULL
 *
 * Replaces what the field held before.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (malformed, wrong type), CTR_ERR_UNSUPPORTED_OPTION (unknown or not supported field,
 * also inside the value; detail "path"), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_json(ctr_spec_t *spec, const char *field, const char *text, size_t len, ctr_error_t **err);

/**
 * ctr_spec_set_name - sets the name (field name)
 * @spec: the spec
 * @name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, one leading "/" is dropped first; copied
 * @err: error, may be NULL
 *
 * Without a name create makes one up.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, not of that form), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_name(ctr_spec_t *spec, const char *name, ctr_error_t **err);

/**
 * ctr_spec_set_rootfs - sets the root file system (field rootfs)
 * @spec: the spec
 * @path: absolute path of a directory, copied
 * @err: error, may be NULL
 *
 * The directory is used as it is; see rootfs_overlay and read_only_filesystem in libctr-spec(7).
 * Whether it is there is checked by create.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, relative), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_rootfs(ctr_spec_t *spec, const char *path, ctr_error_t **err);

/**
 * ctr_spec_set_hostname - sets the host name (field hostname)
 * @spec: the spec
 * @hostname: at most 64 bytes, copied
 * @err: error, may be NULL
 *
 * Needs a private UTS namespace, which is the default. Without it: the first 12 digits of the id.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, too long), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_hostname(ctr_spec_t *spec, const char *hostname, ctr_error_t **err);

/**
 * ctr_spec_set_user - sets who the command runs as (field user)
 * @spec: the spec
 * @user: "name|uid[:group|gid]", looked up inside the root file system; copied
 * @err: error, may be NULL
 *
 * Without it: uid 0, gid 0.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_user(ctr_spec_t *spec, const char *user, ctr_error_t **err);

/**
 * ctr_spec_set_workdir - sets the directory the command starts in (field work_dir)
 * @spec: the spec
 * @path: absolute path inside the container, copied
 * @err: error, may be NULL
 *
 * Without it: /.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, relative), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_workdir(ctr_spec_t *spec, const char *path, ctr_error_t **err);

/**
 * ctr_spec_set_stop_signal - sets the signal that asks the container to end (field stop_signal)
 * @spec: the spec
 * @signal: number of a signal, 1 to 64
 * @err: error, may be NULL
 *
 * Without it: SIGTERM.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, out of range), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_stop_signal(ctr_spec_t *spec, int signal, ctr_error_t **err);

/**
 * ctr_spec_set_stop_timeout - sets how long a stop waits before SIGKILL (field stop_timeout)
 * @spec: the spec
 * @seconds: seconds; 0 = SIGKILL at once
 * @err: error, may be NULL
 *
 * Without it: the engine's default_stop_timeout_s.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_stop_timeout(ctr_spec_t *spec, uint32_t seconds, ctr_error_t **err);

/**
 * ctr_spec_set_read_only - makes the root file system read-only (field read_only_filesystem)
 * @spec: the spec
 * @on: 0 = writable (the default), otherwise read-only
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_read_only(ctr_spec_t *spec, int on, ctr_error_t **err);

/**
 * ctr_spec_set_privileged - takes the usual restrictions away (field privileged)
 * @spec: the spec
 * @on: 0 = restricted (the default), otherwise privileged
 * @err: error, may be NULL
 *
 * All capabilities, no seccomp filter, no masked or read-only paths: the container can do to the machine what root can.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_privileged(ctr_spec_t *spec, int on, ctr_error_t **err);

/**
 * ctr_spec_set_command - sets the command (field command)
 * @spec: the spec
 * @argv: ends with a NULL pointer; array and texts copied
 * @err: error, may be NULL
 *
 * What runs is entrypoint followed by command; together they must not be empty.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_command(ctr_spec_t *spec, const char *const *argv, ctr_error_t **err);

/**
 * ctr_spec_set_entrypoint - sets what precedes the command (field entrypoint)
 * @spec: the spec
 * @argv: ends with a NULL pointer; array and texts copied
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_entrypoint(ctr_spec_t *spec, const char *const *argv, ctr_error_t **err);

/**
 * ctr_spec_set_env - sets one environment variable (field env)
 * @spec: the spec
 * @key: not empty, without "=", copied
 * @value: copied
 * @err: error, may be NULL
 *
 * Replaces the key's earlier value. The environment of the caller is never passed on.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, bad key), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_env(ctr_spec_t *spec, const char *key, const char *value, ctr_error_t **err);

/**
 * ctr_spec_set_label - sets one label (field labels)
 * @spec: the spec
 * @key: not empty, copied
 * @value: copied
 * @err: error, may be NULL
 *
 * Labels are for the caller: libctr lists and filters by them.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, empty key), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_label(ctr_spec_t *spec, const char *key, const char *value, ctr_error_t **err);

/**
 * ctr_spec_set_annotation - sets one annotation (field annotations)
 * @spec: the spec
 * @key: not empty, copied
 * @value: copied
 * @err: error, may be NULL
 *
 * Annotations go into config.json, for the runtime.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, empty key), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_annotation(ctr_spec_t *spec, const char *key, const char *value, ctr_error_t **err);

/**
 * ctr_spec_set_sysctl - sets one kernel parameter of the container (field sysctl)
 * @spec: the spec
 * @key: such as "net.ipv4.ip_forward", copied
 * @value: copied
 * @err: error, may be NULL
 *
 * Create refuses parameters that are not confined to a namespace the container has for itself.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, empty key), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_set_sysctl(ctr_spec_t *spec, const char *key, const char *value, ctr_error_t **err);

/**
 * ctr_spec_add_mount - adds one mount (field mounts)
 * @spec: the spec
 * @type: "bind", "tmpfs", "proc", "sysfs", "mqueue" or "devpts", copied
 * @source: absolute path for bind; NULL for types without one; copied
 * @destination: absolute path inside the container, copied
 * @options_comma: mount options separated by commas, such as "ro,nosuid"; NULL for none; copied
 * @err: error, may be NULL
 *
 * Takes the place of the default mount on the same destination, if there is one.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, unknown type, relative path), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_add_mount(ctr_spec_t *spec, const char *type, const char *source, const char *destination,
			       const char *options_comma, ctr_error_t **err);

/**
 * ctr_spec_add_cap - adds a capability to the default set (field cap_add)
 * @spec: the spec
 * @cap: name with or without CAP_ in any case, or "ALL"; copied
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, no such capability), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_add_cap(ctr_spec_t *spec, const char *cap, ctr_error_t **err);

/**
 * ctr_spec_drop_cap - takes a capability out of the default set (field cap_drop)
 * @spec: the spec
 * @cap: name with or without CAP_ in any case, or "ALL"; copied
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, no such capability), CTR_ERR_NO_MEMORY; the spec is unchanged
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_spec_drop_cap(ctr_spec_t *spec, const char *cap, ctr_error_t **err);

#ifdef __cplusplus
}
#endif

#endif
