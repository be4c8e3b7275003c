/* SPDX-License-Identifier: Apache-2.0 */
/* A picture of everything in this process that is not a library's to change, and the census of its descriptors. */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FDS_MAX 4096

extern char **environ;

static void put_status(FILE *out)
{
	static const char *const keys[] = { "Umask:", "Threads:", "NoNewPrivs:", "Seccomp:", "Cap", "SigBlk:", "SigIgn:", "SigCgt:", "NSpid:", "Groups:" };
	FILE *in = fopen("/proc/self/status", "re");
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, out);
	if (in)
		fclose(in);
}

static void put_signals(FILE *out)
{
	for (int i = 1; i < 65; i++) {
		struct sigaction now;

		memset(&now, 0, sizeof(now));
		if (sigaction(i, NULL, &now) == 0)
			fprintf(out, "signal %d: %p flags %x\n", i, (void *)(uintptr_t)now.sa_handler, (unsigned)now.sa_flags);
	}
}

static void put_environment(FILE *out)
{
	fprintf(out, "environ %p locale %s\n", (void *)environ, setlocale(LC_ALL, NULL));
	for (char **e = environ; e && *e; e++)
		fprintf(out, "env %p %s\n", (void *)*e, *e);
}

static void put_limits(FILE *out)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			fprintf(out, "rlimit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	}
}

static void put_scheduling(FILE *out)
{
	int reaper = 0, death = 0;
	char name[16] = "";
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	prctl(PR_GET_CHILD_SUBREAPER, &reaper);
	prctl(PR_GET_PDEATHSIG, &death);
	prctl(PR_GET_NAME, name);
	fprintf(out, "nice %d policy %d cpus %d subreaper %d pdeathsig %d name %s dumpable %d slack %d\n", getpriority(PRIO_PROCESS, 0),
		sched_getscheduler(0), CPU_COUNT(&cpus), reaper, death, name, prctl(PR_GET_DUMPABLE), prctl(PR_GET_TIMERSLACK));
	fprintf(out, "group %d session %d uid %d %d gid %d %d\n", getpgrp(), getsid(0), getuid(), geteuid(), getgid(), getegid());
}

static void put_places(FILE *out)
{
	static const char *const links[] = { "cwd", "root", "ns/mnt", "ns/net", "ns/pid_for_children", "ns/user", "ns/uts", "ns/ipc", "ns/cgroup" };
	char path[64], target[512];

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/%s", links[i]);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		fprintf(out, "%s -> %s\n", links[i], target);
	}
}

static void put_standard_fds(FILE *out)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			fprintf(out, "fd %d closed\n", fd);
		else
			fprintf(out, "fd %d: device %llu inode %llu status %x flags %x\n", fd, (unsigned long long)st.st_dev,
				(unsigned long long)st.st_ino, (unsigned)fcntl(fd, F_GETFL), (unsigned)fcntl(fd, F_GETFD));
	}
}

char *process_picture(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	/* First: looking itself opens a file, which with 0 closed would be 0. */
	put_standard_fds(out);
	put_status(out);
	put_signals(out);
	put_environment(out);
	put_limits(out);
	put_scheduling(out);
	put_places(out);
	fclose(out);
	return text;
}

void process_compare(const char *before, const char *when)
{
	char *after = process_picture();
	const char *a = before, *b = after;

	while (*a && *b) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		if (n != m || strncmp(a, b, n) != 0)
			report("%s this process has changed: \"%.*s\" was \"%.*s\"", when, (int)m, b, (int)n, a);
		a += n + (a[n] == '\n');
		b += m + (b[m] == '\n');
	}
	free(after);
}

static struct {
	int open;
	unsigned long long device, inode;
} known[FDS_MAX];

static int each_fd(void (*see)(int fd, const char *when), const char *when)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int n = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir) || fd >= FDS_MAX)
			continue;
		see(fd, when);
		n++;
	}
	closedir(dir);
	return n;
}

static void remember(int fd, const char *when)
{
	struct stat st;

	(void)when;
	if (fstat(fd, &st) < 0)
		return;
	known[fd].open = 1;
	known[fd].device = st.st_dev;
	known[fd].inode = st.st_ino;
}

static void see(int fd, const char *when)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	if (known[fd].open && known[fd].device == st.st_dev && known[fd].inode == st.st_ino)
		return;
	if (fd < 3)
		report("%s descriptor %d is open, which was closed", when, fd);
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		report("%s descriptor %d is not close-on-exec", when, fd);
}

void process_fds_known(void)
{
	memset(known, 0, sizeof(known));
	each_fd(remember, "");
}

int process_fds_census(const char *when)
{
	return each_fd(see, when);
}
