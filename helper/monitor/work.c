/* SPDX-License-Identifier: Apache-2.0 */
/* What may take its time runs on a thread of its own; the event thread hears of its end through an eventfd. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include "base/mem.h"
#include "monitor.h"
#include "os/fd.h"

struct work {
	work_fn run, done;
	void *data, *userdata;
	int event_fd;
	struct loop_io *io;
	struct monitor *m;
	pthread_t thread;
};

static void *thread(void *userdata)
{
	struct work *w = userdata;
	uint64_t one = 1;

	w->run(w->data);
	while (write(w->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	return NULL;
}

static void on_done(void *userdata, uint32_t events)
{
	struct work *w = userdata;

	(void)events;
	pthread_join(w->thread, NULL);
	loop_io_del(w->io);
	close(w->event_fd);
	w->m->n_works--;
	w->done(w->userdata);
	free(w);
}

struct work *work_start(struct monitor *m, work_fn run, void *data, work_fn done, void *userdata)
{
	struct work *w = NEW0(struct work);
	pthread_attr_t attr;
	int r;

	if (!w)
		return NULL;
	*w = (struct work){.run = run, .done = done, .data = data, .userdata = userdata, .m = m};
	w->event_fd = os_fd_above_std(eventfd(0, EFD_CLOEXEC));
	w->io = w->event_fd >= 0 ? loop_io_add(m->loop, w->event_fd, EPOLLIN, on_done, w) : NULL;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	r = w->io ? pthread_create(&w->thread, &attr, thread, w) : ENOMEM;
	pthread_attr_destroy(&attr);
	if (r == 0) {
		m->n_works++;
		return w;
	}
	loop_io_del(w->io);
	if (w->event_fd >= 0)
		close(w->event_fd);
	free(w);
	return NULL;
}
