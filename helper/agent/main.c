/* SPDX-License-Identifier: Apache-2.0 */
/* ctr-agent: libctr's core in a short-lived process of the monitor, for cleaning up after runs that no host has
 * claimed, and for restarts that are due. Descriptor 3 is a SOCK_SEQPACKET socket: one message asks
 * {"id","run","what":"cleanup" or "restart"}, one answers
 * {"id","run","result","message"} with result done, busy (somebody holds the lock: ask again later) or error. The other
 * end's close is the end of the work. */
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/core.h"
#include "os/fd.h"

#define SOCKET_FD 3
#define WORKERS 4 /* as many items as the monitor has out at once */
#define MESSAGE_MAX 1024
#define REASON_MAX 512

struct agent {
	ctr_engine_t *engine; /* NULL: could not be opened, for this reason */
	ctr_error_t *why;
};

static int usage(void)
{
	(void)fprintf(stderr,
		      "ctr-agent is started by ctr-monitor, with --root, --run-root and a socket as descriptor %d\n",
		      SOCKET_FD);
	return 2;
}

static char *sibling(const char *name)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	return str_printf("%s/%s", path, name);
}

/* Opening would make another one where the old one has been deleted. */
static int has_store(const char *root, ctr_error_t **err)
{
	CLEANUP_FREE char *path = str_printf("%s/ctr.db", root);

	if (!path) {
		error_no_memory(err);
		return 0;
	}
	if (access(path, F_OK) == 0)
		return 1;
	error_set_errno(err, 0, DOMAIN_CORE, errno, "the store %s is not there any more", root);
	return 0;
}

/* The runtime "null" as default: this process makes no containers, and needs no more rights than those it cleans up
 * after. */
static void open_engine(struct agent *a, const char *root, const char *run_root)
{
	CLEANUP_FREE char *monitor = sibling("ctr-monitor"), *agent = sibling("ctr-agent");
	struct ctr_engine_opts opts = {.size = sizeof(opts),
				       .root = root,
				       .run_root = run_root,
				       .runtime = "null",
				       .monitor_path = monitor,
				       .agent_path = agent};
	struct op_call call;

	op_call_begin(&call, NULL, 30 * NSEC_PER_SEC);
	if (!has_store(root, &a->why) || core_engine_open(&opts, &call, &a->engine, &a->why) < 0)
		a->engine = NULL;
}

static void answer(const char *id, uint64_t run, const char *result, const char *message)
{
	CLEANUP_JSON json_t *j = json_object_new_object();
	CLEANUP_FREE char *text = NULL;
	char reason[REASON_MAX];

	(void)str_copy(reason, sizeof(reason), message);
	if (!j || json_put_str(j, "id", id) < 0 || json_put_u64(j, "run", run) < 0 ||
	    json_put_str(j, "result", result) < 0 || json_put_str(j, "message", reason) < 0 || !(text = json_print(j)))
		return;
	/* With the monitor gone the row still says what is to be done; the next one asks again. */
	(void)os_send_msg(SOCKET_FD, text, strlen(text), NULL, 0);
}

/* What items ask for. */
static const struct work {
	const char *what;
	int (*fn)(ctr_engine_t *engine, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
} works[] = {{"cleanup", core_agent_cleanup}, {"restart", core_agent_restart}};

static const struct work *work_of(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(works); i++)
		if (STREQ(works[i].what, what))
			return &works[i];
	return NULL;
}

static void do_work(struct agent *a, const struct work *what, const char *id, uint64_t run)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_FREE char *text = NULL;
	struct op_call call;
	int r;

	if (!a->engine) {
		answer(id, run, "error", error_message(a->why));
		return;
	}
	op_call_begin(&call, NULL, a->engine->config.default_timeout_ns);
	r = what->fn(a->engine, id, run, &call, &err);
	text = r < 0 ? error_format(err) : NULL;
	answer(id, run, r == 0 ? "done" : r == -EBUSY ? "busy" : "error", text ? text : "");
}

/* 1 = done with one message, 0 = the end */
static int take_one(struct agent *a)
{
	CLEANUP_JSON json_t *j = NULL;
	struct pollfd p = {.fd = SOCKET_FD, .events = POLLIN};
	char message[MESSAGE_MAX];
	size_t len = 0, n_fds = 0;
	const struct work *what;
	const char *id;
	int r;

	if (poll(&p, 1, -1) < 0)
		return errno == EINTR;
	r = os_recv_msg(SOCKET_FD, message, sizeof(message), &len, NULL, 0, &n_fds);
	if (r == -EAGAIN) /* another worker has it */
		return 1;
	if (r < 0 || len == 0)
		return 0;
	if (message[len - 1] == '\n')
		len--;
	if (json_parse(message, len, &j, NULL, NULL) < 0 || !j)
		return 1;
	id = json_get_str(j, "id", "");
	what = work_of(json_get_str(j, "what", ""));
	if (ident_is_id(id) && what)
		do_work(a, what, id, json_get_u64(j, "run", 0));
	else
		answer(id, json_get_u64(j, "run", 0), "error", "this agent knows no such work");
	return 1;
}

static void *worker(void *arg)
{
	while (take_one(arg))
		;
	return NULL;
}

static void work(struct agent *a)
{
	pthread_t threads[WORKERS - 1];
	size_t n = 0;

	while (n < ARRAY_SIZE(threads) && pthread_create(&threads[n], NULL, worker, a) == 0)
		n++;
	worker(a);
	while (n > 0)
		pthread_join(threads[--n], NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"root", required_argument, NULL, 'r'}, {"run-root", required_argument, NULL, 'u'}, {NULL, 0, NULL, 0}};
	const char *root = NULL, *run_root = NULL;
	struct agent a = {.engine = NULL};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			root = optarg;
		else if (c == 'u')
			run_root = optarg;
		else
			return usage();
	}
	if (!root || !run_root || optind != argc)
		return usage();
	(void)signal(SIGPIPE, SIG_IGN);
	open_engine(&a, root, run_root);
	work(&a);
	if (a.engine)
		store_maintain(a.engine->store, 1);
	core_engine_unref(a.engine);
	error_unref(a.why);
	return 0;
}
