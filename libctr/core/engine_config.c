/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine was asked to be: options, then the config file, then defaults. */
#include <limits.h>
#include <string.h>
#include <fcntl.h>
#include "base/mem.h"
#include "core/core.h"
#include "core/engine.h"
#include "model/restart.h"
#include "model/spec.h"
#include "os/fs.h"

#define CONFIG_FILE_MAX (1024 * 1024)

enum kind { KIND_PATH, KIND_WORD, KIND_RUNTIME, KIND_PROFILE, KIND_LATER };

struct field {
	const char *name;
	size_t opt_offset, config_offset;
	enum kind kind;
	const char *words; /* KIND_WORD: the accepted ones, separated and ended by '|' */
};

#define OPT(member) offsetof(struct ctr_engine_opts, member), offsetof(struct engine_config, member)

static const struct field fields[] = {
	{ "root", OPT(root), KIND_PATH, NULL },
	{ "run_root", OPT(run_root), KIND_PATH, NULL },
	{ "runtime", OPT(runtime), KIND_RUNTIME, NULL },
	{ "storage", OPT(storage), KIND_WORD, "overlay|dir|null|" },
	{ "network", OPT(network), KIND_WORD, "none|" },
	{ "monitor_mode", OPT(monitor_mode), KIND_WORD, "shared|container|" },
	{ "cgroup_manager", OPT(cgroup_manager), KIND_WORD, "cgroupfs|systemd|disabled|" },
	{ "monitor_path", OPT(monitor_path), KIND_PATH, NULL },
	{ "agent_path", OPT(agent_path), KIND_PATH, NULL },
	{ "hooks_dir", OPT(hooks_dir), KIND_LATER, NULL },
	{ "seccomp_profile", OPT(seccomp_profile), KIND_PROFILE, NULL },
};

static const char *const number_names[] = { "default_timeout_ns", "default_stop_timeout_s", "log_level" };

static const char *opt_of(const struct ctr_engine_opts *opts, const struct field *f)
{
	const char *value;

	memcpy(&value, (const char *)opts + f->opt_offset, sizeof(value));
	return value;
}

static char **slot_of(struct engine_config *config, const struct field *f)
{
	return (char **)(void *)((char *)config + f->config_offset);
}

static int word_is_known(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *w = words; *w; w = strchr(w, '|') + 1)
		if (strncmp(w, word, len) == 0 && w[len] == '|')
			return 1;
	return 0;
}

static int check_value(const struct field *f, const char *value, ctr_error_t **err)
{
	if (f->kind == KIND_WORD && !word_is_known(f->words, value)) {
		int code = STREQ(f->name, "network") ? CTR_ERR_UNSUPPORTED_OPTION : CTR_ERR_INVALID_ARG;

		return error_set(err, code, DOMAIN_CORE, "engine option %s cannot be \"%s\"; choose one of %.*s", f->name,
				 value, (int)strlen(f->words) - 1, f->words);
	}
	if (f->kind == KIND_LATER)
		return error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
				 "engine option %s is not supported by this version of libctr; leave it out", f->name);
	if (f->kind == KIND_RUNTIME && value[0] != '/' && (strchr(value, '/') || !*value))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "engine option runtime \"%s\" is neither a name nor an absolute path", value);
	if ((f->kind == KIND_PATH || (f->kind == KIND_PROFILE && !STREQ(value, "unconfined"))) && value[0] != '/')
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "engine option %s \"%s\" is not an absolute path; give one that begins with /", f->name, value);
	if (strlen(value) >= PATH_MAX)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "engine option %s is longer than %d bytes", f->name,
				 PATH_MAX - 1);
	return 0;
}

/* One spelling for one place: what the store recorded is compared with what the next caller says. */
static void squeeze_slashes(char *path)
{
	char *to = path;

	for (const char *from = path; *from; from++)
		if (*from != '/' || to == path || to[-1] != '/')
			*to++ = *from;
	if (to > path + 1 && to[-1] == '/')
		to--;
	*to = '\0';
}

static int set_field(struct engine_config *config, const struct field *f, const char *value, ctr_error_t **err)
{
	char **slot = slot_of(config, f);
	int r = check_value(f, value, err);

	if (r < 0)
		return r;
	free(*slot);
	*slot = str_dup(value);
	if (!*slot)
		return error_no_memory(err);
	if (f->kind == KIND_PATH)
		squeeze_slashes(*slot);
	return 0;
}

static int apply_number(struct engine_config *config, const char *file, const char *name, json_t *value, ctr_error_t **err)
{
	int64_t n;

	if (!json_object_is_type(value, json_type_int) || (n = json_object_get_int64(value)) < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s: %s must be a number that is not negative", file, name);
	if (STREQ(name, "default_timeout_ns"))
		config->default_timeout_ns = (uint64_t)n;
	else if (n > UINT32_MAX || (STREQ(name, "log_level") && n > CTR_LOG_DEBUG))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s: %s is too large", file, name);
	else if (STREQ(name, "log_level"))
		config->log_level = (int32_t)n;
	else
		config->default_stop_timeout_s = (uint32_t)n;
	return 0;
}

static int apply_backoff(struct engine_config *config, const char *file, json_t *value, ctr_error_t **err)
{
	const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
	struct restart_backoff backoff;

	if (restart_backoff_parse(text, &backoff) < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "%s: %s must be \"MIN,MAX,RESET\" in milliseconds, 0 < MIN <= MAX <= 86400000", file, RESTART_CONFIG_KEY);
	free(config->restart_backoff);
	config->restart_backoff = str_dup(text);
	return config->restart_backoff ? 0 : error_no_memory(err);
}

static int apply_file_entry(struct engine_config *config, const char *file, const char *key, json_t *value, ctr_error_t **err)
{
	const char *names[ARRAY_SIZE(fields) + ARRAY_SIZE(number_names) + 1];
	const char *near;

	if (!value)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		names[i] = fields[i].name;
		if (strcasecmp(key, fields[i].name) != 0)
			continue;
		if (!json_object_is_type(value, json_type_string))
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s: %s must be a string", file, fields[i].name);
		return set_field(config, &fields[i], json_object_get_string(value), err);
	}
	names[ARRAY_SIZE(fields) + ARRAY_SIZE(number_names)] = RESTART_CONFIG_KEY;
	if (strcasecmp(key, RESTART_CONFIG_KEY) == 0)
		return apply_backoff(config, file, value, err);
	for (size_t i = 0; i < ARRAY_SIZE(number_names); i++) {
		names[ARRAY_SIZE(fields) + i] = number_names[i];
		if (strcasecmp(key, number_names[i]) == 0)
			return apply_number(config, file, number_names[i], value, err);
	}
	near = nearest_name(key, names, ARRAY_SIZE(names));
	return error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "%s: unknown option \"%s\"%s%s%s", file, key,
			 near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int load_file(struct engine_config *config, const char *file, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *obj = NULL;
	const char *why = NULL;
	size_t len = 0, at = 0;
	int r;

	if (file[0] != '/')
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "config file \"%s\" is not an absolute path", file);
	r = os_read_file(AT_FDCWD, file, CONFIG_FILE_MAX, &text, &len);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot read the config file %s", file);
	r = json_parse(text, len, &obj, &why, &at);
	if (r == -ENOMEM)
		return error_no_memory(err);
	if (r < 0 || !json_object_is_type(obj, json_type_object))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "config file %s is not one JSON object: %s at byte %zu", file,
				 r < 0 ? why : "another type", at);
	json_object_object_foreach(obj, key, value) {
		r = apply_file_entry(config, file, key, value, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load_defaults(struct engine_config *config, ctr_error_t **err)
{
	if (!config->root)
		config->root = str_dup("/var/lib/libctr");
	if (!config->monitor_mode)
		config->monitor_mode = str_dup("shared");
	if (!config->default_timeout_ns)
		config->default_timeout_ns = 30 * NSEC_PER_SEC;
	if (!config->default_stop_timeout_s)
		config->default_stop_timeout_s = 10;
	if (!config->log_level)
		config->log_level = CTR_LOG_WARNING;
	if (!config->root || !config->monitor_mode)
		return error_no_memory(err);
	return engine_helper_paths(config, err);
}

int engine_config_load(struct engine_config *config, const struct ctr_engine_opts *opts, ctr_error_t **err)
{
	int r;

	memset(config, 0, sizeof(*config));
	if (opts->log_level < 0 || opts->log_level > CTR_LOG_DEBUG)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "engine option log_level is %d; use CTR_LOG_ERROR to CTR_LOG_DEBUG",
				 opts->log_level);
	if (opts->reserved1)
		return error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "engine option reserved1 must be 0");
	if (opts->config_file && (r = load_file(config, opts->config_file, err)) < 0)
		goto fail;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (opt_of(opts, &fields[i]) && (r = set_field(config, &fields[i], opt_of(opts, &fields[i]), err)) < 0)
			goto fail;
	if (opts->default_timeout_ns)
		config->default_timeout_ns = opts->default_timeout_ns;
	if (opts->default_stop_timeout_s)
		config->default_stop_timeout_s = opts->default_stop_timeout_s;
	if (opts->log_level)
		config->log_level = opts->log_level;
	config->runtime_said = config->runtime != NULL;
	config->storage_said = config->storage != NULL;
	config->network_said = config->network != NULL;
	config->run_root_said = config->run_root != NULL;
	config->cgroup_manager_said = config->cgroup_manager != NULL;
	config->hooks_dir_said = config->hooks_dir != NULL;
	r = load_defaults(config, err);
	if (r < 0)
		goto fail;
	config->log_fn = opts->log_fn;
	config->log_userdata = opts->log_userdata;
	config->log_destroy = opts->log_destroy;
	return 0;
fail:
	engine_config_reset(config);
	return r;
}

void engine_config_reset(struct engine_config *config)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		free(*slot_of(config, &fields[i]));
	free(config->keeper_path);
	free(config->restart_backoff);
	memset(config, 0, sizeof(*config));
}
