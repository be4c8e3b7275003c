/* SPDX-License-Identifier: Apache-2.0 */
/* A host process that dies, or is stopped, at a point of its work that the caller chooses; or works until somebody kills it.
 *
 *   … loop SEED                 creates, starts, kills and removes containers w to z at random, for ever; "ready" first
 *   … die|stop N NAME VERB…     the verbs, with SIGKILL or SIGSTOP at the N-th event (0: never); then "events COUNT"
 *
 * Events are the moments before and after each write, file, directory, message, and take or release of a robust mutex, of this
 * process: all that others can see of it. The wrappers stand in this program, whose symbols come before those of libraries. */
#include <dlfcn.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "program.h"

static long at_event; /* 0: events are counted only */
static long events;
static int event_signal;
static int counting;

static void event(void)
{
	if (!__atomic_load_n(&counting, __ATOMIC_RELAXED))
		return;
	if (++events == at_event)
		kill(getpid(), event_signal);
}

#define REAL(name) ((__typeof__(&name))real(#name))
#define EXPORT __attribute__((visibility("default")))

static void *real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		_exit(2);
	return f;
}

/* One function of libc with its events around it */
#define WRAP(type, name, params, ...)                                                                                  \
	EXPORT type name params;                                                                                       \
	EXPORT type name params                                                                                        \
	{                                                                                                              \
		type r;                                                                                                \
		int saved;                                                                                             \
                                                                                                                       \
		event();                                                                                               \
		r = REAL(name)(__VA_ARGS__);                                                                           \
		saved = errno;                                                                                         \
		event();                                                                                               \
		errno = saved;                                                                                         \
		return r;                                                                                              \
	}

WRAP(ssize_t, pwrite, (int fd, const void *data, size_t len, off_t at), fd, data, len, at)
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t len, off64_t at), fd, data, len, at)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), fd, m, flags)
WRAP(int, fdatasync, (int fd), fd)
WRAP(int, fsync, (int fd), fd)
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), dir, path, mode)
WRAP(int, mkfifoat, (int dir, const char *path, mode_t mode), dir, path, mode)
WRAP(int, unlinkat, (int dir, const char *path, int flags), dir, path, flags)
WRAP(int, renameat, (int from_dir, const char *from, int to_dir, const char *to), from_dir, from, to_dir, to)
WRAP(int, posix_fallocate, (int fd, off_t at, off_t len), fd, at, len)

static int is_robust(const pthread_mutex_t *m)
{
	return m->__data.__kind & 16 /* PTHREAD_MUTEX_ROBUST_NORMAL_NP of glibc's private header */;
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
	int r = REAL(pthread_mutex_trylock)(m);

	if (is_robust(m))
		event();
	return r;
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
	int robust = is_robust(m), r;

	if (robust)
		event();
	r = REAL(pthread_mutex_unlock)(m);
	if (robust)
		event();
	return r;
}

/* Others do the same to the same containers, so these may be the answer; nothing else may. */
static int is_sound(int code)
{
	static const int sound[] = {0, CTR_ERR_NAME_IN_USE, CTR_ERR_STATE_INVALID, CTR_ERR_STOPPED, CTR_ERR_REMOVED,
				    CTR_ERR_NO_SUCH_CONTAINER};

	for (size_t i = 0; i < COUNT(sound); i++) {
		if (sound[i] == code)
			return 1;
	}
	return 0;
}

#define SOUND(call)                                                                                                    \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		if (!is_sound(got_))                                                                                   \
			fail_with(got_, err, #call);                                                                   \
		ctr_error_unref(err);                                                                                  \
	} while (0)

static void use(ctr_container_t *c, unsigned choice)
{
	struct ctr_remove_opts rm = remove_opts((choice & 64) != 0);
	struct ctr_stop_opts stop = stop_at_once();
	int32_t code;

	switch (choice % 8) {
	case 0:
		SOUND(ctr_container_init(c, NULL, NULL, &err));
		return;
	case 1:
	case 2:
	case 3:
		SOUND(ctr_container_start(c, NULL, NULL, &err));
		return;
	case 4:
		SOUND(ctr_container_kill(c, SIGKILL, NULL, &err));
		return;
	case 5:
		SOUND(ctr_container_stop(c, &stop, NULL, &err));
		return;
	case 6:
		SOUND(ctr_container_kill(c, SIGKILL, NULL, &err));
		SOUND(ctr_container_wait(c, NULL, NULL, &code, &err));
		return;
	default:
		SOUND(ctr_container_remove(c, &rm, NULL, &err));
	}
}

static void loop(const struct place *p, unsigned seed)
{
	ctr_engine_t *engine = open_engine(p);

	dprintf(STDOUT_FILENO, "ready\n");
	for (;;) {
		unsigned choice = (unsigned)rand_r(&seed);
		const char name[] = {(char)('w' + choice % 4), '\0'};
		ctr_container_t *c = NULL;

		SOUND(ctr_container_open(engine, name, &c, &err));
		if (!c) {
			ctr_spec_t *spec = new_spec(p, name, choice & 64 ? "exit 3" : "sleep 1000", choice & 64 ? "3" : NULL);

			SOUND(ctr_container_create(engine, spec, NULL, &c, &err));
			ctr_spec_unref(spec);
		}
		for (int i = 0; c && i < 4; i++)
			use(c, (unsigned)rand_r(&seed));
		ctr_container_unref(c);
	}
}

static void run_verb(const struct place *p, ctr_engine_t *engine, const char *name, const char *verb)
{
	struct ctr_remove_opts rm = remove_opts(strcmp(verb, "force") == 0);
	struct ctr_stop_opts stop = stop_at_once();
	ctr_container_t *c = NULL;

	if (strcmp(verb, "create") == 0) {
		ctr_container_unref(new_container(p, engine, name));
		return;
	}
	MUST(ctr_container_open(engine, name, &c, &err));
	if (strcmp(verb, "init") == 0)
		MUST(ctr_container_init(c, NULL, NULL, &err));
	else if (strcmp(verb, "start") == 0)
		MUST(ctr_container_start(c, NULL, NULL, &err));
	else if (strcmp(verb, "kill") == 0)
		MUST(ctr_container_kill(c, SIGKILL, NULL, &err));
	else if (strcmp(verb, "stop") == 0)
		MUST(ctr_container_stop(c, &stop, NULL, &err));
	else if (strcmp(verb, "cleanup") == 0)
		MUST(ctr_container_cleanup(c, 0, NULL, &err));
	else
		MUST(ctr_container_remove(c, &rm, NULL, &err));
	ctr_container_unref(c);
}

int main(int argc, char **argv)
{
	struct place p = place_of(argc, argv);
	ctr_engine_t *engine;

	if (argc == 7 && strcmp(argv[5], "loop") == 0)
		loop(&p, (unsigned)atoi(argv[6]));
	if (argc < 9)
		return 2;
	event_signal = strcmp(argv[5], "stop") == 0 ? SIGSTOP : SIGKILL;
	at_event = atol(argv[6]);
	/* "open" first: also the points of opening the store */
	counting = strcmp(argv[8], "open") == 0;
	engine = open_engine(&p);
	counting = 1;
	for (int i = 8; i < argc; i++) {
		if (strcmp(argv[i], "open") != 0)
			run_verb(&p, engine, argv[7], argv[i]);
	}
	ctr_engine_unref(engine);
	counting = 0;
	printf("events %ld\n", events);
	return 0;
}
