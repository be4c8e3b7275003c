/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_artifact_*: what is kept is what was given, names stay in their directory, all goes with the container. */
#include "api_test.h"

static void check_list(ctr_container_t *c, const char *wanted)
{
	char *json = NULL;

	OK(ctr_container_artifact_list(c, &json, &err));
	assert_string_equal(json, wanted);
	ctr_free(json);
}

static void check_get(ctr_container_t *c, const char *name, const void *wanted, size_t len)
{
	void *data = NULL;
	size_t got = 99;

	OK(ctr_container_artifact_get(c, name, &data, &got, &err));
	assert_int_equal(got, len);
	assert_memory_equal(data, len ? wanted : "", len);
	assert_int_equal(((char *)data)[len], '\0');
	ctr_free(data);
}

/* What stands in the container's directory, temporary files too. */
static size_t files_of(const struct env *env, ctr_container_t *c)
{
	char path[300];
	const struct dirent *entry;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/containers/%s", env->root, ctr_container_id(c));
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void test_keep(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "one", NULL), *again = NULL;
	char longest[257];
	void *data = NULL;
	size_t len = 5;

	check_list(c, "[]");
	EXPECT(CTR_ERR_NO_SUCH_FILE, ctr_container_artifact_get(c, "b", &data, &len, &err));
	EXPECT(CTR_ERR_NO_SUCH_FILE, ctr_container_artifact_remove(c, "b", &err));
	OK(ctr_container_artifact_add(c, "b", "x\0y", 3, &err));
	OK(ctr_container_artifact_add(c, "a", NULL, 0, &err));
	OK(ctr_container_artifact_add(c, ".hidden \"q\"", "h", 1, &err));
	check_list(c, "[\".hidden \\\"q\\\"\",\"a\",\"b\"]");
	check_get(c, "b", "x\0y", 3);
	check_get(c, "a", "", 0);
	EXPECT(CTR_ERR_EXISTS, ctr_container_artifact_add(c, "b", "other", 5, &err));
	check_get(c, "b", "x\0y", 3);
	EXPECT(CTR_ERR_NO_SUCH_FILE, ctr_container_artifact_get(c, "c", &data, &len, &err));
	assert_null(data);
	assert_int_equal(len, 5);
	memset(longest, 'n', sizeof(longest));
	longest[256] = '\0';
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_artifact_add(c, longest, "", 0, &err));
	longest[255] = '\0';
	OK(ctr_container_artifact_add(c, longest, "long", 4, &err));
	check_get(c, longest, "long", 4);
	OK(ctr_container_artifact_remove(c, longest, &err));
	/* Nothing but the artifacts is left in the container's directory by all this. */
	assert_int_equal(files_of(env, c), 1);
	ctr_container_unref(c);
	ctr_engine_unref(env->engine);
	env->engine = env_engine(env);
	OK(ctr_container_open(env->engine, "one", &again, &err));
	check_get(again, "b", "x\0y", 3);
	OK(ctr_container_artifact_remove(again, "b", &err));
	EXPECT(CTR_ERR_NO_SUCH_FILE, ctr_container_artifact_remove(again, "b", &err));
	OK(ctr_container_start(again, NULL, NULL, &err)); /* and what is kept outlives runs */
	OK(ctr_container_stop(again, NULL, NULL, &err));
	check_list(again, "[\".hidden \\\"q\\\"\",\"a\"]");
	OK(ctr_container_remove(again, NULL, NULL, &err));
	assert_int_equal(env_entries(env, "containers"), 0);
	EXPECT(CTR_ERR_REMOVED, ctr_container_artifact_add(again, "b", "", 0, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_artifact_get(again, "a", &data, &len, &err));
	EXPECT(CTR_ERR_REMOVED, ctr_container_artifact_remove(again, "a", &err));
	ctr_container_unref(again);
}

static void test_names_stay_inside(void **state)
{
	static const char *const bad[] = {"", ".", "..", "/", "a/b", "/etc/passwd", "../ctr.log", "a/", "./a"};
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, NULL, NULL);
	char path[300], target[300];
	void *data = NULL;
	size_t len;

	OK(ctr_container_artifact_add(c, "real", "r", 1, &err));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT(CTR_ERR_INVALID_ARG, ctr_container_artifact_add(c, bad[i], "x", 1, &err));
		EXPECT(CTR_ERR_INVALID_ARG, ctr_container_artifact_get(c, bad[i], &data, &len, &err));
		EXPECT(CTR_ERR_INVALID_ARG, ctr_container_artifact_remove(c, bad[i], &err));
	}
	/* A link that somebody put there is neither read nor written through. */
	snprintf(path, sizeof(path), "%s/containers/%s/artifacts/link", env->root, ctr_container_id(c));
	snprintf(target, sizeof(target), "%s/outside", env->dir);
	assert_int_equal(symlink(target, path), 0);
	EXPECT(CTR_ERR_EXISTS, ctr_container_artifact_add(c, "link", "x", 1, &err));
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(close(open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	EXPECT(CTR_ERR_IO, ctr_container_artifact_get(c, "link", &data, &len, &err));
	OK(ctr_container_artifact_remove(c, "link", &err));
	assert_int_equal(access(target, F_OK), 0);
	check_list(c, "[\"real\"]");
	remove_by_force(c);
	ctr_container_unref(c);
}

static void test_size(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, NULL, NULL);
	char *large = calloc(1, CTR_ARTIFACT_MAX + 1);

	assert_non_null(large);
	large[CTR_ARTIFACT_MAX - 1] = 'e';
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_artifact_add(c, "large", large, CTR_ARTIFACT_MAX + 1, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_artifact_add(c, "large", large, SIZE_MAX, &err));
	check_list(c, "[]");
	OK(ctr_container_artifact_add(c, "large", large, CTR_ARTIFACT_MAX, &err));
	check_get(c, "large", large, CTR_ARTIFACT_MAX);
	free(large);
	remove_by_force(c);
	ctr_container_unref(c);
}

static int add_inside(ctr_container_t *batched, void *userdata, ctr_error_t **err)
{
	assert_int_equal(ctr_container_artifact_add(batched, "inside", "i", 1, err), 0);
	return ctr_container_artifact_add(userdata, "outer", "o", 1, err); /* takes no lock */
}

static void test_in_every_state(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, NULL, NULL);

	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(ctr_container_artifact_add(c, "created", "", 0, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_artifact_add(c, "running", "", 0, &err));
	OK(ctr_container_stop(c, NULL, NULL, &err));
	OK(ctr_container_artifact_add(c, "exited", "", 0, &err));
	OK(ctr_container_batch(c, add_inside, c, NULL, &err));
	check_list(c, "[\"created\",\"exited\",\"inside\",\"outer\",\"running\"]");
	OK(ctr_container_remove(c, NULL, NULL, &err));
	ctr_container_unref(c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)
	const struct CMUnitTest tests[] = {T(test_keep), T(test_names_stay_inside), T(test_size), T(test_in_every_state)};

	return cmocka_run_group_tests_name("artifact", tests, NULL, NULL);
}
