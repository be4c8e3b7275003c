/* SPDX-License-Identifier: Apache-2.0 */
/* The op: which limit wins, cancel from handlers and other threads, use after fork. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "base/clock.h"
#include "cm.h"
#include "op/op.h"
#include "oom.h"
#include "os/wait.h"

#define HOUR (UINT64_C(3600) * NSEC_PER_SEC)

static ctr_op_t *shared;

static void cancel_in_handler(int signal)
{
	(void)signal;
	op_cancel(shared);
}

static void nothing_in_handler(int signal)
{
	(void)signal;
}

static void the_nearest_limit_wins(void **state)
{
	struct op_call call, nearer;
	ctr_op_t *op = NULL;
	uint64_t now = clock_monotonic_ns();

	(void)state;
	assert_int_equal(op_new(&op, NULL), 0);
	op_call_begin(&call, op, HOUR); /* nothing set: the default of the class */
	assert_true(call.deadline_ns >= now + HOUR && call.deadline_ns < now + 2 * HOUR);
	op_call_begin(&call, NULL, CTR_FOREVER);
	assert_true(call.deadline_ns == OP_NO_DEADLINE);
	assert_true(op_call_left_ns(&call) == OP_NO_DEADLINE);
	op_set_timeout_ns(op, CTR_FOREVER); /* asked for: the default does not count */
	op_call_begin(&call, op, 1);
	assert_true(call.deadline_ns == OP_NO_DEADLINE);
	op_set_deadline_ns(op, now + HOUR);
	op_call_begin(&call, op, 1);
	assert_true(call.deadline_ns == now + HOUR);
	op_set_timeout_ns(op, 2 * HOUR);
	op_call_begin(&call, op, 1);
	assert_true(call.deadline_ns == now + HOUR);
	op_set_deadline_ns(op, CTR_FOREVER);
	op_call_begin(&call, op, 1);
	assert_true(call.deadline_ns > now + HOUR && call.deadline_ns != OP_NO_DEADLINE);
	nearer = op_call_nearer(&call, HOUR);
	assert_true(nearer.deadline_ns < call.deadline_ns && nearer.op == op);
	nearer = op_call_nearer(&nearer, 100 * HOUR);
	assert_true(nearer.deadline_ns < call.deadline_ns);
	assert_true(op_call_nearer(NULL, HOUR).deadline_ns != OP_NO_DEADLINE);
	op_unref(op);
}

static void a_limit_of_zero_looks_once(void **state)
{
	ctr_error_t *err CLEANUP_ERROR = NULL;
	ctr_op_t *op = NULL;
	struct op_call call;
	int p[2];

	(void)state;
	assert_int_equal(op_new(&op, NULL), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	op_set_timeout_ns(op, 0);
	op_call_begin(&call, op, HOUR);
	assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "reading the pipe", &err), CTR_ERR_TIMEOUT);
	assert_true(strstr(error_message(err), "while reading the pipe") != NULL);
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "reading the pipe", NULL), 0);
	assert_int_equal(op_call_check(&call, "x", NULL), CTR_ERR_TIMEOUT);
	close(p[0]);
	close(p[1]);
	op_unref(op);
}

static void a_cancel_sticks_until_reset(void **state)
{
	struct op_call call;
	ctr_error_t *err CLEANUP_ERROR = NULL;
	int p[2];

	(void)state;
	assert_int_equal(op_new(&shared, NULL), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	op_call_begin(&call, shared, CTR_FOREVER);
	op_cancel(shared);
	op_cancel(shared);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(op_call_check(&call, "x", NULL), CTR_ERR_CANCELLED);
		assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "x", NULL), CTR_ERR_CANCELLED);
	}
	op_reset(shared);
	assert_int_equal(op_call_check(&call, "x", NULL), 0);
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "x", &err), 0);
	close(p[0]);
	close(p[1]);
	shared = op_unref(shared);
}

/* The alarm may come before the wait begins: the cancel sticks, so that the outcome is the same. */
static void a_signal_handler_may_cancel(void **state)
{
	struct sigaction sa = {.sa_handler = cancel_in_handler, .sa_flags = SA_RESTART}, old;
	const struct itimerspec soon = {.it_value.tv_nsec = 1000000};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct op_call call;
	timer_t timer;
	int p[2];

	(void)state;
	assert_int_equal(op_new(&shared, NULL), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	sigaction(SIGUSR1, &sa, &old);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	op_call_begin(&call, shared, CTR_FOREVER);
	assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
	assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "x", NULL), CTR_ERR_CANCELLED);
	timer_delete(timer);
	sigaction(SIGUSR1, &old, NULL);
	close(p[0]);
	close(p[1]);
	shared = op_unref(shared);
}

/* Repeated, since a signal that arrives before the wait does not interrupt it. */
static void only_the_interruptible_are_interrupted(void **state)
{
	struct sigaction sa = {.sa_handler = nothing_in_handler, .sa_flags = SA_RESTART}, old;
	const struct itimerspec often = {.it_value.tv_nsec = 2000000, .it_interval.tv_nsec = 2000000};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct op_call call;
	ctr_op_t *op = NULL;
	timer_t timer;
	int p[2];

	(void)state;
	assert_int_equal(op_new(&op, NULL), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	sigaction(SIGUSR1, &sa, &old);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	op_set_interruptible(op, 1);
	op_call_begin(&call, op, CTR_FOREVER);
	assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "x", NULL), CTR_ERR_INTERRUPTED);
	op_set_interruptible(op, 0);
	op_set_timeout_ns(op, 50 * NSEC_PER_MSEC);
	op_call_begin(&call, op, CTR_FOREVER);
	assert_int_equal(os_wait_fd(p[0], POLLIN, &call, "x", NULL), CTR_ERR_TIMEOUT);
	timer_delete(timer);
	sigaction(SIGUSR1, &old, NULL);
	close(p[0]);
	close(p[1]);
	op_unref(op);
}

static void many_fds_can_be_waited_for(void **state)
{
	struct pollfd fds[40];
	int pipes[40][2];

	(void)state;
	for (int i = 0; i < 40; i++) {
		assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
		fds[i] = (struct pollfd){.fd = pipes[i][0], .events = POLLIN};
	}
	assert_int_equal(write(pipes[7][1], "x", 1), 1);
	close(pipes[33][1]);
	assert_int_equal(os_wait_fds(fds, 40, NULL, "x", NULL), 2);
	assert_int_equal(fds[7].revents, POLLIN);
	assert_int_equal(fds[33].revents, POLLHUP);
	assert_int_equal(fds[8].revents, 0);
	oom_countdown = 1;
	assert_int_equal(os_wait_fds(fds, 40, NULL, "x", NULL), CTR_ERR_NO_MEMORY);
	assert_true(oom_end());
	for (int i = 0; i < 40; i++) {
		close(pipes[i][0]);
		if (i != 33)
			close(pipes[i][1]);
	}
}

static int destroyed, progressed;

static void count_destroy(void *userdata)
{
	(void)userdata;
	destroyed++;
}

static void count_progress(const char *phase, uint64_t done, uint64_t total, void *userdata)
{
	assert_string_equal(phase, "copy");
	assert_ptr_equal(userdata, &progressed);
	progressed += (int)(done + total);
}

static void progress_is_heard_and_let_go(void **state)
{
	struct op_call call;
	ctr_op_t *op = NULL;

	(void)state;
	assert_int_equal(op_new(&op, NULL), 0);
	op_set_progress(op, count_progress, &progressed, count_destroy);
	op_call_begin(&call, op, 1);
	op_call_progress(&call, "copy", 3, 4);
	assert_int_equal(progressed, 7);
	op_set_progress(op, NULL, NULL, NULL);
	assert_int_equal(destroyed, 1);
	op_call_progress(&call, "copy", 3, 4);
	assert_int_equal(progressed, 7);
	op_set_progress(op, count_progress, &progressed, count_destroy);
	assert_ptr_equal(op_ref(op), op);
	op_unref(op);
	assert_int_equal(destroyed, 1);
	op_unref(op);
	assert_int_equal(destroyed, 2);
	op_set_progress(NULL, count_progress, NULL, count_destroy);
	assert_int_equal(destroyed, 3);
}

static int in_child(ctr_op_t *op)
{
	struct op_call call;

	op_call_begin(&call, op, CTR_FOREVER);
	if (op_call_check(&call, "x", NULL) != CTR_ERR_FORKED || os_wait_fd(0, POLLIN, &call, "x", NULL) != CTR_ERR_FORKED)
		return 1;
	op_cancel(op); /* must not reach the parent */
	op_reset(op);
	return op_unref(op) != NULL;
}

static void a_forked_child_is_told(void **state)
{
	struct op_call call;
	ctr_op_t *op = NULL;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(op_new(&op, NULL), 0);
	pid = fork();
	if (pid == 0)
		_exit(in_child(op));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	op_call_begin(&call, op, CTR_FOREVER);
	assert_int_equal(op_call_check(&call, "x", NULL), 0);
	assert_int_equal(fcntl(op_call_cancel_fd(&call), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	op_unref(op);
}

static int with_std_closed(void)
{
	struct op_call call;
	ctr_op_t *op = NULL;

	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (op_new(&op, NULL) < 0)
		return 1;
	op_call_begin(&call, op, 1);
	return op_call_cancel_fd(&call) < 3 || fcntl(0, F_GETFD) >= 0;
}

static void the_eventfd_is_no_standard_stream(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(with_std_closed());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void without_memory_no_op(void **state)
{
	ctr_op_t *op = NULL;

	(void)state;
	oom_countdown = 1;
	assert_int_equal(op_new(&op, NULL), CTR_ERR_NO_MEMORY);
	assert_true(oom_end());
	assert_null(op);
	assert_null(op_unref(NULL));
	op_cancel(NULL);
	op_reset(NULL);
	op_set_timeout_ns(NULL, 1);
	op_set_deadline_ns(NULL, 1);
	op_set_interruptible(NULL, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_limit_wins),
		cmocka_unit_test(a_limit_of_zero_looks_once),
		cmocka_unit_test(a_cancel_sticks_until_reset),
		cmocka_unit_test(a_signal_handler_may_cancel),
		cmocka_unit_test(only_the_interruptible_are_interrupted),
		cmocka_unit_test(many_fds_can_be_waited_for),
		cmocka_unit_test(progress_is_heard_and_let_go),
		cmocka_unit_test(a_forked_child_is_told),
		cmocka_unit_test(the_eventfd_is_no_standard_stream),
		cmocka_unit_test(without_memory_no_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
