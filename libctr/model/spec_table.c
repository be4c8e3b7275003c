/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of Podman's SpecGenerator, in one table: what it holds, who checks it, whether it is built. */
#include "model/spec_table.h"

#define FIELDS(table) .sub = (table), .n_sub = ARRAY_SIZE(table)
#define STRING(n)                                                                                                      \
	{                                                                                                              \
		.name = (n), .check = spec_check_string                                                                \
	}
#define BOOL(n)                                                                                                        \
	{                                                                                                              \
		.name = (n), .check = spec_check_bool                                                                  \
	}
#define INT(n, lo, hi)                                                                                                 \
	{                                                                                                              \
		.name = (n), .check = spec_check_int, .min = (lo), .max = (hi)                                         \
	}
#define BYTES(n) INT(n, -1, INT64_MAX)
#define COUNT(n) INT(n, 0, INT64_MAX)
#define PATH(n)                                                                                                        \
	{                                                                                                              \
		.name = (n), .check = spec_check_path                                                                  \
	}
#define OF(n, fn)                                                                                                      \
	{                                                                                                              \
		.name = (n), .check = (fn)                                                                             \
	}
#define STRINGS(n)                                                                                                     \
	{                                                                                                              \
		.name = (n), .check = spec_check_list, FIELDS(a_string)                                                \
	}
#define STRING_MAP(n)                                                                                                  \
	{                                                                                                              \
		.name = (n), .check = spec_check_map, FIELDS(a_string)                                                 \
	}
#define LIST(n, element)                                                                                               \
	{                                                                                                              \
		.name = (n), .check = spec_check_list, FIELDS(element)                                                 \
	}
#define MAP(n, element)                                                                                                \
	{                                                                                                              \
		.name = (n), .check = spec_check_map, FIELDS(element)                                                  \
	}
#define OBJECT(n, table)                                                                                               \
	{                                                                                                              \
		.name = (n), .check = spec_check_object, FIELDS(table)                                                 \
	}
#define WORD(n, list)                                                                                                  \
	{                                                                                                              \
		.name = (n), .check = spec_check_word, .words = (list)                                                 \
	}
#define NS(n, list, not_yet)                                                                                           \
	{                                                                                                              \
		.name = (n), .check = spec_check_namespace, .words = (list), .later = (not_yet)                        \
	}
#define NOT_YET(n)                                                                                                     \
	{                                                                                                              \
		.name = (n), .when = SPEC_NOT_YET                                                                      \
	}
#define REFUSED(n)                                                                                                     \
	{                                                                                                              \
		.name = (n), .when = SPEC_REFUSED                                                                      \
	}

static const char *const ns_words[] = {"", "default", "private", "host", "path", "container", "pod", NULL};
static const char *const ipc_words[] = {"", "default", "private", "host", "path", "none", "shareable", "container", "pod", NULL};
static const char *const net_words[] = {"", "default", "private", "host", "path", "none", "container", "pod", NULL};
static const char *const net_later[] = {"bridge", "slirp4netns", "pasta", "ns", NULL};
static const char *const user_later[] = {"auto", "keep-id", "no-map", NULL};
static const char *const log_drivers[] = {"", "k8s-file", "json-file", "none", "passthrough", NULL};
static const char *const log_later[] = {"journald", "passthrough-tty", NULL};
static const char *const propagations[] = {"",	     "private", "rprivate",   "slave",	     "rslave",
					   "shared", "rshared", "unbindable", "runbindable", NULL};
static const char *const cgroup_modes[] = {"", "enabled", "disabled", "no-conmon", "split", NULL};
/* Podman's own list is "empty, default, image"; there and here the first two both mean the usual profile. */
static const char *const seccomp_policies[] = {"", "empty", "default", NULL};
static const char *const seccomp_later[] = {"image", NULL};
static const char *const restart_policies[] = {"", "no", "none", "always", "on-failure", "unless-stopped", NULL};
static const char *const init_types[] = {"", "always", "once", NULL};
static const char *const device_types[] = {"a", "b", "c", NULL};

static const struct spec_field a_string[] = {STRING("")};
static const struct spec_field a_path[] = {PATH("")};
static const struct spec_field a_cap[] = {OF("", spec_check_cap)};
static const struct spec_field a_group[] = {OF("", spec_check_group)};
static const struct spec_field an_unmask[] = {OF("", spec_check_unmask)};
static const struct spec_field a_sysctl[] = {OF("", spec_check_sysctl)};

static const struct spec_field mount_fields[] = {STRING("destination"), STRING("type"), STRING("source"),
						 STRINGS("options")};
static const struct spec_field a_mount[] = {{.name = "", .check = spec_check_mount, FIELDS(mount_fields)}};

static const struct spec_field device_fields[] = {STRING("path")};
static const struct spec_field a_device[] = {{.name = "", .check = spec_check_device, FIELDS(device_fields)}};

static const struct spec_field rule_fields[] = {
    BOOL("allow"),    WORD("type", device_types), INT("major", -1, UINT32_MAX), INT("minor", -1, UINT32_MAX),
    STRING("access"),
};
static const struct spec_field a_rule[] = {{.name = "", .check = spec_check_device_rule, FIELDS(rule_fields)}};

static const struct spec_field rlimit_fields[] = {STRING("type"), OF("soft", spec_check_uint),
						  OF("hard", spec_check_uint)};
static const struct spec_field an_rlimit[] = {{.name = "", .check = spec_check_rlimit, FIELDS(rlimit_fields)}};

static const struct spec_field log_options[] = {OF("max-size", spec_check_log_size), OF("max-file", spec_check_log_files), STRING("tag")};
static const struct spec_field log_fields[] = {
    {.name = "driver", .check = spec_check_word, .words = log_drivers, .later = log_later},
    PATH("path"),
    BYTES("size"),
    {.name = "options", .check = spec_check_object, FIELDS(log_options)},
};

static const struct spec_field memory_fields[] = {
    BYTES("limit"),
    BYTES("reservation"),
    BYTES("swap"),
    INT("swappiness", 0, 200),
    BOOL("disableOOMKiller"),
    REFUSED("kernel"),
    REFUSED("kernelTCP"),
    REFUSED("useHierarchy"),
    REFUSED("checkBeforeUpdate"),
};
static const struct spec_field cpu_fields[] = {
    OF("shares", spec_check_u64),
    BYTES("quota"),
    OF("burst", spec_check_u64),
    OF("period", spec_check_u64),
    BYTES("realtimeRuntime"),
    OF("realtimePeriod", spec_check_u64),
    OF("cpus", spec_check_cpuset),
    OF("mems", spec_check_cpuset),
    INT("idle", 0, 1),
};
static const struct spec_field pids_fields[] = {BYTES("limit")};
static const struct spec_field weight_device_fields[] = {INT("major", 0, UINT32_MAX), INT("minor", 0, UINT32_MAX),
							 INT("weight", 0, 1000), INT("leafWeight", 0, 1000)};
static const struct spec_field a_weight_device[] = {OBJECT("", weight_device_fields)};
static const struct spec_field throttle_fields[] = {INT("major", 0, UINT32_MAX), INT("minor", 0, UINT32_MAX),
						    OF("rate", spec_check_u64)};
static const struct spec_field a_throttle[] = {OBJECT("", throttle_fields)};
static const struct spec_field block_fields[] = {
    INT("weight", 0, 1000),
    INT("leafWeight", 0, 1000),
    LIST("weightDevice", a_weight_device),
    LIST("throttleReadBpsDevice", a_throttle),
    LIST("throttleWriteBpsDevice", a_throttle),
    LIST("throttleReadIOPSDevice", a_throttle),
    LIST("throttleWriteIOPSDevice", a_throttle),
};
static const struct spec_field hugepage_fields[] = {STRING("pageSize"), OF("limit", spec_check_uint)};
static const struct spec_field a_hugepage[] = {OBJECT("", hugepage_fields)};
static const struct spec_field rdma_fields[] = {INT("hcaHandles", 0, UINT32_MAX), INT("hcaObjects", 0, UINT32_MAX)};
static const struct spec_field an_rdma[] = {OBJECT("", rdma_fields)};
static const struct spec_field resource_fields[] = {
    OBJECT("memory", memory_fields),
    OBJECT("cpu", cpu_fields),
    OBJECT("pids", pids_fields),
    OBJECT("blockIO", block_fields),
    LIST("hugepageLimits", a_hugepage),
    MAP("rdma", an_rdma),
    STRING_MAP("unified"),
    REFUSED("devices"),
    REFUSED("network"),
};

/* By path on the host: Podman's clients send major and minor as 0, the machine knows the real ones. */
static const struct spec_field path_weight_fields[] = {INT("major", 0, 0), INT("minor", 0, 0), INT("weight", 0, 1000),
						       INT("leafWeight", 0, 1000)};
static const struct spec_field a_path_weight[] = {OBJECT("", path_weight_fields)};
static const struct spec_field path_rate_fields[] = {INT("major", 0, 0), INT("minor", 0, 0), OF("rate", spec_check_u64)};
static const struct spec_field a_path_rate[] = {OBJECT("", path_rate_fields)};

const struct spec_field spec_fields[] = {
    OF("name", spec_check_name),
    STRINGS("entrypoint"),
    STRINGS("command"),
    {.name = "env", .check = spec_check_env, FIELDS(a_string)},
    STRINGS("unsetenv"),
    BOOL("unsetenvall"),
    STRING_MAP("labels"),
    STRING_MAP("annotations"),
    INT("stop_signal", 1, 64),
    INT("stop_timeout", 0, UINT32_MAX),
    INT("timeout", 0, UINT32_MAX),
    BOOL("init"),
    PATH("init_path"),
    OF("hostname", spec_check_hostname),
    MAP("sysctl", a_sysctl),
    BOOL("remove"),
    STRINGS("containerCreateCommand"),
    OF("timezone", spec_check_timezone),
    STRING("oci_runtime"),
    OBJECT("log_configuration", log_fields),
    NS("pidns", ns_words, NULL),
    NS("utsns", ns_words, NULL),
    NS("ipcns", ipc_words, NULL),
    NS("cgroupns", ns_words, NULL),
    NS("netns", net_words, net_later),
    NS("userns", ns_words, user_later),
    PATH("rootfs"),
    BOOL("rootfs_overlay"),
    LIST("mounts", a_mount),
    LIST("devices", a_device),
    LIST("device_cgroup_rule", a_rule),
    COUNT("shm_size"),
    PATH("work_dir"),
    BOOL("create_working_dir"),
    WORD("rootfs_propagation", propagations),
    BOOL("privileged"),
    OF("user", spec_check_user),
    LIST("groups", a_group),
    LIST("cap_add", a_cap),
    LIST("cap_drop", a_cap),
    OF("seccomp_profile_path", spec_check_seccomp),
    {.name = "seccomp_policy", .check = spec_check_word, .words = seccomp_policies, .later = seccomp_later},
    STRING("apparmor_profile"),
    STRINGS("selinux_opts"),
    BOOL("no_new_privileges"),
    BOOL("read_only_filesystem"),
    BOOL("read_write_tmpfs"),
    OF("umask", spec_check_umask),
    STRINGS("procfs_opts"),
    LIST("mask", a_path),
    LIST("unmask", an_unmask),
    WORD("cgroups_mode", cgroup_modes),
    OF("cgroup_parent", spec_check_cgroup_parent),
    OBJECT("resource_limits", resource_fields),
    STRING_MAP("unified"),
    MAP("weightDevice", a_path_weight),
    MAP("throttleReadBpsDevice", a_path_rate),
    MAP("throttleWriteBpsDevice", a_path_rate),
    MAP("throttleReadIOPSDevice", a_path_rate),
    MAP("throttleWriteIOPSDevice", a_path_rate),
    LIST("r_limits", an_rlimit),
    INT("oom_score_adj", -1000, 1000),
    WORD("restart_policy", restart_policies),
    INT("restart_tries", 0, UINT32_MAX),
    STRING("pod"),

    STRINGS("dependencyContainers"),
    WORD("init_container_type", init_types),

    NOT_YET("terminal"),
    NOT_YET("stdin"),
    NOT_YET("rows"),
    NOT_YET("cols"),
    NOT_YET("image"),
    NOT_YET("raw_image_name"),
    NOT_YET("image_os"),
    NOT_YET("image_arch"),
    NOT_YET("image_variant"),
    NOT_YET("image_volume_mode"),
    NOT_YET("volumes"),
    NOT_YET("overlay_volumes"),
    NOT_YET("image_volumes"),
    NOT_YET("volumes_from"),
    NOT_YET("removeImage"),
    NOT_YET("envmerge"),
    NOT_YET("storage_opts"),
    NOT_YET("rootfs_mapping"),
    NOT_YET("idmappings"),
    NOT_YET("volatile"),
    NOT_YET("manage_password"),
    NOT_YET("passwd_entry"),
    NOT_YET("group_entry"),
    NOT_YET("hostusers"),
    NOT_YET("use_image_hosts"),
    NOT_YET("use_image_hostname"),
    NOT_YET("use_image_resolve_conf"),
    NOT_YET("base_hosts_file"),
    NOT_YET("hostadd"),
    NOT_YET("dns_server"),
    NOT_YET("dns_search"),
    NOT_YET("dns_option"),
    NOT_YET("Networks"),
    NOT_YET("portmappings"),
    NOT_YET("expose"),
    NOT_YET("publish_image_ports"),
    NOT_YET("network_options"),
    NOT_YET("healthconfig"),
    NOT_YET("startupHealthConfig"),
    NOT_YET("health_check_on_failure_action"),
    NOT_YET("healthLogDestination"),
    NOT_YET("healthMaxLogCount"),
    NOT_YET("healthMaxLogSize"),
    NOT_YET("sdnotifyMode"),
    NOT_YET("systemd"),

    REFUSED("env_host"),
    REFUSED("httpproxy"),
    REFUSED("secrets"),
    REFUSED("secret_env"),
    REFUSED("artifact_volumes"),
    REFUSED("gpus"),
    REFUSED("devices_from"),
    REFUSED("intelRdt"),
    REFUSED("personality"),
    REFUSED("chroot_directories"),
    REFUSED("label_nested"),
    REFUSED("conmon_pid_file"),
    REFUSED("cni_networks"),
};
const size_t spec_n_fields = ARRAY_SIZE(spec_fields);
