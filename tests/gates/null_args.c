/* SPDX-License-Identifier: Apache-2.0 */
/* Every public function with NULL for every pointer, then with one required pointer NULL at a time: INVALID_ARG, 0, ""
 * or NULL, never a crash, outputs untouched. Public headers only. Run by null_args.py, which gives it an empty directory and sees to it that no
 * function is missing here. */
#include <libctr/libctr.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int failures;

static void check(int good, const char *what, int line)
{
	if (good)
		return;
	failures++;
	printf("FAIL null_args.c:%d: %s\n", line, what);
}

#define CHECK(x) check((x) != 0, #x, __LINE__)
#define ZERO(call) check((call) == 0, #call " == 0", __LINE__)
#define NOTHING(call) check((call) == NULL, #call " == NULL", __LINE__)
#define EMPTY(call) check(is_empty(call), #call " == \"\"", __LINE__)
/* The call names `err`; it is made without a place for the error, with one, and with one that is taken already. */
#define REFUSED(call)                                                                                                  \
	do {                                                                                                           \
		for (int way = 0; way < 3; way++) {                                                                    \
			ctr_error_t *place = way == 2 ? ctr_error_new(CTR_ERR_USER, "first", NULL) : NULL;             \
			ctr_error_t **err = way == 0 ? NULL : &place;                                                  \
			check((call) == CTR_ERR_INVALID_ARG, #call " == CTR_ERR_INVALID_ARG", __LINE__);               \
			check_error(place, way, #call, __LINE__);                                                      \
			ctr_error_unref(place);                                                                        \
		}                                                                                                      \
	} while (0)

static int is_empty(const char *text)
{
	return text != NULL && *text == '\0';
}

static void check_error(const ctr_error_t *e, int way, const char *call, int line)
{
	if (way == 0)
		return;
	if (way == 2) {
		check(ctr_error_code(e) == CTR_ERR_USER, call, line);
		check(strcmp(ctr_error_message(e), "first") == 0, call, line);
		return;
	}
	check(ctr_error_code(e) == CTR_ERR_INVALID_ARG, call, line);
	check(!is_empty(ctr_error_message(e)), call, line);
	check(!is_empty(ctr_error_domain(e)), call, line);
}

static void null_types(void)
{
	ctr_free(NULL);
}

static void null_version(void)
{
	ZERO(ctr_has_feature(NULL));
}

static void null_error(void)
{
	NOTHING(ctr_error_ref(NULL));
	NOTHING(ctr_error_unref(NULL));
	ctr_error_clear(NULL);
	ZERO(ctr_error_code(NULL));
	ZERO(ctr_error_errno(NULL));
	EMPTY(ctr_error_domain(NULL));
	EMPTY(ctr_error_message(NULL));
	NOTHING(ctr_error_cause(NULL));
	ZERO(ctr_error_retry(NULL));
	NOTHING(ctr_error_detail(NULL, NULL));
	ZERO(ctr_error_detail_count(NULL));
	NOTHING(ctr_error_detail_key(NULL, 0));
	NOTHING(ctr_error_format(NULL));
	NOTHING(ctr_error_to_json(NULL));
}

static void null_op(void)
{
	REFUSED(ctr_op_new(NULL, err));
	NOTHING(ctr_op_ref(NULL));
	NOTHING(ctr_op_unref(NULL));
	ctr_op_set_timeout_ns(NULL, 0);
	ctr_op_set_deadline_ns(NULL, 0);
	ctr_op_cancel(NULL);
	ctr_op_reset(NULL);
	ctr_op_set_progress(NULL, NULL, NULL, NULL);
	ctr_op_set_interruptible(NULL, 0);
}

static void null_engine(void)
{
	ctr_engine_opts_init(NULL, 0);
	REFUSED(ctr_engine_open(NULL, NULL, NULL, err));
	NOTHING(ctr_engine_ref(NULL));
	NOTHING(ctr_engine_unref(NULL));
	REFUSED(ctr_engine_info(NULL, NULL, NULL, err));
	REFUSED(ctr_engine_probe(NULL, NULL, NULL, err));
	REFUSED(ctr_probe_host(NULL, NULL, err));
	REFUSED(ctr_engine_lock_audit(NULL, NULL, err));
	ctr_recover_opts_init(NULL, 0);
	REFUSED(ctr_engine_recover(NULL, NULL, NULL, NULL, err));
}

static void null_spec(void)
{
	REFUSED(ctr_spec_new(NULL, err));
	REFUSED(ctr_spec_from_json(NULL, 0, NULL, err));
	REFUSED(ctr_spec_to_json(NULL, NULL, err));
	NOTHING(ctr_spec_ref(NULL));
	NOTHING(ctr_spec_unref(NULL));
	REFUSED(ctr_spec_set_json(NULL, NULL, NULL, 0, err));
	REFUSED(ctr_spec_set_name(NULL, NULL, err));
	REFUSED(ctr_spec_set_rootfs(NULL, NULL, err));
	REFUSED(ctr_spec_set_hostname(NULL, NULL, err));
	REFUSED(ctr_spec_set_user(NULL, NULL, err));
	REFUSED(ctr_spec_set_workdir(NULL, NULL, err));
	REFUSED(ctr_spec_set_stop_signal(NULL, 0, err));
	REFUSED(ctr_spec_set_stop_timeout(NULL, 0, err));
	REFUSED(ctr_spec_set_read_only(NULL, 0, err));
	REFUSED(ctr_spec_set_privileged(NULL, 0, err));
	REFUSED(ctr_spec_set_command(NULL, NULL, err));
	REFUSED(ctr_spec_set_entrypoint(NULL, NULL, err));
	REFUSED(ctr_spec_set_env(NULL, NULL, NULL, err));
	REFUSED(ctr_spec_set_label(NULL, NULL, NULL, err));
	REFUSED(ctr_spec_set_annotation(NULL, NULL, NULL, err));
	REFUSED(ctr_spec_set_sysctl(NULL, NULL, NULL, err));
	REFUSED(ctr_spec_add_mount(NULL, NULL, NULL, NULL, NULL, err));
	REFUSED(ctr_spec_add_cap(NULL, NULL, err));
	REFUSED(ctr_spec_drop_cap(NULL, NULL, err));
}

static void null_container(void)
{
	ctr_container_t *nobody = NULL;

	ctr_start_opts_init(NULL, 0);
	ctr_stop_opts_init(NULL, 0);
	ctr_remove_opts_init(NULL, 0);
	ctr_wait_opts_init(NULL, 0);
	ctr_list_opts_init(NULL, 0);
	REFUSED(ctr_container_create(NULL, NULL, NULL, NULL, err));
	REFUSED(ctr_container_open(NULL, NULL, NULL, err));
	NOTHING(ctr_container_ref(NULL));
	NOTHING(ctr_container_unref(NULL));
	EMPTY(ctr_container_id(NULL));
	EMPTY(ctr_container_name(NULL));
	REFUSED(ctr_container_init(NULL, NULL, NULL, err));
	REFUSED(ctr_container_start(NULL, NULL, NULL, err));
	REFUSED(ctr_container_kill(NULL, 0, NULL, err));
	REFUSED(ctr_container_pause(NULL, NULL, err));
	REFUSED(ctr_container_update(NULL, NULL, 0, NULL, err));
	REFUSED(ctr_container_stats(NULL, NULL, NULL, err));
	REFUSED(ctr_container_top(NULL, NULL, NULL, err));
	REFUSED(ctr_container_unpause(NULL, NULL, err));
	REFUSED(ctr_container_stop(NULL, NULL, NULL, err));
	REFUSED(ctr_containers_stop_many(NULL, 1, NULL, NULL, err));
	REFUSED(ctr_containers_stop_many(&nobody, 1, NULL, NULL, err));
	REFUSED(ctr_pod_start(NULL, NULL, err));
	REFUSED(ctr_pod_stop(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_restart(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_kill(NULL, 9, NULL, err));
	REFUSED(ctr_pod_pause(NULL, NULL, err));
	REFUSED(ctr_pod_unpause(NULL, NULL, err));
	REFUSED(ctr_container_restart(NULL, NULL, NULL, err));
	REFUSED(ctr_container_should_restart(NULL, NULL, NULL, err));
	REFUSED(ctr_container_should_start_on_boot(NULL, NULL, NULL, err));
	REFUSED(ctr_container_wait(NULL, NULL, NULL, NULL, err));
	REFUSED(ctr_container_exit_fd(NULL, NULL, err));
	REFUSED(ctr_container_status(NULL, NULL, NULL, err));
	REFUSED(ctr_container_inspect(NULL, NULL, NULL, err));
	REFUSED(ctr_container_sync(NULL, NULL, err));
	REFUSED(ctr_container_cleanup(NULL, 0, NULL, err));
	REFUSED(ctr_container_remove(NULL, NULL, NULL, err));
	REFUSED(ctr_container_rename(NULL, NULL, NULL, err));
	REFUSED(ctr_container_batch(NULL, NULL, NULL, NULL, err));
	REFUSED(ctr_container_list(NULL, NULL, NULL, NULL, err));
	ZERO(ctr_container_list_count(NULL));
	NOTHING(ctr_container_list_get(NULL, 0));
	NOTHING(ctr_container_list_status(NULL, 0));
	NOTHING(ctr_container_list_ref(NULL));
	NOTHING(ctr_container_list_unref(NULL));
}

static void null_artifact(void)
{
	REFUSED(ctr_container_artifact_add(NULL, NULL, NULL, 0, err));
	REFUSED(ctr_container_artifact_get(NULL, NULL, NULL, NULL, err));
	REFUSED(ctr_container_artifact_remove(NULL, NULL, err));
	REFUSED(ctr_container_artifact_list(NULL, NULL, err));
}

static void null_pod(void)
{
	EMPTY(ctr_pod_id(NULL));
	EMPTY(ctr_pod_name(NULL));
	NOTHING(ctr_pod_ref(NULL));
	NOTHING(ctr_pod_unref(NULL));
	REFUSED(ctr_pod_create(NULL, NULL, 0, NULL, NULL, err));
	REFUSED(ctr_pod_open(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_start(NULL, NULL, err));
	REFUSED(ctr_pod_stop(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_kill(NULL, 0, NULL, err));
	REFUSED(ctr_pod_restart(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_pause(NULL, NULL, err));
	REFUSED(ctr_pod_unpause(NULL, NULL, err));
	REFUSED(ctr_pod_remove(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_status(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_inspect(NULL, NULL, NULL, err));
	REFUSED(ctr_pod_list(NULL, NULL, NULL, NULL, err));
	ZERO(ctr_pod_status_state(NULL));
	NOTHING(ctr_pod_status_ref(NULL));
	NOTHING(ctr_pod_status_unref(NULL));
	ZERO(ctr_pod_list_count(NULL));
	NOTHING(ctr_pod_list_get(NULL, 0));
	NOTHING(ctr_pod_list_ref(NULL));
	NOTHING(ctr_pod_list_unref(NULL));
	CHECK(strcmp(ctr_pod_state_name(CTR_POD_ERROR), "Error") == 0);
}

static void null_status(void)
{
	REFUSED(ctr_state_from_name(NULL, NULL, err));
	NOTHING(ctr_status_ref(NULL));
	NOTHING(ctr_status_unref(NULL));
	EMPTY(ctr_status_id(NULL));
	EMPTY(ctr_status_name(NULL));
	EMPTY(ctr_status_image(NULL));
	EMPTY(ctr_status_pod_id(NULL));
	EMPTY(ctr_status_error(NULL));
	EMPTY(ctr_status_runtime(NULL));
	EMPTY(ctr_status_log_path(NULL));
	NOTHING(ctr_status_label(NULL, NULL));
	ZERO(ctr_status_state(NULL));
	ZERO(ctr_status_health(NULL));
	ZERO(ctr_status_pid(NULL));
	ZERO(ctr_status_exit_code(NULL));
	ZERO(ctr_status_exit_signal(NULL));
	ZERO(ctr_status_exit_known(NULL));
	ZERO(ctr_status_oom_killed(NULL));
	ZERO(ctr_status_stopped_by_user(NULL));
	ZERO(ctr_status_mounted(NULL));
	ZERO(ctr_status_terminal(NULL));
	ZERO(ctr_status_auto_remove(NULL));
	ZERO(ctr_status_created_ns(NULL));
	ZERO(ctr_status_started_ns(NULL));
	ZERO(ctr_status_finished_ns(NULL));
	ZERO(ctr_status_restart_count(NULL));
	ZERO(ctr_status_run(NULL));
	REFUSED(ctr_status_to_json(NULL, NULL, err));
}

/* Functions that need no object answer without one. */
static void without_objects(void)
{
	ctr_error_t *e = ctr_error_new(CTR_ERR_IO, NULL, NULL);

	CHECK(e != NULL && ctr_error_code(e) == CTR_ERR_IO && is_empty(ctr_error_message(e)));
	NOTHING(ctr_error_detail(e, NULL));
	ctr_error_clear(&e);
	NOTHING(e);
	ctr_error_clear(&e);
	CHECK(!is_empty(ctr_version()));
	CHECK(strcmp(ctr_error_code_name(0), "OK") == 0);
	CHECK(strcmp(ctr_error_code_name(1), "UNKNOWN") == 0);
	CHECK(strcmp(ctr_error_code_name(CTR_ERR_CHECKPOINT), "CHECKPOINT") == 0);
	CHECK(strcmp(ctr_state_name(99), "unknown") == 0);
}

static void one_null_of_spec(void)
{
	static const char *const argv[] = {"true", NULL};
	ctr_spec_t *spec = NULL, *untouched = NULL;
	char *json = NULL;

	CHECK(ctr_spec_new(&spec, NULL) == 0);
	if (!spec)
		return;
	REFUSED(ctr_spec_from_json("{}", CTR_STRLEN, NULL, err));
	REFUSED(ctr_spec_from_json(NULL, 0, &untouched, err));
	NOTHING(untouched);
	REFUSED(ctr_spec_to_json(spec, NULL, err));
	REFUSED(ctr_spec_to_json(NULL, &json, err));
	NOTHING(json);
	REFUSED(ctr_spec_set_json(spec, NULL, "1", CTR_STRLEN, err));
	REFUSED(ctr_spec_set_json(spec, "name", NULL, CTR_STRLEN, err));
	REFUSED(ctr_spec_set_name(spec, NULL, err));
	REFUSED(ctr_spec_set_rootfs(spec, NULL, err));
	REFUSED(ctr_spec_set_hostname(spec, NULL, err));
	REFUSED(ctr_spec_set_user(spec, NULL, err));
	REFUSED(ctr_spec_set_workdir(spec, NULL, err));
	REFUSED(ctr_spec_set_command(spec, NULL, err));
	REFUSED(ctr_spec_set_command(NULL, argv, err));
	REFUSED(ctr_spec_set_entrypoint(spec, NULL, err));
	REFUSED(ctr_spec_set_env(spec, NULL, "v", err));
	REFUSED(ctr_spec_set_env(spec, "k", NULL, err));
	REFUSED(ctr_spec_set_label(spec, NULL, "v", err));
	REFUSED(ctr_spec_set_label(spec, "k", NULL, err));
	REFUSED(ctr_spec_set_annotation(spec, NULL, "v", err));
	REFUSED(ctr_spec_set_annotation(spec, "k", NULL, err));
	REFUSED(ctr_spec_set_sysctl(spec, NULL, "v", err));
	REFUSED(ctr_spec_set_sysctl(spec, "k", NULL, err));
	REFUSED(ctr_spec_add_mount(spec, NULL, "/tmp", "/tmp", NULL, err));
	REFUSED(ctr_spec_add_mount(spec, "bind", "/tmp", NULL, NULL, err));
	REFUSED(ctr_spec_add_mount(spec, "bind", NULL, "/tmp", NULL, err));
	REFUSED(ctr_spec_add_cap(spec, NULL, err));
	REFUSED(ctr_spec_drop_cap(spec, NULL, err));
	CHECK(ctr_spec_to_json(spec, &json, NULL) == 0 && json && strcmp(json, "{}") == 0);
	ctr_free(json);
	NOTHING(ctr_spec_unref(spec));
}

static void one_null_of_container(ctr_engine_t *engine, ctr_container_t *c)
{
	ctr_container_t *other = NULL;
	ctr_container_list_t *list = NULL;
	ctr_status_t *status = NULL;

	REFUSED(ctr_container_create(engine, NULL, NULL, &other, err));
	REFUSED(ctr_container_open(engine, NULL, &other, err));
	REFUSED(ctr_container_open(NULL, ctr_container_id(c), &other, err));
	NOTHING(other);
	REFUSED(ctr_container_open(engine, ctr_container_id(c), NULL, err));
	REFUSED(ctr_container_exit_fd(c, NULL, err));
	REFUSED(ctr_container_status(c, NULL, NULL, err));
	REFUSED(ctr_container_inspect(c, NULL, NULL, err));
	REFUSED(ctr_container_list(engine, NULL, NULL, NULL, err));
	REFUSED(ctr_engine_info(engine, NULL, NULL, err));
	REFUSED(ctr_engine_probe(engine, NULL, NULL, err));
	REFUSED(ctr_engine_lock_audit(engine, NULL, err));
	REFUSED(ctr_engine_recover(engine, NULL, NULL, NULL, err));
	REFUSED(ctr_container_logs(c, NULL, NULL, NULL, err));
	REFUSED(ctr_container_should_restart(c, NULL, NULL, err));
	REFUSED(ctr_container_should_start_on_boot(c, NULL, NULL, err));
	CHECK(ctr_container_status(c, NULL, &status, NULL) == 0);
	NOTHING(ctr_status_label(status, NULL));
	REFUSED(ctr_status_to_json(status, NULL, err));
	CHECK(ctr_status_state(status) == CTR_STATE_CONFIGURED);
	ctr_status_unref(status);
	CHECK(ctr_container_list(engine, NULL, NULL, &list, NULL) == 0);
	CHECK(ctr_container_list_count(list) == 1);
	CHECK(ctr_container_list_get(list, 0) != NULL && ctr_container_list_status(list, 0) != NULL);
	NOTHING(ctr_container_list_get(list, 1));
	NOTHING(ctr_container_list_status(list, SIZE_MAX));
	ctr_container_list_unref(list);
}

static void one_null_of_events(ctr_engine_t *engine)
{
	ctr_events_t *events = NULL;

	REFUSED(ctr_events_open(engine, NULL, NULL, NULL, err));
	REFUSED(ctr_events_open(NULL, NULL, NULL, &events, err));
	CHECK(events == NULL);
	CHECK(ctr_events_open(engine, NULL, NULL, &events, NULL) == 0);
	REFUSED(ctr_events_next(events, NULL, err));
	ctr_events_unref(events);
}

static void one_null_of_pod(ctr_engine_t *engine)
{
	ctr_pod_t *pod = NULL, *other = NULL;

	REFUSED(ctr_pod_create(engine, NULL, 0, NULL, &other, err));
	REFUSED(ctr_pod_create(engine, "{}", CTR_STRLEN, NULL, NULL, err));
	REFUSED(ctr_pod_create(NULL, "{}", CTR_STRLEN, NULL, &other, err));
	CHECK(ctr_pod_create(engine, "{}", CTR_STRLEN, NULL, &pod, NULL) == 0);
	REFUSED(ctr_pod_open(engine, NULL, &other, err));
	REFUSED(ctr_pod_open(engine, ctr_pod_id(pod), NULL, err));
	REFUSED(ctr_pod_open(NULL, ctr_pod_id(pod), &other, err));
	REFUSED(ctr_pod_status(pod, NULL, NULL, err));
	REFUSED(ctr_pod_inspect(pod, NULL, NULL, err));
	REFUSED(ctr_pod_list(engine, NULL, NULL, NULL, err));
	NOTHING(other);
	CHECK(ctr_pod_remove(pod, NULL, NULL, NULL) == 0);
	ctr_pod_unref(pod);
}

static void with_an_engine(const char *dir)
{
	static const char *const argv[] = {"sleep", NULL};
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;
	char root[256], run_root[256];

	snprintf(root, sizeof(root), "%s/root", dir);
	snprintf(run_root, sizeof(run_root), "%s/run", dir);
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = root;
	opts.run_root = run_root;
	opts.runtime = "null";
	opts.storage = "null";
	REFUSED(ctr_engine_open(&opts, NULL, NULL, err));
	CHECK(access(root, F_OK) != 0);
	CHECK(ctr_engine_open(&opts, NULL, &engine, NULL) == 0);
	CHECK(ctr_spec_new(&spec, NULL) == 0);
	CHECK(ctr_spec_set_rootfs(spec, "/", NULL) == 0);
	CHECK(ctr_spec_set_command(spec, argv, NULL) == 0);
	REFUSED(ctr_container_create(engine, spec, NULL, NULL, err));
	REFUSED(ctr_container_create(NULL, spec, NULL, &c, err));
	NOTHING(c);
	CHECK(ctr_container_create(engine, spec, NULL, &c, NULL) == 0);
	if (c)
		one_null_of_container(engine, c);
	one_null_of_events(engine);
	one_null_of_pod(engine);
	CHECK(ctr_container_remove(c, NULL, NULL, NULL) == 0);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
}

static void null_logs(void)
{
	ctr_log_opts_init(NULL, 0);
	REFUSED(ctr_container_logs(NULL, NULL, NULL, NULL, err));
	NOTHING(ctr_log_reader_ref(NULL));
	NOTHING(ctr_log_reader_unref(NULL));
	ZERO(ctr_log_reader_fd(NULL));
	REFUSED(ctr_log_reader_next(NULL, NULL, err));
	REFUSED(ctr_log_reader_wait(NULL, NULL, err));
	NOTHING(ctr_log_record_ref(NULL));
	NOTHING(ctr_log_record_unref(NULL));
	NOTHING(ctr_log_record_data(NULL, NULL));
	ZERO(ctr_log_record_stream(NULL));
	ZERO(ctr_log_record_time_ns(NULL));
	ZERO(ctr_log_record_seq(NULL));
	ZERO(ctr_log_record_partial(NULL));
	EMPTY(ctr_log_record_cursor(NULL));
}

static void null_events(void)
{
	ctr_events_opts_init(NULL, 0);
	REFUSED(ctr_events_open(NULL, NULL, NULL, NULL, err));
	NOTHING(ctr_events_ref(NULL));
	NOTHING(ctr_events_unref(NULL));
	ZERO(ctr_events_fd(NULL));
	REFUSED(ctr_events_next(NULL, NULL, err));
	REFUSED(ctr_events_wait(NULL, NULL, err));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	null_types();
	null_version();
	null_error();
	null_op();
	null_engine();
	null_spec();
	null_status();
	null_container();
	null_artifact();
	null_pod();
	null_events();
	null_logs();
	without_objects();
	one_null_of_spec();
	with_an_engine(argv[1]);
	printf("%d failures\n", failures);
	return failures != 0;
}
