/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's tables and its half of the link. */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *keeper_arg(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	return NULL;
}

int keeper_is_linked(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void drop_at(struct keeper *k, size_t i)
{
	close(k->fds[i].fd);
	k->fds[i] = k->fds[--k->n_fds];
}

static void drop(struct keeper *k, const char *tag)
{
	size_t len = strlen(tag);
	int prefix = len > 0 && tag[len - 1] == '*';

	for (size_t i = k->n_fds; i-- > 0;)
		if (prefix ? strncmp(k->fds[i].tag, tag, len - 1) == 0 : strcmp(k->fds[i].tag, tag) == 0)
			drop_at(k, i);
}

int keeper_put(struct keeper *k, const char *tag, int fd)
{
	drop(k, tag);
	if (k->n_fds == KEEPER_FDS || strlen(tag) >= STORE_TAG_SIZE) {
		close(fd);
		return -ENOSPC;
	}
	strcpy(k->fds[k->n_fds].tag, tag);
	k->fds[k->n_fds++].fd = fd;
	return 0;
}

void keeper_add_status(struct keeper *k, pid_t pid, uint64_t start, int status)
{
	/* Full means that 65 536 processes ended that nobody asked for: the oldest goes. */
	if (k->n_statuses == KEEPER_STATUSES)
		memmove(k->statuses, k->statuses + 1, --k->n_statuses * sizeof(k->statuses[0]));
	k->statuses[k->n_statuses++] = (struct kept_status){.pid = pid, .start = start, .status = status};
}

static void forget(struct keeper *k, pid_t pid, uint64_t start)
{
	for (size_t i = 0; i < k->n_statuses; i++)
		if (k->statuses[i].pid == pid && k->statuses[i].start == start) {
			k->n_statuses--;
			memmove(k->statuses + i, k->statuses + i + 1, (k->n_statuses - i) * sizeof(k->statuses[0]));
			return;
		}
}

static void begin_list(struct keeper *k)
{
	k->ready = k->ever_ready = 1;
	k->old_path[0] = '\0';
	k->listed = 0;
	k->next_listed = 0;
}

static void begin_statuses(struct keeper *k)
{
	k->listed = 1;
	for (size_t i = 0; i < k->n_statuses; i++)
		k->statuses[i].sent = 0;
}

int keeper_receive(struct keeper *k)
{
	size_t len, n_fds;
	int fd = -1, r;

	if (k->link < 0)
		return -EPIPE;
	r = os_recv_msg(k->link, &k->in, sizeof(k->in) - 1, &len, &fd, 1, &n_fds);
	if (r < 0)
		return r == -EAGAIN || r == -EMSGSIZE ? r : -EPIPE;
	if (len < LINK_MSG_HEAD)
		return len == 0 ? -EPIPE : 0;
	((char *)&k->in)[len] = '\0';
	if (n_fds == 1 && k->in.kind == LINK_PUT)
		keeper_put(k, k->in.text, fd);
	else if (n_fds == 1)
		close(fd);
	if (k->in.kind == LINK_DROP)
		drop(k, k->in.text);
	else if (k->in.kind == LINK_LIST)
		begin_list(k);
	else if (k->in.kind == LINK_STATUSES)
		begin_statuses(k);
	else if (k->in.kind == LINK_FORGET)
		forget(k, k->in.pid, k->in.start);
	else if (k->in.kind == LINK_REPLACE)
		strcpy(k->replace, k->in.text);
	return 0;
}

static int send_out(struct keeper *k, const int *fd)
{
	return os_send_msg(k->link, &k->out, LINK_MSG_HEAD + strlen(k->out.text), fd, fd ? 1 : 0);
}

short keeper_events(const struct keeper *k)
{
	int more = k->next_listed >= 0;

	for (size_t i = 0; !more && k->listed && i < k->n_statuses; i++)
		more = !k->statuses[i].sent;
	return (short)(more ? POLLIN | POLLOUT : POLLIN);
}

void keeper_flush(struct keeper *k)
{
	if (k->link < 0 || (k->next_listed < 0 && !k->listed))
		return;
	for (; k->next_listed >= 0 && (size_t)k->next_listed < k->n_fds; k->next_listed++) {
		k->out = (struct link_msg){.kind = LINK_FD};
		strcpy(k->out.text, k->fds[k->next_listed].tag);
		if (send_out(k, &k->fds[k->next_listed].fd) < 0)
			return;
	}
	if (k->next_listed >= 0) {
		k->out = (struct link_msg){.kind = LINK_END};
		if (send_out(k, NULL) < 0)
			return;
		k->next_listed = -1;
	}
	for (size_t i = 0; k->listed && i < k->n_statuses; i++) {
		if (k->statuses[i].sent)
			continue;
		k->out = (struct link_msg){.kind = LINK_STATUS, .pid = k->statuses[i].pid, .status = k->statuses[i].status, .start = k->statuses[i].start};
		if (send_out(k, NULL) < 0)
			return;
		k->statuses[i].sent = 1;
	}
}

static int write_list(struct keeper *k, int fd)
{
	for (size_t i = 0; i < k->n_fds; i++) {
		k->out = (struct link_msg){.kind = LINK_FD, .fd = k->fds[i].fd};
		strcpy(k->out.text, k->fds[i].tag);
		if (write(fd, &k->out, sizeof(k->out)) != sizeof(k->out))
			return -EIO;
	}
	for (size_t i = 0; i < k->n_statuses; i++) {
		k->out = (struct link_msg){.kind = LINK_STATUS, .pid = k->statuses[i].pid, .status = k->statuses[i].status, .start = k->statuses[i].start};
		if (write(fd, &k->out, sizeof(k->out)) != sizeof(k->out))
			return -EIO;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static void set_inherited(struct keeper *k, int inherited)
{
	for (size_t i = 0; i < k->n_fds; i++)
		fcntl(k->fds[i].fd, F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

static char *beside(struct keeper *k)
{
	char *name;

	strcpy(k->out.text, k->monitor_path);
	name = strrchr(k->out.text, '/');
	if (!name || name + sizeof("/ctr-keeper") > k->out.text + sizeof(k->out.text))
		return NULL;
	strcpy(name, "/ctr-keeper");
	return k->out.text;
}

void keeper_replace(struct keeper *k)
{
	static const char flag[] = "--takeover", was[] = "--was";
	char path[LINK_TEXT_SIZE], number[16], *argv[32];
	int argc = 0, list;

	if (strcmp(k->monitor_path, k->replace) != 0)
		strcpy(k->old_path, k->monitor_path);
	strcpy(k->monitor_path, k->replace);
	k->replace[0] = '\0';
	if (strlen(k->monitor_path) >= sizeof(path) || !beside(k))
		return;
	strcpy(path, k->out.text);
	for (char **a = k->argv; *a && argc < 26; a++)
		if ((strcmp(*a, flag) == 0 || strcmp(*a, was) == 0) && a[1])
			a++;
		else
			argv[argc] = argc > 0 && strcmp(a[-1], "--monitor") == 0 ? k->monitor_path : *a, argc++;
	argv[0] = (char *)"ctr-keeper";
	list = os_fd_above_std(memfd_create("ctr-keeper", 0));
	snprintf(number, sizeof(number), "%d", list);
	argv[argc++] = (char *)flag;
	argv[argc++] = number;
	if (k->old_path[0]) {
		argv[argc++] = (char *)was;
		argv[argc++] = k->old_path;
	}
	argv[argc] = NULL;
	if (list >= 0 && write_list(k, list) == 0) {
		set_inherited(k, 1);
		fcntl(list, F_SETFD, 0);
		execve(path, argv, k->envp);
		set_inherited(k, 0);
	}
	if (list >= 0)
		close(list);
}

void keeper_take_over(struct keeper *k, int list)
{
	while (read(list, &k->in, sizeof(k->in)) == sizeof(k->in)) {
		if (k->in.kind == LINK_FD && fcntl(k->in.fd, F_SETFD, FD_CLOEXEC) == 0)
			keeper_put(k, k->in.text, k->in.fd);
		else if (k->in.kind == LINK_STATUS)
			keeper_add_status(k, k->in.pid, k->in.start, k->in.status);
	}
	close(list);
}
