/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into the hostile host: stands before the functions that a library must not call in somebody else's process, and notes
 * who calls one while a call of libctr runs. Children (another pid) may call what they like before they exec. */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define NOTES 64

static atomic_int armed;
static pid_t host;
static atomic_size_t n_notes;
static char notes[NOTES][160];

EXPORT void traps_arm(int on);
EXPORT size_t traps_count(void);
EXPORT const char *traps_note(size_t i);

void traps_arm(int on)
{
	host = getpid();
	atomic_store(&armed, on);
}

size_t traps_count(void)
{
	return atomic_load(&n_notes);
}

const char *traps_note(size_t i)
{
	return i < NOTES ? notes[i] : "";
}

static void trapped(const char *function, const void *caller)
{
	Dl_info where = { .dli_fname = "?" };
	size_t i;

	if (!atomic_load(&armed) || getpid() != host)
		return;
	i = atomic_fetch_add(&n_notes, 1);
	if (i >= NOTES)
		return;
	dladdr(caller, &where);
	snprintf(notes[i], sizeof(notes[i]), "%s called from %s (%s+%#tx)", function, where.dli_sname ? where.dli_sname : "?", where.dli_fname,
		 (const char *)caller - (const char *)where.dli_fbase);
}

static void *next(const char *function)
{
	void *real = dlsym(RTLD_NEXT, function);

	if (!real)
		_exit(99);
	return real;
}

#define TRAP(name) trapped(#name, __builtin_return_address(0))
#define REAL(name, ret, args) ((ret(*) args)next(#name))

/* type, name, parameters, arguments */
#define TRAPPED(ret, name, params, types, call)                                                                        \
	EXPORT ret name params;                                                                                        \
	ret name params                                                                                                \
	{                                                                                                              \
		TRAP(name);                                                                                            \
		return REAL(name, ret, types) call;                                                                    \
	}
#define TRAPPED_END(name)                                                                                              \
	EXPORT _Noreturn void name(int status);                                                                        \
	void name(int status)                                                                                          \
	{                                                                                                              \
		TRAP(name);                                                                                            \
		REAL(name, void, (int))(status);                                                                       \
		__builtin_unreachable();                                                                               \
	}

TRAPPED_END(exit)
TRAPPED_END(_Exit)
TRAPPED_END(quick_exit)
TRAPPED(int, raise, (int signal), (int), (signal))
TRAPPED(int, sigaction, (int signal, const struct sigaction *new, struct sigaction *old), (int, const struct sigaction *, struct sigaction *),
	(signal, new, old))
TRAPPED(__sighandler_t, signal, (int signal, __sighandler_t handler), (int, __sighandler_t), (signal, handler))
TRAPPED(int, sigaltstack, (const stack_t *new, stack_t *old), (const stack_t *, stack_t *), (new, old))
TRAPPED(int, chdir, (const char *path), (const char *), (path))
TRAPPED(int, fchdir, (int fd), (int), (fd))
TRAPPED(int, chroot, (const char *path), (const char *), (path))
TRAPPED(int, unshare, (int flags), (int), (flags))
TRAPPED(int, setns, (int fd, int type), (int, int), (fd, type))
TRAPPED(mode_t, umask, (mode_t mask), (mode_t), (mask))
TRAPPED(int, setenv, (const char *name, const char *value, int replace), (const char *, const char *, int), (name, value, replace))
TRAPPED(int, putenv, (char *text), (char *), (text))
TRAPPED(int, unsetenv, (const char *name), (const char *), (name))
TRAPPED(int, clearenv, (void), (void), ())
TRAPPED(char *, setlocale, (int category, const char *locale), (int, const char *), (category, locale))
TRAPPED(pid_t, setsid, (void), (void), ())
TRAPPED(int, setpgid, (pid_t pid, pid_t group), (pid_t, pid_t), (pid, group))
TRAPPED(int, setpriority, (__priority_which_t which, id_t who, int value), (__priority_which_t, id_t, int), (which, who, value))
TRAPPED(int, nice, (int by), (int), (by))
TRAPPED(int, setrlimit, (__rlimit_resource_t what, const struct rlimit *limit), (__rlimit_resource_t, const struct rlimit *), (what, limit))
TRAPPED(unsigned int, alarm, (unsigned int seconds), (unsigned int), (seconds))
TRAPPED(pid_t, fork, (void), (void), ())
TRAPPED(pid_t, wait, (int *status), (int *), (status))
TRAPPED(pid_t, wait3, (int *status, int options, struct rusage *usage), (int *, int, struct rusage *), (status, options, usage))
TRAPPED(int, dup2, (int from, int to), (int, int), (from, to))
TRAPPED(int, atexit, (void (*fn)(void)), (void (*)(void)), (fn))
TRAPPED(int, on_exit, (void (*fn)(int, void *), void *arg), (void (*)(int, void *), void *), (fn, arg))
TRAPPED(int, __cxa_atexit, (void (*fn)(void *), void *arg, void *dso), (void (*)(void *), void *, void *), (fn, arg, dso))
TRAPPED(int, __register_atfork, (void (*before)(void), void (*parent)(void), void (*child)(void), void *dso),
	(void (*)(void), void (*)(void), void (*)(void), void *), (before, parent, child, dso))
TRAPPED(int, pthread_create, (pthread_t * ret, const pthread_attr_t *attr, void *(*fn)(void *), void *arg),
	(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), (ret, attr, fn, arg))
TRAPPED(char *, strtok, (char *text, const char *separators), (char *, const char *), (text, separators))
TRAPPED(void, srandom, (unsigned int seed), (unsigned int), (seed))
TRAPPED(void, tzset, (void), (void), ())

EXPORT _Noreturn void abort(void);
void abort(void)
{
	TRAP(abort);
	REAL(abort, void, (void))();
	__builtin_unreachable();
}

/* A child that could not exec ends with it. */
EXPORT _Noreturn void _exit(int status);
void _exit(int status)
{
	TRAP(_exit);
	REAL(_exit, void, (int))(status);
	__builtin_unreachable();
}

/* One's own child, by its number, is nobody else's business. */
EXPORT pid_t waitpid(pid_t pid, int *status, int options);
pid_t waitpid(pid_t pid, int *status, int options)
{
	if (pid <= 0)
		TRAP(waitpid);
	return REAL(waitpid, pid_t, (pid_t, int *, int))(pid, status, options);
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	if (pid <= 0)
		TRAP(wait4);
	return REAL(wait4, pid_t, (pid_t, int *, int, struct rusage *))(pid, status, options, usage);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	if (type == P_ALL || type == P_PGID)
		TRAP(waitid);
	return REAL(waitid, int, (idtype_t, id_t, siginfo_t *, int))(type, id, info, options);
}

EXPORT int kill(pid_t pid, int signal);
int kill(pid_t pid, int signal)
{
	if (signal != 0 && (pid <= 0 || pid == host))
		TRAP(kill);
	return REAL(kill, int, (pid_t, int))(pid, signal);
}

EXPORT int prctl(int option, ...);
int prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;

	va_start(ap, option);
	for (size_t i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_CHILD_SUBREAPER || option == PR_SET_PDEATHSIG || option == PR_SET_NAME || option == PR_SET_DUMPABLE ||
	    option == PR_SET_NO_NEW_PRIVS)
		TRAP(prctl);
	return REAL(prctl, int, (int, ...))(option, a[0], a[1], a[2], a[3]);
}

static int prlimit_sets(pid_t pid, const void *limit)
{
	return limit && (pid == 0 || pid == host);
}

EXPORT int prlimit(pid_t pid, __rlimit_resource_t what, const struct rlimit *new, struct rlimit *old);
int prlimit(pid_t pid, __rlimit_resource_t what, const struct rlimit *new, struct rlimit *old)
{
	if (prlimit_sets(pid, new))
		TRAP(prlimit);
	return REAL(prlimit, int, (pid_t, __rlimit_resource_t, const struct rlimit *, struct rlimit *))(pid, what, new, old);
}

#define STANDARD(fd) ((fd) >= 0 && (fd) <= 2)

EXPORT ssize_t write(int fd, const void *data, size_t len);
ssize_t write(int fd, const void *data, size_t len)
{
	if (STANDARD(fd))
		TRAP(write);
	return REAL(write, ssize_t, (int, const void *, size_t))(fd, data, len);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int n);
ssize_t writev(int fd, const struct iovec *parts, int n)
{
	if (STANDARD(fd))
		TRAP(writev);
	return REAL(writev, ssize_t, (int, const struct iovec *, int))(fd, parts, n);
}

EXPORT int close(int fd);
int close(int fd)
{
	if (STANDARD(fd))
		TRAP(close);
	return REAL(close, int, (int))(fd);
}

/* SIGPIPE on a socket is kept back by a flag, which only send has. */
EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
EXPORT ssize_t send(int fd, const void *data, size_t len, int flags);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (!(flags & MSG_NOSIGNAL))
		TRAP(sendmsg);
	return REAL(sendmsg, ssize_t, (int, const struct msghdr *, int))(fd, message, flags);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	if (!(flags & MSG_NOSIGNAL))
		TRAP(send);
	return REAL(send, ssize_t, (int, const void *, size_t, int))(fd, data, len, flags);
}
