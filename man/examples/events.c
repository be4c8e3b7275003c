/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what has happened, and for one second what happens, from a poll loop of our own: events CONFIG.json */
#include <libctr/libctr.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

static int print_all(ctr_events_t *events, ctr_error_t **err)
{
	char *text = NULL;
	int r;

	while ((r = ctr_events_next(events, &text, err)) == 0) {
		puts(text);
		ctr_free(text);
	}
	return r;
}

static void follow(ctr_engine_t *engine, ctr_error_t **err)
{
	struct ctr_events_opts opts;
	ctr_events_t *events = NULL;
	struct pollfd p = {-1, POLLIN, 0};

	ctr_events_opts_init(&opts, sizeof(opts));
	opts.follow = 1;
	opts.until_ns = (int64_t)(time(NULL) + 1) * 1000000000;
	if (ctr_events_open(engine, &opts, NULL, &events, err))
		return;
	p.fd = ctr_events_fd(events);
	while (print_all(events, err) == CTR_ERR_WOULD_BLOCK)
		poll(&p, 1, -1); /* the other descriptors of the program would stand beside this one */
	ctr_events_unref(events);
}

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;

	if (argc < 2)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0)
		follow(engine, &err);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
