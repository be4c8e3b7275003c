/* SPDX-License-Identifier: Apache-2.0 */
/* Keeper and monitor with real runtimes, through the library's client alone: codes, logs, deaths of either or both, stop timers, replacement. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/mem.h"
#include "monitor/client.h"
#include "os/cgroup.h"
#include "os/exit_file.h"
#include "os/fs.h"
#include "os/pidfd.h"

#define KEY "shared-0123456789abcdef"
#define PATIENCE_MS 30000

struct world {
	char dir[64], *root, *run_root, *keeper, *monitor, *agent;
	struct monitor_place place;
	struct monitor_conn *conn;
	int exits_fd;
};

static const char *runtime_name = "runc", *runtime_path = "/usr/sbin/runc";
static unsigned next_id;

static void run_command(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static char *helper(const char *name)
{
	char exe[PATH_MAX], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(n > 0);
	exe[n] = '\0';
	for (int up = 0; up < 3; up++) {
		slash = strrchr(exe, '/');
		*slash = '\0';
		if (up == 0 && str_has_suffix(exe, "/.libs"))
			up--;
	}
	path = str_printf("%s/helper/%s", exe, name);
	assert_int_equal(access(path, X_OK), 0);
	return path;
}

static void ask_again(struct world *w)
{
	ctr_error_t *err = NULL;

	w->conn = monitor_conn_close(w->conn);
	if (monitor_connect(&w->place, KEY, 1, NULL, &w->conn, &err) < 0)
		fail_msg("connect: %s", error_format(err));
}

/* Stands in for ctr-agent: says what it is asked, is busy the first time, done the second. */
static const char fake_agent[] = "#!/usr/bin/env python3\n"
				 "import json, os, socket, sys\n"
				 "s = socket.socket(fileno=3)\n"
				 "s.setblocking(True)\n"
				 "said = open(os.path.join(os.path.dirname(sys.argv[0]), 'asked'), 'a', buffering=1)\n"
				 "seen = set()\n"
				 "while True:\n"
				 "    text = s.recv(1024)\n"
				 "    if not text: break\n"
				 "    item = json.loads(text)\n"
				 "    said.write(item['id'] + ' ' + item['what'] + '\\n')\n"
				 "    item['result'] = 'done' if item['id'] in seen else 'busy'\n"
				 "    seen.add(item['id'])\n"
				 "    s.send(json.dumps(item).encode())\n";

static int make_world(void **state, int with_agent)
{
	struct world *w = NEW0(struct world);

	strcpy(w->dir, "/tmp/ctr-monitor-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->root = str_printf("%s/root", w->dir);
	w->run_root = str_printf("%s/run", w->dir);
	run_command("mkdir -p %s/exits %s/state %s/rootfs/bin %s/rootfs/proc %s/rootfs/dev %s && chmod -R go= %s", w->root, w->root, w->root, w->root, w->root,
		    w->run_root, w->dir);
	run_command("cp $(command -v busybox) %s/rootfs/bin/busybox && for a in sh echo sleep cat true kill; do ln -s busybox %s/rootfs/bin/$a; done", w->root,
		    w->root);
	w->keeper = helper("ctr-keeper");
	w->monitor = helper("ctr-monitor");
	w->agent = str_printf("%s%s", with_agent ? w->root : "", with_agent ? "/agent" : "");
	w->place = (struct monitor_place){.root = w->root, .run_root = w->run_root, .uuid = "11111111-2222-3333-4444-555555555555",
					  .keeper_path = w->keeper, .monitor_path = w->monitor, .agent_path = w->agent};
	w->place.root_fd = os_open_dir(AT_FDCWD, w->root);
	w->place.run_root_fd = os_open_dir(AT_FDCWD, w->run_root);
	w->exits_fd = os_open_dir(w->place.root_fd, "exits");
	if (with_agent)
		assert_int_equal(os_write_file_atomic(w->place.root_fd, "agent", fake_agent, sizeof(fake_agent) - 1, 0700, 0), 0);
	assert_true(w->place.root_fd >= 0 && w->place.run_root_fd >= 0 && w->exits_fd >= 0);
	*state = w;
	ask_again(w);
	return 0;
}

static int setup(void **state)
{
	return make_world(state, 0);
}

static int setup_with_agent(void **state)
{
	return make_world(state, 1);
}

static pid_t keeper_pid(struct world *w)
{
	CLEANUP_JSON json_t *info = NULL;

	assert_int_equal(monitor_info(w->conn, &info, NULL, NULL), 0);
	return (pid_t)json_get_i64(info, "keeper_pid", 0);
}

/* Ended and waited for, if it has become our child (we are a subreaper, as a host may be). */
static void kill_and_wait(pid_t pid)
{
	int fd = os_pidfd_open(pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_true(fd >= 0);
	assert_int_equal(os_pidfd_signal(fd, SIGKILL), 0);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	close(fd);
}

static int teardown(void **state)
{
	struct world *w = *state;
	pid_t monitor = monitor_conn_pid(w->conn), keeper = keeper_pid(w);
	int fd = os_pidfd_open(keeper, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_true(monitor > 0 && keeper > 0);
	/* Without containers SIGTERM ends the pair, and nothing of it stays. */
	w->conn = monitor_conn_close(w->conn);
	kill(monitor, SIGTERM);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	close(fd);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	assert_int_equal(monitor_is_alive(&w->place, KEY, NULL), 0);
	close(w->exits_fd);
	close(w->place.root_fd);
	close(w->place.run_root_fd);
	run_command("rm -rf %s", w->dir);
	free(w->root);
	free(w->run_root);
	free(w->keeper);
	free(w->monitor);
	free(w->agent);
	free(w);
	return 0;
}

struct box {
	struct world *w;
	char id[65];
	uint64_t run;
	char *bundle, *log, *state, *cgroups;
	pid_t pid;
	uint64_t pid_start;
	int exit_fd;
};

static void write_config(struct box *b, const char *script)
{
	CLEANUP_FREE char *path = str_printf("%s/config.json", b->bundle);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f,
		"{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":false,\"user\":{\"uid\":0,\"gid\":0},\"args\":[%s],\"env\":[\"PATH=/bin\"],"
		"\"cwd\":\"/\"},\"root\":{\"path\":\"%s/rootfs\",\"readonly\":true},\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\","
		"\"source\":\"proc\"}],\"linux\":{\"cgroupsPath\":\"/libctr/%s\",\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"ipc\"},"
		"{\"type\":\"uts\"}]}}",
		script, b->w->root, b->id);
	assert_int_equal(fclose(f), 0);
}

static struct box *box_new(struct world *w, const char *args)
{
	struct box *b = NEW0(struct box);

	b->w = w;
	b->run = 1;
	snprintf(b->id, sizeof(b->id), "%064x", (unsigned)getpid() * 1000 + next_id++);
	b->bundle = str_printf("%s/%s", w->root, b->id);
	b->log = str_printf("%s/ctr.log", b->bundle);
	b->state = str_printf("%s/state", w->root);
	assert_int_equal(mkdir(b->bundle, 0700), 0);
	write_config(b, args);
	assert_int_equal(exit_file_prepare(w->exits_fd, b->id, b->run), 0);
	b->exit_fd = exit_file_open_fifo(w->exits_fd, b->id, b->run);
	assert_true(b->exit_fd >= 0);
	return b;
}

static int try_create(struct box *b, ctr_error_t **err)
{
	CLEANUP_FREE char *unified = STREQ(runtime_name, "crun") ? os_cgroup_unified_path() : NULL;
	struct monitor_create what = {.id = b->id, .name = "box", .run = b->run, .bundle = b->bundle, .runtime_name = runtime_name,
				      .runtime_path = runtime_path, .runtime_state = b->state, .cgroup_manager = "cgroupfs", .mount_fd = -1,
				      .unified_path = unified, .log_driver = "k8s-file", .log_path = b->log, .log_max_size = -1,
				      .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
	struct monitor_created made = {.pidfd = -1};
	int r = monitor_create(b->w->conn, &what, NULL, &made, err);

	if (r == 0) {
		assert_true(made.pid > 0 && made.pid_start > 0 && made.pidfd >= 0);
		b->pid = made.pid;
		b->pid_start = made.pid_start;
		b->cgroups = made.cgroups;
		close(made.pidfd);
	}
	return r;
}

static void create(struct box *b)
{
	ctr_error_t *err = NULL;

	if (try_create(b, &err) < 0)
		fail_msg("create: %s", error_format(err));
}

static void start(struct box *b)
{
	ctr_error_t *err = NULL;

	if (monitor_start(b->w->conn, b->id, b->run, NULL, &err) < 0)
		fail_msg("start: %s", error_format(err));
}

static struct exit_record wait_end(struct box *b)
{
	struct pollfd p = {.fd = b->exit_fd, .events = POLLIN};
	struct exit_record rec;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail_msg("no end of %s", b->id);
	assert_int_equal(exit_file_read(b->w->exits_fd, b->id, b->run, &rec), 1);
	return rec;
}

static void expect_code(struct box *b, int code)
{
	struct exit_record rec = wait_end(b);

	assert_true(rec.known);
	assert_int_equal(rec.exit_code, code);
}

static void clean(struct box *b)
{
	struct monitor_delete what = {.id = b->id, .run = b->run, .runtime_name = runtime_name, .runtime_path = runtime_path, .runtime_state = b->state,
				      .cgroup_manager = "cgroupfs", .cgroups = b->cgroups, .pid = b->pid, .pid_start = b->pid_start};
	CLEANUP_FREE char *left = str_printf("%s/%s", b->state, b->id), *cgroup_pattern = str_printf("/sys/fs/cgroup/*/libctr/%s", b->id);
	glob_t found;
	ctr_error_t *err = NULL;

	if (monitor_delete(b->w->conn, &what, NULL, &err) < 0)
		fail_msg("delete: %s", error_format(err));
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(glob(cgroup_pattern, GLOB_NOSORT, NULL, &found), GLOB_NOMATCH);
	globfree(&found);
	assert_true(!b->cgroups || os_cgroup_is_empty(b->cgroups) == 1);
	/* After the death of keeper and monitor it is our child. */
	if (b->pid && waitpid(b->pid, NULL, WNOHANG) <= 0)
		assert_int_equal(kill(b->pid, 0), -1);
	if (monitor_forget(b->w->conn, b->id, b->run, NULL, &err) < 0)
		fail_msg("forget: %s", error_format(err));
	close(b->exit_fd);
	exit_file_remove(b->w->exits_fd, b->id, b->run);
	free(b->bundle);
	free(b->log);
	free(b->state);
	free(b->cgroups);
	free(b);
}

/* The numbers from 0 on, each on a line of its own, a long line in parts ("P") where a read has cut it. Returns how many. */
static unsigned count_lines(struct box *b)
{
	FILE *f = fopen(b->log, "r");
	char line[256], whole[256] = "";
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *text = strstr(line, " stdout "), want[32];

		line[strcspn(line, "\n")] = '\0';
		if (!text || strlen(text) < 10)
			fail_msg("after %u lines the log has: %s", n, line);
		strncat(whole, text + 10, sizeof(whole) - strlen(whole) - 1);
		if (text[8] == 'P')
			continue;
		snprintf(want, sizeof(want), "%u", n++);
		if (strcmp(whole, want) != 0)
			fail_msg("line %u of the log is: %s", n - 1, whole);
		whole[0] = '\0';
	}
	fclose(f);
	return n;
}

#define COUNT_TO(n) "\"/bin/sh\",\"-c\",\"i=0; while [ $i -lt " #n " ]; do echo $i; i=$((i+1)); done; exit 7\""
#define COUNT_ON "\"/bin/sh\",\"-c\",\"trap 'exit 5' USR1; i=0; while :; do echo $i; i=$((i+1)); done\""
#define SLEEP "\"/bin/sh\",\"-c\",\"trap 'exit 5' USR1; sleep 1000 & while :; do wait; done\""

static void test_exit_codes(void **state)
{
	static const int codes[] = {0, 1, 42, 126, 127, 255};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		CLEANUP_FREE char *args = str_printf("\"/bin/sh\",\"-c\",\"exit %d\"", codes[i]);
		struct box *b = box_new(*state, args);

		create(b);
		start(b);
		expect_code(b, codes[i]);
		clean(b);
	}
}

static void test_killed(void **state)
{
	struct box *b = box_new(*state, SLEEP);
	struct exit_record rec;

	create(b);
	start(b);
	assert_int_equal(monitor_signal(b->w->conn, b->id, b->run, SIGKILL, NULL, NULL), 0);
	rec = wait_end(b);
	assert_int_equal(rec.exit_code, 137);
	assert_int_equal(rec.exit_signal, SIGKILL);
	clean(b);
}

static void test_killed_before_start(void **state)
{
	struct box *b = box_new(*state, SLEEP);

	create(b);
	assert_int_equal(monitor_signal(b->w->conn, b->id, b->run, SIGKILL, NULL, NULL), 0);
	expect_code(b, 137);
	assert_int_not_equal(monitor_start(b->w->conn, b->id, b->run, NULL, NULL), 0);
	clean(b);
}

static void test_log_is_complete_at_the_end(void **state)
{
	struct box *b = box_new(*state, COUNT_TO(5000));

	create(b);
	start(b);
	expect_code(b, 7);
	assert_int_equal(count_lines(b), 5000);
	clean(b);
}

static void test_missing_command(void **state)
{
	struct box *b = box_new(*state, "\"/bin/nothing\"");
	ctr_error_t *err = NULL;
	int r = try_create(b, &err);

	if (r == 0)
		r = monitor_start(b->w->conn, b->id, b->run, NULL, &err);
	assert_true(r < 0);
	assert_non_null(error_get_detail(err, "stderr"));
	error_unref(err);
	clean(b);
}

/* The runtime has found the file, the kernel refuses it: an error of start, whoever notices first. */
static void start_refused(struct world *w, const char *content)
{
	struct box *b = box_new(w, "\"/bin/odd\"");
	ctr_error_t *err = NULL;
	int r;

	run_command("printf '%s' > %s/rootfs/bin/odd && chmod 755 %s/rootfs/bin/odd", content, w->root, w->root);
	r = try_create(b, &err);
	if (r == 0)
		r = monitor_start(w->conn, b->id, b->run, NULL, &err);
	assert_true(r < 0);
	assert_int_not_equal(error_code(err), CTR_ERR_MONITOR);
	error_unref(err);
	clean(b);
}

static void test_refused_by_the_kernel(void **state)
{
	start_refused(*state, "\\177ELF nonsense");
	start_refused(*state, "#!/bin/nothing\\n");
}

static void until_lines(struct box *b, off_t more)
{
	struct stat st;
	off_t begin = stat(b->log, &st) == 0 ? st.st_size : 0;

	/* The log's growth is what a user would look at, too. */
	while (stat(b->log, &st) < 0 || st.st_size < begin + more)
		poll(NULL, 0, 5);
}

static void survive(struct world *w, int kill_monitor, int kill_keeper)
{
	struct box *talker = box_new(w, COUNT_ON), *sleeper = box_new(w, SLEEP), *brief = box_new(w, "\"/bin/sh\",\"-c\",\"sleep 1; exit 33\"");
	pid_t monitor = monitor_conn_pid(w->conn), keeper = keeper_pid(w);

	create(talker);
	create(sleeper);
	create(brief);
	start(talker);
	start(sleeper);
	start(brief);
	until_lines(talker, 20000);
	if (kill_keeper)
		kill_and_wait(keeper);
	if (kill_monitor)
		kill_and_wait(monitor);
	ask_again(w);
	until_lines(talker, 20000);
	expect_code(brief, 33);
	assert_int_equal(monitor_signal(w->conn, talker->id, talker->run, SIGUSR1, NULL, NULL), 0);
	expect_code(talker, 5);
	assert_true(count_lines(talker) > 100);
	assert_int_equal(monitor_signal(w->conn, sleeper->id, sleeper->run, SIGUSR1, NULL, NULL), 0);
	expect_code(sleeper, 5);
	clean(talker);
	clean(sleeper);
	clean(brief);
}

static void test_monitor_dies(void **state)
{
	survive(*state, 1, 0);
}

static void test_keeper_dies(void **state)
{
	survive(*state, 0, 1);
}

static void test_keeper_then_monitor_die(void **state)
{
	survive(*state, 0, 1);
	survive(*state, 1, 0);
}

static void adopt(struct box *b)
{
	struct monitor_adopt what = {.id = b->id, .name = "box", .run = b->run, .pid = b->pid, .pid_start = b->pid_start, .cgroups = b->cgroups,
				     .log_driver = "k8s-file", .log_path = b->log, .log_max_size = -1, .runtime_name = runtime_name,
				     .runtime_path = runtime_path, .runtime_state = b->state, .bundle = b->bundle, .cgroup_manager = "cgroupfs",
				     .restart_hint = ""};
	ctr_error_t *err = NULL;

	if (monitor_adopt(b->w->conn, &what, NULL, &err) < 0)
		fail_msg("adopt: %s", error_format(err));
}

static void test_both_die(void **state)
{
	struct world *w = *state;
	struct box *talker = box_new(w, COUNT_ON), *ready = box_new(w, "\"/bin/sh\",\"-c\",\"exit 9\"");
	pid_t monitor = monitor_conn_pid(w->conn), keeper = keeper_pid(w);

	create(ready);
	create(talker);
	start(talker);
	until_lines(talker, 20000);
	kill(keeper, SIGSTOP);
	kill(monitor, SIGSTOP);
	kill_and_wait(keeper);
	kill_and_wait(monitor);
	assert_int_equal(monitor_is_alive(&w->place, KEY, NULL), 0);
	ask_again(w);
	adopt(talker);
	adopt(ready);
	until_lines(talker, 20000);
	assert_int_equal(monitor_signal(w->conn, talker->id, talker->run, SIGUSR1, NULL, NULL), 0);
	expect_code(talker, 5);
	assert_true(count_lines(talker) > 100);
	start(ready);
	expect_code(ready, 9);
	clean(talker);
	clean(ready);
}

static void test_stop(void **state)
{
	struct world *w = *state;
	struct box *polite = box_new(w, SLEEP), *deaf = box_new(w, "\"/bin/sh\",\"-c\",\"trap : TERM; while :; do sleep 100; done\"");

	create(polite);
	create(deaf);
	start(polite);
	start(deaf);
	assert_int_equal(monitor_stop(w->conn, polite->id, 1, SIGUSR1, UINT64_MAX, 0, NULL, NULL), 0);
	assert_int_equal(monitor_stop(w->conn, deaf->id, 1, SIGTERM, 300 * NSEC_PER_MSEC, 0, NULL, NULL), 0);
	/* The timer is not the client's, nor this monitor's alone. */
	kill_and_wait(monitor_conn_pid(w->conn));
	ask_again(w);
	expect_code(polite, 5);
	expect_code(deaf, 137);
	clean(polite);
	clean(deaf);
}

static void test_run_root_deleted(void **state)
{
	struct world *w = *state;
	struct box *b = box_new(w, SLEEP);

	create(b);
	start(b);
	run_command("rm -rf %s; mkdir -p -m 700 %s", w->run_root, w->run_root);
	close(w->place.run_root_fd);
	w->place.run_root_fd = os_open_dir(AT_FDCWD, w->run_root);
	ask_again(w);
	assert_int_equal(monitor_signal(w->conn, b->id, b->run, SIGUSR1, NULL, NULL), 0);
	expect_code(b, 5);
	clean(b);
}

static void test_null_exit(void **state)
{
	struct world *w = *state;
	struct box *b = box_new(w, "\"x\"");

	assert_int_equal(monitor_null_exit(w->conn, b->id, b->run, 42, 0, 50 * NSEC_PER_MSEC, NULL, NULL), 0);
	expect_code(b, 42);
	assert_int_equal(monitor_forget(w->conn, b->id, b->run, NULL, NULL), 0);
	clean(b);
}

static void test_upgrade(void **state)
{
	struct world *w = *state;
	struct box *b = box_new(w, COUNT_ON);
	pid_t before = monitor_conn_pid(w->conn);
	ctr_error_t *err = NULL;

	create(b);
	start(b);
	until_lines(b, 20000);
	if (monitor_upgrade(w->conn, NULL, NULL, &err) < 0)
		fail_msg("upgrade: %s", error_format(err));
	until_lines(b, 20000);
	/* The same connection goes on. */
	assert_int_equal(monitor_signal(w->conn, b->id, b->run, SIGUSR1, NULL, NULL), 0);
	expect_code(b, 5);
	assert_true(count_lines(b) > 100);
	clean(b);
	ask_again(w);
	assert_int_not_equal(monitor_conn_pid(w->conn), before);
}

static int asked_for(struct world *w, const char *id)
{
	CLEANUP_FREE char *path = str_printf("%s/asked", w->root), *text = NULL;
	int n = 0;

	if (os_read_file(AT_FDCWD, path, 65536, &text, NULL) < 0)
		return 0;
	for (char *at = strstr(text, id); at; at = strstr(at + 1, id))
		n++;
	return n;
}

static size_t held(struct world *w)
{
	CLEANUP_JSON json_t *info = NULL;

	assert_int_equal(monitor_info(w->conn, &info, NULL, NULL), 0);
	return json_get_u64(info, "containers", 99);
}

/* Who cleans up: the claimant that is there and does it in time; else the agent, asked again when it is busy. */
static void test_agent(void **state)
{
	struct world *w = *state;
	struct box *claimed = box_new(w, "\"/bin/true\""), *orphan = box_new(w, "\"/bin/true\""), *left = box_new(w, "\"/bin/true\"");
	struct monitor_conn *other = NULL;

	assert_int_equal(monitor_connect(&w->place, KEY, 0, NULL, &other, NULL), 0);
	create(claimed);
	create(orphan);
	create(left);
	assert_int_equal(monitor_claim(w->conn, claimed->id, 1, NULL, NULL), 0);
	assert_int_equal(monitor_claim(other, left->id, 1, NULL, NULL), 0);
	start(claimed);
	expect_code(claimed, 0);
	clean(claimed);
	start(orphan);
	start(left);
	expect_code(orphan, 0);
	expect_code(left, 0);
	monitor_conn_close(other);
	/* Done means forgotten here; what the runtime holds is the real agent's business. */
	while (held(w) > 0)
		poll(NULL, 0, 10);
	assert_int_equal(asked_for(w, orphan->id), 2);
	assert_int_equal(asked_for(w, left->id), 2);
	clean(orphan);
	clean(left);
}

/* Killed after so many microseconds by somebody else, while we are in the middle of something. */
static pid_t kill_later(pid_t victim, useconds_t after)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		usleep(after);
		kill(victim, SIGKILL);
		_exit(0);
	}
	return pid;
}

static void test_monitor_dies_at_any_moment(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 12; i++) {
		struct box *b = box_new(w, "\"/bin/sh\",\"-c\",\"echo 0; exit 3\"");
		pid_t killer = kill_later(monitor_conn_pid(w->conn), 1000 + i * 7000);
		CLEANUP_ERROR ctr_error_t *err = NULL;
		int status;

		/* A runtime command that was killed with its monitor is an error that leaves nothing; else all went on. */
		if (try_create(b, &err) == 0 && monitor_start(w->conn, b->id, b->run, NULL, &err) == 0) {
			expect_code(b, 3);
			assert_int_equal(count_lines(b), 1);
		}
		assert_int_equal(waitpid(killer, &status, 0), killer);
		ask_again(w);
		clean(b);
	}
}

static void test_race_of_starters(void **state)
{
	struct world *w = *state;
	pid_t monitor = monitor_conn_pid(w->conn), keeper = keeper_pid(w), pids[8];

	kill_and_wait(keeper);
	kill_and_wait(monitor);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct monitor_conn *c = NULL;

			_exit(monitor_connect(&w->place, KEY, 1, NULL, &c, NULL) == 0 ? 0 : 1);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	ask_again(w);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct {
		const char *name, *paths[4];
	} runtimes[] = {{"runc", {"/usr/sbin/runc", "/usr/bin/runc", NULL}}, {"crun", {"/usr/bin/crun", "/usr/local/bin/crun", NULL}}};
	static const struct CMUnitTest tests[] = {
		T(test_exit_codes), T(test_killed), T(test_killed_before_start), T(test_log_is_complete_at_the_end), T(test_missing_command), T(test_refused_by_the_kernel),
		T(test_monitor_dies), T(test_keeper_dies), T(test_keeper_then_monitor_die), T(test_both_die), T(test_stop), T(test_run_root_deleted),
		T(test_null_exit), T(test_upgrade), cmocka_unit_test_setup_teardown(test_agent, setup_with_agent, teardown), T(test_monitor_dies_at_any_moment), T(test_race_of_starters),
	};
	const char *only = getenv("CTR_TEST_RUNTIME");
	int failed = 0, tried = 0;

	if (geteuid() != 0 || system("command -v busybox >/dev/null") != 0) {
		fprintf(stderr, "SKIP: real containers need root and busybox\n");
		return 77;
	}
	/* CTR_TEST_ONLY=NAME picks one test, CTR_TEST_RUNTIME one runtime. */
	cmocka_set_test_filter(getenv("CTR_TEST_ONLY"));
	alarm(600);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++)
		for (const char *const *p = runtimes[i].paths; *p; p++)
			if (access(*p, X_OK) == 0 && (!only || STREQ(only, runtimes[i].name))) {
				runtime_name = runtimes[i].name;
				runtime_path = *p;
				tried++;
				failed += cmocka_run_group_tests_name(runtime_name, tests, NULL, NULL);
				break;
			}
	if (!tried) {
		fprintf(stderr, "SKIP: neither runc nor crun is installed\n");
		return 77;
	}
	return failed != 0;
}
