/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's directories, its rights, and the identity of this boot and of this caller. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/engine.h"
#include "monitor/protocol.h"
#include "os/cgroup.h"
#include "os/fs.h"
#include "os/ns.h"
#include "os/proc.h"

int engine_check_rights(const struct engine_config *config, ctr_error_t **err)
{
	static const struct {
		int cap;
		const char *name;
	} needed[] = { { CAP_SYS_ADMIN, "CAP_SYS_ADMIN" }, { CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },   { CAP_CHOWN, "CAP_CHOWN" },
		       { CAP_KILL, "CAP_KILL" },	   { CAP_SYS_CHROOT, "CAP_SYS_CHROOT" }, { CAP_SETUID, "CAP_SETUID" },
		       { CAP_SETGID, "CAP_SETGID" } };

	if (config->runtime && STREQ(config->runtime, "null"))
		return 0;
	if (geteuid() != 0)
		return error_set(err, CTR_ERR_PERMISSION, DOMAIN_CORE,
				 "cannot open an engine for %s as user %u: containers need root; run as root, or use the runtime \"null\"",
				 config->root, (unsigned)geteuid());
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!os_has_cap(needed[i].cap))
			return error_set(err, CTR_ERR_PERMISSION, DOMAIN_CORE,
					 "cannot open an engine for %s without the capability %s; give it to this process", config->root,
					 needed[i].name);
	return 0;
}

static int open_private(const char *what, const char *path, int *ret_fd, ctr_error_t **err)
{
	int r = os_mkdir_private(path, ret_fd);

	if (r < 0)
		return error_set_errno(err, r == -EEXIST ? CTR_ERR_INVALID_ARG : 0, DOMAIN_CORE, r,
				       "cannot make or open the %s %s; its parent must exist and it must belong to user %u", what, path,
				       (unsigned)geteuid());
	return 0;
}

static int open_part(ctr_engine_t *e, const char *name, int *ret_fd_or_null, ctr_error_t **err)
{
	int r = os_mkdirat_private(e->root_fd, name, ret_fd_or_null);

	return r < 0 ? error_set_errno(err, 0, DOMAIN_CORE, r, "cannot make or open %s/%s", e->config.root, name) : 0;
}

int engine_open_dirs(ctr_engine_t *e, ctr_error_t **err)
{
	int r = open_private("root", e->config.root, &e->root_fd, err);

	if (r < 0 || (r = open_part(e, "containers", &e->containers_fd, err)) < 0 ||
	    (r = open_part(e, "exits", &e->exits_fd, err)) < 0 || (r = open_part(e, "storage", &e->storage_fd, err)) < 0 ||
	    (r = open_part(e, "monitors", NULL, err)) < 0 || (r = open_part(e, "runtime", NULL, err)) < 0)
		return r;
	return 0;
}

/* run_root belongs to one root: it carries the store's uuid. */
int engine_claim_run_root(ctr_engine_t *e, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	int r = open_private("run_root", e->config.run_root, &e->run_root_fd, err);

	if (r < 0)
		return r;
	r = os_read_file(e->run_root_fd, PROTOCOL_STORE_MARK, 4096, &text, NULL);
	if (r == -ENOENT || (r == 0 && !*text)) {
		CLEANUP_FREE char *mine = protocol_store_mark(e->facts.uuid, e->config.root);

		if (!mine)
			return error_no_memory(err);
		r = os_write_file_atomic(e->run_root_fd, PROTOCOL_STORE_MARK, mine, strlen(mine), 0600, 0);
		return r < 0 ? error_set_errno(err, 0, DOMAIN_CORE, r, "cannot write %s/store", e->config.run_root) : 0;
	}
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot read %s/store", e->config.run_root);
	if (strncmp(text, e->facts.uuid, strlen(e->facts.uuid)) != 0) {
		const char *other = strchr(text, '\n') ? strchr(text, '\n') + 1 : "?";

		return error_set(err, CTR_ERR_STORE_MISMATCH, DOMAIN_CORE,
				 "run_root %s belongs to the store %.*s, not to %s; give each store a run_root of its own",
				 e->config.run_root, (int)strcspn(other, "\n"), other, e->config.root);
	}
	return 0;
}

int engine_identify(ctr_engine_t *e, ctr_error_t **err)
{
	char profile[17];
	int r = os_boot_id(NULL, e->boot_id);

	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot read the boot id of the kernel; is /proc mounted?");
	r = os_pidns_identity(&e->facts.pidns_inode, &e->facts.pidns_start);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot tell which pid namespace this is; is /proc mounted?");
	(void)snprintf(e->epoch, sizeof(e->epoch), "%s.%llu.%llu", e->boot_id, (unsigned long long)e->facts.pidns_inode,
		       (unsigned long long)e->facts.pidns_start);
	e->cgroup_mode = os_cgroup_mode();
	e->unified_path = os_cgroup_unified_path();
	r = os_caller_profile(profile, err);
	if (r < 0)
		return r;
	(void)snprintf(e->instance, sizeof(e->instance), "shared-%s", profile);
	e->runtime_state = str_printf("%s/runtime/%s", e->config.root, e->boot_id);
	return e->runtime_state ? 0 : error_no_memory(err);
}
