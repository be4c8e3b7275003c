/* SPDX-License-Identifier: Apache-2.0 */
/* The root file system that all infra containers share: a directory with ctr-init and the mount points of what every
 * container has. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/pods.h"
#include "os/fs.h"

#define INFRA_DIR "infra"
#define PROGRAM "ctr-init"
#define PROGRAM_LIMIT (64u * 1024 * 1024)

static int failed(ctr_engine_t *e, int r, ctr_error_t **err)
{
	return error_set_errno(err, 0, DOMAIN_CORE, r,
			       "cannot make the root file system of infra containers in %s/" INFRA_DIR, e->config.root);
}

static int make_points(int dir)
{
	static const char *const points[] = {"proc", "dev", "sys", "run", "tmp", "etc"};

	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		if (mkdirat(dir, points[i], 0755) < 0 && errno != EEXIST)
			return -errno;
	return 0;
}

/* What is in use is replaced, never written to: a program that runs cannot be. */
static int copy_program(ctr_engine_t *e, int dir, const char *program, ctr_error_t **err)
{
	CLEANUP_FREE char *bytes = NULL;
	struct stat from, there;
	size_t len = 0;
	int r;

	if (stat(program, &from) < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, errno, "cannot read %s", program);
	if (fstatat(dir, PROGRAM, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_size == from.st_size &&
	    there.st_mtim.tv_sec >= from.st_mtim.tv_sec)
		return 0;
	r = os_read_file(AT_FDCWD, program, PROGRAM_LIMIT, &bytes, &len);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot read %s", program);
	r = os_write_file_atomic(dir, PROGRAM, bytes, len, 0755, 0);
	return r < 0 ? failed(e, r, err) : 0;
}

int core_infra_rootfs(ctr_engine_t *e, int need_program, char **ret_path, ctr_error_t **err)
{
	CLEANUP_FREE char *program = NULL, *path = str_printf("%s/" INFRA_DIR, e->config.root);
	CLEANUP_CLOSE int dir = -1;
	int r = need_program ? core_engine_init_program(e, &program, err) : 0;

	if (r < 0)
		return r;
	if (!path)
		return error_no_memory(err);
	r = os_mkdirat_private(e->root_fd, INFRA_DIR, &dir);
	/* The container's first process may be of another user than this one. */
	if (r == 0 && fchmod(dir, 0755) < 0)
		r = -errno;
	if (r == 0)
		r = make_points(dir);
	if (r < 0)
		return failed(e, r, err);
	if (need_program && (r = copy_program(e, dir, program, err)) < 0)
		return r;
	*ret_path = TAKE_PTR(path);
	return 0;
}
