/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a call two seconds, and lets Ctrl-C cancel it: op [CONFIG.json] */
#include <libctr/libctr.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static ctr_op_t *op;

static void on_int(int signal)
{
	(void)signal;
	ctr_op_cancel(op); /* async-signal-safe */
}

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	struct sigaction action;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;
	const char *holder;
	int code;

	if (ctr_op_new(&op, NULL))
		return 1;
	ctr_op_set_timeout_ns(op, UINT64_C(2000000000));
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_int;
	sigaction(SIGINT, &action, NULL);
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argc > 1 ? argv[1] : NULL;
	code = ctr_engine_open(&opts, op, &engine, &err);
	switch (code) {
	case 0:
		break;
	case CTR_ERR_TIMEOUT:
		holder = ctr_error_detail(err, "holder_pid");
		fprintf(stderr, "not within two seconds: process %s is at it\n", holder ? holder : "of another kind");
		break;
	case CTR_ERR_CANCELLED:
		fprintf(stderr, "cancelled\n");
		break;
	default:
		fprintf(stderr, "%s\n", ctr_error_message(err));
	}
	ctr_engine_unref(engine);
	ctr_op_unref(op);
	ctr_error_unref(err);
	return code != 0;
}
