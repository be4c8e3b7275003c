/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_top: the processes of a running container, as /proc tells of them; nothing is run for it. */
#include "core/steps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/proc.h"
#include "os/proc_info.h"

#define PASSWD_MAX (4u * 1024 * 1024)
#define UID_MAP_MAX (64u * 1024)
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST 143
#define CELL_SIZE 64

static const char *const titles[] = {"USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND", NULL};

/* All that the cells of a list need. */
struct view {
	struct os_proc_info *procs;
	size_t n;
	size_t level;    /* of the container's pid namespace, counted from ours */
	char *passwd;    /* the container's, "" when it has none */
	char *uid_map;
	uint64_t now_ns; /* since boot */
};

static void view_reset(struct view *v)
{
	for (size_t i = 0; i < v->n; i++)
		os_proc_info_reset(&v->procs[i]);
	free(v->procs);
	free(v->passwd);
	free(v->uid_map);
}
#define CLEANUP_TOP_VIEW CLEANUP(view_reset)

static int list_pids(const struct container_row *row, pid_t **ret, size_t *ret_n)
{
	int r = *str_or_empty(row->cgroups) ? os_cgroup_pids(row->cgroups, ret, ret_n) : -ENOENT;

	return r == -ENOENT ? os_proc_same_pidns(row->pid, ret, ret_n) : r;
}

/* Those that vanish meanwhile are not there. */
static int read_procs(const struct container_row *row, struct view *v)
{
	CLEANUP_FREE pid_t *pids = NULL;
	size_t n = 0;
	int r = list_pids(row, &pids, &n);

	if (r < 0)
		return r == -ESRCH ? 0 : r;
	v->procs = mem_new0(n ? n : 1, sizeof(*v->procs));
	if (!v->procs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		r = os_proc_info(pids[i], &v->procs[v->n]);
		if (r == -ENOMEM)
			return r;
		v->n += r == 0;
	}
	return 0;
}

static char *read_passwd(pid_t pid)
{
	CLEANUP_CLOSE int root = -1;
	char path[32], *text = NULL;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root = os_fd_above_std(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (root < 0 || os_read_file_in_root(root, "/etc/passwd", PASSWD_MAX, &text, NULL) < 0)
		return str_dup("");
	return text;
}

static char *read_uid_map(pid_t pid)
{
	char path[32], *text = NULL;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	return os_read_file(AT_FDCWD, path, UID_MAP_MAX, &text, NULL) < 0 ? str_dup("") : text;
}

static uint64_t since_boot_ns(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static int make_view(const struct container_row *row, struct view *v)
{
	struct os_proc_info first = {.n_levels = 1};
	int r = os_proc_alive(row->pid, row->pid_start) == 0 ? 0 : read_procs(row, v);

	if (r < 0)
		return r;
	if (os_proc_info(row->pid, &first) == 0)
		os_proc_info_reset(&first);
	v->level = first.n_levels - 1;
	v->passwd = read_passwd(row->pid);
	v->uid_map = read_uid_map(row->pid);
	v->now_ns = since_boot_ns();
	return v->passwd && v->uid_map ? 0 : -ENOMEM;
}

static pid_t inner_pid(const struct view *v, const struct os_proc_info *p)
{
	return p->levels[v->level < p->n_levels ? v->level : p->n_levels - 1];
}

/* Lines "inside outside count". */
static uid_t inner_uid(const struct view *v, uid_t uid)
{
	for (const char *line = v->uid_map; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned inside, outside, count;

		if (sscanf(line, " %u %u %u", &inside, &outside, &count) == 3 && uid >= outside && uid - outside < count)
			return inside + (uid - outside);
	}
	return uid;
}

/* "name:password:uid:…" */
static void put_user(const struct view *v, const struct os_proc_info *p, char cell[CELL_SIZE])
{
	uid_t uid = inner_uid(v, p->euid);

	for (const char *line = v->passwd; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char name[CELL_SIZE];
		unsigned number;

		if (sscanf(line, "%63[^:\n]:%*[^:\n]:%u:", name, &number) == 2 && number == uid) {
			memcpy(cell, name, sizeof(name));
			return;
		}
	}
	snprintf(cell, CELL_SIZE, "%u", uid);
}

/* A parent outside of the container is 0 there. */
static pid_t inner_ppid(const struct view *v, const struct os_proc_info *p)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->procs[i].pid == p->ppid)
			return inner_pid(v, &v->procs[i]);
	return 0;
}

static void put_fraction(uint64_t rest, int digits, char ret[16])
{
	size_t len = (size_t)snprintf(ret, 16, ".%0*llu", digits, (unsigned long long)rest);

	while (len > 0 && (ret[len - 1] == '0' || ret[len - 1] == '.'))
		ret[--len] = '\0';
}

/* As Go prints durations, for that is what Podman's users read there: "1h2m3.5s", "20ms", "0s". */
static void put_duration(uint64_t ns, char cell[CELL_SIZE])
{
	unsigned long long s = ns / NSEC_PER_SEC;
	char fraction[16];

	if (ns > 0 && s == 0) {
		put_fraction(ns % NSEC_PER_MSEC, 6, fraction);
		snprintf(cell, CELL_SIZE, "%llu%sms", (unsigned long long)(ns / NSEC_PER_MSEC), fraction);
		return;
	}
	put_fraction(ns % NSEC_PER_SEC, 9, fraction);
	if (s < 60)
		snprintf(cell, CELL_SIZE, "%llu%ss", s, fraction);
	else if (s < 3600)
		snprintf(cell, CELL_SIZE, "%llum%llu%ss", s / 60, s % 60, fraction);
	else
		snprintf(cell, CELL_SIZE, "%lluh%llum%llu%ss", s / 3600, s / 60 % 60, s % 60, fraction);
}

/* /proc/PID/stat packs the number with the upper bits of the minor on top. */
static void put_tty(unsigned device, char cell[CELL_SIZE])
{
	unsigned maj = device >> 8 & 0xfff, min = (device & 0xff) | (device >> 12 & 0xfff00);

	if (!device)
		snprintf(cell, CELL_SIZE, "?");
	else if (maj >= PTS_MAJOR_FIRST && maj <= PTS_MAJOR_LAST)
		snprintf(cell, CELL_SIZE, "pts/%u", (maj - PTS_MAJOR_FIRST) * 256 + min);
	else
		snprintf(cell, CELL_SIZE, "%u:%u", maj, min);
}

static json_t *cells_of(const struct view *v, const struct os_proc_info *p)
{
	CLEANUP_JSON json_t *row = json_object_new_array();
	uint64_t tick_ns = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t start_ns = p->start_ticks * tick_ns, cpu_ns = p->cpu_ticks * tick_ns;
	uint64_t age_ns = v->now_ns > start_ns ? v->now_ns - start_ns : 0;
	unsigned long long thousandths = age_ns >= 100000 ? cpu_ns / (age_ns / 100000) : 0; /* of a percent */
	char cells[7][CELL_SIZE];

	put_user(v, p, cells[0]);
	snprintf(cells[1], CELL_SIZE, "%d", (int)inner_pid(v, p));
	snprintf(cells[2], CELL_SIZE, "%d", (int)inner_ppid(v, p));
	snprintf(cells[3], CELL_SIZE, "%llu.%03llu", thousandths / 1000, thousandths % 1000);
	put_duration(age_ns, cells[4]);
	put_tty(p->tty, cells[5]);
	put_duration(cpu_ns, cells[6]);
	for (size_t i = 0; row && i < ARRAY_SIZE(cells); i++)
		if (json_push_str(row, cells[i]) < 0)
			return NULL;
	return row && json_push_str(row, p->command) == 0 ? TAKE_PTR(row) : NULL;
}

static int by_age(const void *a, const void *b)
{
	const struct os_proc_info *x = a, *y = b;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int print(struct view *v, char **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *o = json_object_new_object();
	json_t *list = json_object_new_array();
	char *text;

	if (!o || !list || json_put_strv(o, "Titles", titles) < 0) {
		json_object_put(list);
		return error_no_memory(err);
	}
	if (json_put(o, "Processes", list) < 0)
		return error_no_memory(err);
	if (v->n > 1)
		qsort(v->procs, v->n, sizeof(*v->procs), by_age);
	for (size_t i = 0; i < v->n; i++) {
		json_t *row = cells_of(v, &v->procs[i]);

		if (!row || json_push(list, row) < 0)
			return error_no_memory(err);
	}
	text = json_print(o);
	if (!text)
		return error_no_memory(err);
	*ret = text;
	return 0;
}

int core_container_top(ctr_container_t *c, const struct op_call *call, char **ret_json, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_TOP_VIEW struct view v = {.n = 0};
	int r = op_call_check(call, "listing the processes of a container", err);

	if (r == 0)
		r = core_container_snapshot(c, &row, err);
	if (r == 0)
		r = verb_check(VERB_TOP, row->state, row->name, err);
	if (r < 0)
		return r;
	if (step_has_process(row)) {
		r = make_view(row, &v);
		if (r < 0)
			return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot list the processes of container %s", row->name);
	}
	return print(&v, ret_json, err);
}
