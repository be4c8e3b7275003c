/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts whose process is unlike what a library expects: each still leads the whole life of containers, and stays as it is. */
#include "host.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void plain(const struct host *h)
{
	life_alone(h, "host");
}

/* With traps.so preloaded. */
static void traps(const struct host *h)
{
	void (*arm)(int);
	size_t (*count)(void);
	const char *(*note)(size_t);

	*(void **)&arm = dlsym(RTLD_DEFAULT, "traps_arm");
	*(void **)&count = dlsym(RTLD_DEFAULT, "traps_count");
	*(void **)&note = dlsym(RTLD_DEFAULT, "traps_note");
	if (!arm || !count || !note) {
		report("the traps are not loaded");
		return;
	}
	arm(1);
	life_alone(h, "traps");
	raise(SIGCONT); /* one that must be seen: without it the traps would be blind */
	arm(0);
	if (count() == 0)
		report("the traps see nothing");
	for (size_t i = 0; i < count(); i++)
		if (!strstr(note(i), "raise called"))
			report("%s", note(i));
}

static void close_standard_fds(const struct host *h)
{
	(void)h;
	for (int i = 0; i < 3; i++)
		close(i);
}

static void closed_fds(const struct host *h)
{
	ctr_engine_t *engine;
	ctr_container_t *c;
	int before, fd = -1;

	process_fds_known();
	before = process_fds_census("at the start");
	engine = life_engine(h, h->root, h->run_root);
	process_fds_census("after engine_open");
	c = life_create(h, engine, "censused", NULL);
	OK(ctr_container_start(c, NULL, NULL, &err));
	process_fds_census("after start");
	OK(ctr_container_exit_fd(c, &fd, &err));
	process_fds_census("after exit_fd");
	close(fd);
	life_remove(c);
	life_whole(h, engine, "closed");
	process_fds_census("after a life");
	ctr_engine_unref(engine);
	EQUAL(process_fds_census("after the last unref"), before);
}

static void ignore_sigchld(const struct host *h)
{
	(void)h;
	signal(SIGCHLD, SIG_IGN);
}

static void become_subreaper(const struct host *h)
{
	(void)h;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* What the same call prints with the plain locale and with one that writes 1,5. */
static void same_text(ctr_container_t *c)
{
	char *plain_text = NULL, *text = NULL;

	OK(ctr_container_inspect(c, NULL, &text, &err));
	setlocale(LC_ALL, "C");
	OK(ctr_container_inspect(c, NULL, &plain_text, &err));
	setlocale(LC_ALL, "");
	if (text && plain_text && strcmp(text, plain_text) != 0)
		report("inspect differs with the locale: %s / %s", text, plain_text);
	ctr_free(text);
	ctr_free(plain_text);
}

static void fractions(void)
{
	ctr_spec_t *spec = NULL;
	char *text = NULL;

	OK(ctr_spec_from_json("{\"stop_timeout\":3,\"labels\":{\"a\":\"1.5\"},\"oom_score_adj\":-12}", CTR_STRLEN, &spec, &err));
	OK(ctr_spec_to_json(spec, &text, &err));
	CHECK(text && strstr(text, "\"1.5\"") && strstr(text, "-12") && !strstr(text, "1,5"));
	ctr_free(text);
	ctr_spec_unref(spec);
}

static void take_locale(const struct host *h)
{
	char number[16] = "";

	(void)h;
	if (setlocale(LC_ALL, ""))
		snprintf(number, sizeof(number), "%.1f", 1.5);
	if (strcmp(number, "1,5") != 0)
		report("the locale is not one that writes 1,5");
}

static void locale(const struct host *h)
{
	ctr_engine_t *engine;
	ctr_container_t *c;

	engine = life_engine(h, h->root, h->run_root);
	fractions();
	c = life_create(h, engine, "comma", "3");
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_wait(c, NULL, NULL, NULL, &err));
	OK(ctr_container_cleanup(c, 0, NULL, &err));
	same_text(c);
	life_remove(c);
	life_whole(h, engine, "locale");
	ctr_engine_unref(engine);
}

static FILE *modes;
static size_t modes_skip;

/* What names a thing by chance (ids, uuids, boot ids, runs) becomes an X. */
static int put_mode(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char plain_path[256];
	size_t n = 0;

	(void)type;
	(void)ftw;
	for (const char *p = path + modes_skip; *p && n + 2 < sizeof(plain_path);) {
		size_t hex = strspn(p, "0123456789abcdef-");

		if (hex >= 12) {
			plain_path[n++] = 'X';
			p += hex;
		} else {
			plain_path[n++] = *p++;
		}
	}
	plain_path[n] = '\0';
	fprintf(modes, "%o %s\n", st->st_mode, plain_path);
	return 0;
}

/* The modes of all files of the store, for the driver to compare between umasks. */
static void write_modes(const struct host *h)
{
	char path[512];

	snprintf(path, sizeof(path), "%s.modes", h->root);
	modes = fopen(path, "we");
	if (!modes)
		abort();
	modes_skip = strlen(h->root);
	nftw(h->root, put_mode, 32, FTW_PHYS);
	modes_skip = strlen(h->run_root);
	nftw(h->run_root, put_mode, 32, FTW_PHYS);
	modes_skip = 0;
	fclose(modes);
}

static void masked(const struct host *h)
{
	ctr_engine_t *engine;
	ctr_container_t *runs, *ended;
	int fd = -1;

	engine = life_engine(h, h->root, h->run_root);
	runs = life_create(h, engine, "runs", NULL);
	ended = life_create(h, engine, "ended", "3");
	OK(ctr_container_init(runs, NULL, NULL, &err));
	OK(ctr_container_exit_fd(runs, &fd, &err));
	OK(ctr_container_start(runs, NULL, NULL, &err));
	OK(ctr_container_start(ended, NULL, NULL, &err));
	OK(ctr_container_wait(ended, NULL, NULL, NULL, &err));
	OK(ctr_container_cleanup(ended, 0, NULL, &err));
	write_modes(h);
	close(fd);
	life_remove(runs);
	life_remove(ended);
	life_whole(h, engine, "masked");
	ctr_engine_unref(engine);
}

static void umask_022(const struct host *h)
{
	(void)h;
	umask(022);
}

static void umask_077(const struct host *h)
{
	(void)h;
	umask(077);
}

static void umask_000(const struct host *h)
{
	(void)h;
	umask(0);
}

static void delete_cwd(const struct host *h)
{
	char gone[512];

	snprintf(gone, sizeof(gone), "%s.cwd", h->root);
	if (mkdir(gone, 0755) < 0 || chdir(gone) < 0 || rmdir(gone) < 0)
		abort();
}

static void block_signals(const struct host *h)
{
	sigset_t all;

	(void)h;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static int is_sensible(int code)
{
	static const int codes[] = { 0, CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_IO, CTR_ERR_STORAGE, CTR_ERR_NO_SUCH_CONTAINER,
				     CTR_ERR_STATE_INVALID, CTR_ERR_NAME_IN_USE };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return 1;
	return 0;
}

static void tried(const char *what, unsigned long limit, int code, ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	if (!is_sensible(code))
		report("%s with RLIMIT_FSIZE %lu gave %s: %s", what, limit, ctr_error_code_name(code), text ? text : "");
	ctr_free(text);
	ctr_error_unref(err);
}

#define TRY(what, call)                                                                                                \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int code_ = (call);                                                                                    \
		tried(what, limit, code_, err);                                                                        \
	} while (0)

static void life_under_limit(const struct host *h, unsigned long limit)
{
	static const char *const argv[] = { "/bin/true", NULL };
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = h->root;
	opts.run_root = h->run_root;
	opts.runtime = h->runtime;
	opts.storage = "null";
	OK(ctr_spec_new(&spec, &err));
	OK(ctr_spec_set_rootfs(spec, h->rootfs, &err));
	OK(ctr_spec_set_command(spec, argv, &err));
	TRY("engine_open", ctr_engine_open(&opts, NULL, &engine, &err));
	if (engine)
		TRY("create", ctr_container_create(engine, spec, NULL, &c, &err));
	if (c) {
		TRY("start", ctr_container_start(c, NULL, NULL, &err));
		TRY("kill", ctr_container_kill(c, SIGKILL, NULL, &err));
		TRY("remove", ctr_container_remove(c, NULL, NULL, &err));
	}
	ctr_spec_unref(spec);
	ctr_container_unref(c);
	ctr_engine_unref(engine);
}

static void set_file_size(rlim_t limit)
{
	struct rlimit now;

	getrlimit(RLIMIT_FSIZE, &now);
	now.rlim_cur = limit;
	setrlimit(RLIMIT_FSIZE, &now);
}

/* An error, never SIGXFSZ, and a store that is sound afterwards. The default action of that signal stays. */
static void file_size_limit(const struct host *h)
{
	static const rlim_t limits[] = { 0, 1, 100, 500, 2000, 4096, 20000, 40000, 70000, 100000, 150000, 300000 };
	ctr_container_list_t *l = NULL;
	struct rlimit before;
	ctr_engine_t *engine;

	getrlimit(RLIMIT_FSIZE, &before);
	for (size_t i = 0; i < 2 * sizeof(limits) / sizeof(limits[0]); i++) {
		rlim_t limit = limits[i % (sizeof(limits) / sizeof(limits[0]))];

		/* The second round finds a store that is complete. */
		if (i == sizeof(limits) / sizeof(limits[0])) {
			set_file_size(before.rlim_cur);
			life_alone(h, "between");
		}
		set_file_size(limit);
		life_under_limit(h, limit);
	}
	set_file_size(before.rlim_cur);
	engine = life_engine(h, h->root, h->run_root);
	OK(ctr_container_list(engine, NULL, NULL, &l, &err));
	for (size_t i = 0; i < ctr_container_list_count(l); i++)
		life_remove(ctr_container_ref(ctr_container_list_get(l, i)));
	ctr_container_list_unref(l);
	life_whole(h, engine, "unlimited");
	ctr_engine_unref(engine);
}

const struct variant variants_process[] = {
	{ "plain", plain, NULL },
	{ "traps", traps, NULL },
	{ "closed_fds", closed_fds, close_standard_fds },
	{ "sigchld_ignored", plain, ignore_sigchld },
	{ "subreaper", plain, become_subreaper },
	{ "locale", locale, take_locale },
	{ "umask_022", masked, umask_022 },
	{ "umask_077", masked, umask_077 },
	{ "umask_000", masked, umask_000 },
	{ "cwd_deleted", plain, delete_cwd },
	{ "signals_blocked", plain, block_signals },
	{ "file_size_limit", file_size_limit, NULL },
	{ NULL, NULL, NULL },
};
