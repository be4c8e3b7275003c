/* SPDX-License-Identifier: Apache-2.0 */
/* List filters: parsed and checked once, then matched against rows. Values of one key are OR-ed (label: AND-ed), keys
 * AND-ed. */
#include "model/filter.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/spec.h"
#include "model/state.h"

struct filter_value {
	char *text;
	regex_t regex;
	int has_regex;
	int64_t number; /* a state, an exit code, or a time */
	int resolved;	/* of before and since: number is the time; of pod: pod_id is whose */
	char pod_id[ID_SIZE];
};

struct filter_key;
struct filter_term {
	const struct filter_key *key;
	struct filter_value *values;
	size_t n;
};

struct filter {
	struct filter_term *terms;
	size_t n;
};

typedef int (*parse_fn)(struct filter_value *v, int64_t now_ns); /* 0, -EINVAL, -ENOMEM */
typedef int (*match_fn)(const struct filter_value *v, const struct container_row *row);

struct filter_key {
	const char *name;
	parse_fn parse;
	match_fn match;
	int every;	    /* all values must match, not one of them */
	const char *wanted; /* what a value must look like */
};

static int parse_regex(struct filter_value *v, int64_t now_ns UNUSED)
{
	int rc = regcomp(&v->regex, v->text, REG_EXTENDED | REG_NOSUB);

	v->has_regex = rc == 0;
	return rc == 0 ? 0 : rc == REG_ESPACE ? -ENOMEM : -EINVAL;
}

static int parse_state(struct filter_value *v, int64_t now_ns UNUSED)
{
	ctr_state_t state;

	if (state_from_name(v->text, &state) < 0)
		return -EINVAL;
	v->number = state;
	return 0;
}

static int parse_code(struct filter_value *v, int64_t now_ns UNUSED)
{
	return str_to_i64(v->text, &v->number);
}

static int parse_until(struct filter_value *v, int64_t now_ns)
{
	int64_t duration;

	if (clock_parse_duration(v->text, &duration) == 0) {
		v->number = now_ns - duration;
		return 0;
	}
	return clock_parse(v->text, &v->number);
}

static int parse_label(struct filter_value *v, int64_t now_ns UNUSED)
{
	return v->text[0] && v->text[0] != '=' ? 0 : -EINVAL;
}

static int parse_volume(struct filter_value *v, int64_t now_ns UNUSED)
{
	return v->text[0] ? 0 : -EINVAL;
}

static int match_id(const struct filter_value *v, const struct container_row *row)
{
	return str_has_prefix(row->id, v->text);
}

static int match_name(const struct filter_value *v, const struct container_row *row)
{
	return regexec(&v->regex, row->name, 0, NULL, 0) == 0;
}

static int match_command(const struct filter_value *v, const struct container_row *row)
{
	CLEANUP_JSON json_t *argv = NULL;
	const char *why;
	size_t offset;

	if (json_parse(row->command, SIZE_MAX, &argv, &why, &offset) < 0 ||
	    json_object_get_type(argv) != json_type_array)
		return 0;
	for (size_t i = 0; i < json_object_array_length(argv); i++) {
		const char *word = json_object_get_string(json_object_array_get_idx(argv, i));

		if (word && regexec(&v->regex, word, 0, NULL, 0) == 0)
			return 1;
	}
	return 0;
}

static int match_status(const struct filter_value *v, const struct container_row *row)
{
	return row->state == v->number;
}

static int match_exited(const struct filter_value *v, const struct container_row *row)
{
	return (row->state == CTR_STATE_EXITED || row->state == CTR_STATE_STOPPED) && row->exit_known &&
	       row->exit_code == v->number;
}

static int match_label(const struct filter_value *v, const struct container_row *row)
{
	CLEANUP_JSON json_t *labels = NULL;
	CLEANUP_FREE char *key = NULL;
	const char *equals = strchr(v->text, '=');
	json_t *value = NULL;
	const char *why;
	size_t offset;

	if (json_parse(row->labels, SIZE_MAX, &labels, &why, &offset) < 0)
		return 0;
	key = str_ndup(v->text, equals ? (size_t)(equals - v->text) : strlen(v->text));
	/* Not json_get: labels may differ in case only. */
	if (!key || !json_object_object_get_ex(labels, key, &value))
		return 0;
	return !equals || (value && STREQ(json_object_get_string(value), equals + 1));
}

static int match_no_label(const struct filter_value *v, const struct container_row *row)
{
	return !match_label(v, row);
}

static int match_before(const struct filter_value *v, const struct container_row *row)
{
	return v->resolved && row->created_ns < v->number;
}

static int match_since(const struct filter_value *v, const struct container_row *row)
{
	return v->resolved && row->created_ns > v->number;
}

static int match_until(const struct filter_value *v, const struct container_row *row)
{
	return row->created_ns <= v->number;
}

static int match_volume(const struct filter_value *v, const struct container_row *row)
{
	CLEANUP_JSON json_t *mounts = NULL;
	const char *why;
	size_t offset;

	if (json_parse(row->mounts, SIZE_MAX, &mounts, &why, &offset) < 0 ||
	    json_object_get_type(mounts) != json_type_array)
		return 0;
	for (size_t i = 0; i < json_object_array_length(mounts); i++) {
		const char *destination = json_object_get_string(json_object_array_get_idx(mounts, i));

		if (destination && STREQ(destination, v->text))
			return 1;
	}
	return 0;
}

static int match_pod(const struct filter_value *v, const struct container_row *row)
{
	return v->resolved && STREQ(row->pod_id, v->pod_id);
}

/* "none" and "" are Podman's other words for no. */
static const char *policy_word(const char *text)
{
	return !*text || STREQ(text, "none") ? "no" : text;
}

static int parse_policy(struct filter_value *v, int64_t now_ns UNUSED)
{
	static const char *const words[] = {"no", "always", "on-failure", "unless-stopped"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (STREQ(policy_word(v->text), words[i]))
			return 0;
	return -EINVAL;
}

static int match_policy(const struct filter_value *v, const struct container_row *row)
{
	return STREQ(policy_word(row->restart_policy), policy_word(v->text));
}

/* What Go's ParseBool takes */
static int parse_bool(struct filter_value *v, int64_t now_ns UNUSED)
{
	static const char *const words[] = {"false", "0", "f", "F", "FALSE", "False", "true", "1", "t", "T", "TRUE", "True"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (STREQ(v->text, words[i])) {
			v->number = i >= ARRAY_SIZE(words) / 2;
			return 0;
		}
	}
	return -EINVAL;
}

static int match_boot(const struct filter_value *v, const struct container_row *row)
{
	return container_row_starts_on_boot(row) == (int)v->number;
}

static const struct filter_key keys[] = {
    {"id", NULL, match_id, 0, "the beginning of an id"},
    {"name", parse_regex, match_name, 0, "a regular expression"},
    {"label", parse_label, match_label, 1, "\"key\" or \"key=value\""},
    {"label!", parse_label, match_no_label, 1, "\"key\" or \"key=value\""},
    {"status", parse_state, match_status, 0, "the name of a state"},
    {"exited", parse_code, match_exited, 0, "an exit code"},
    {"before", NULL, match_before, 0, "a container"},
    {"since", NULL, match_since, 0, "a container"},
    {"until", parse_until, match_until, 0, "a time or a duration such as \"10m\""},
    {"volume", parse_volume, match_volume, 0, "the destination of a mount"},
    {"command", parse_regex, match_command, 0, "a regular expression"},
    {"pod", NULL, match_pod, 0, "a pod"},
    {"restart-policy", parse_policy, match_policy, 0, "no, always, on-failure or unless-stopped"},
    {"should-start-on-boot", parse_bool, match_boot, 0, "true or false"},
};
static const char *const later_keys[] = {"ancestor", "network", "health"};

static int bad_key(const char *name, ctr_error_t **err)
{
	const char *names[ARRAY_SIZE(keys)];
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(later_keys); i++) {
		if (strcasecmp(later_keys[i], name) == 0) {
			error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
				  "the filter \"%s\" is not built yet in this version of libctr; leave it out", name);
			error_detail(err, "path", name);
			return CTR_ERR_UNSUPPORTED_OPTION;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		names[i] = keys[i].name;
	near = nearest_name(name, names, ARRAY_SIZE(keys));
	error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "there is no filter \"%s\"%s%s%s", name,
		  near ? "; did you mean \"" : "; ctr_container_list(3) names those there are", str_or_empty(near), near ? "\"?" : "");
	error_detail(err, "path", name);
	return CTR_ERR_INVALID_ARG;
}

static int parse_value(const struct filter_key *key, json_t *given, int64_t now_ns, struct filter_value *ret,
		       ctr_error_t **err)
{
	int rc;

	if (!given || json_object_get_type(given) != json_type_string)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the filter \"%s\" must have strings in its list", key->name);
	ret->text = str_dup(json_object_get_string(given));
	if (!ret->text)
		return error_no_memory(err);
	rc = key->parse ? key->parse(ret, now_ns) : 0;
	if (rc == -ENOMEM)
		return error_no_memory(err);
	if (rc < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the filter \"%s\" takes %s, not \"%s\"",
				 key->name, key->wanted, ret->text);
	return 0;
}

static int parse_term(const char *name, json_t *list, int64_t now_ns, struct filter_term *ret, ctr_error_t **err)
{
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !ret->key; i++) {
		if (strcasecmp(keys[i].name, name) == 0)
			ret->key = &keys[i];
	}
	if (!ret->key)
		return bad_key(name, err);
	if (!list || json_object_get_type(list) != json_type_array)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the filter \"%s\" must have a list of strings",
				 name);
	n = json_object_array_length(list);
	ret->values = mem_new0(n ? n : 1, sizeof(*ret->values));
	if (!ret->values)
		return error_no_memory(err);
	for (ret->n = 0; ret->n < n;) {
		size_t i = ret->n++;
		int rc = parse_value(ret->key, json_object_array_get_idx(list, i), now_ns, &ret->values[i], err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static inline void cleanup_filter_fn(struct filter **f)
{
	filter_free(*f);
}

static int parse_terms(json_t *given, int64_t now_ns, struct filter *f, ctr_error_t **err)
{
	f->terms = mem_new0((size_t)json_object_object_length(given) + 1, sizeof(*f->terms));
	if (!f->terms)
		return error_no_memory(err);
	json_object_object_foreach(given, name, list)
	{
		int rc = list ? parse_term(name, list, now_ns, &f->terms[f->n++], err) : 0; /* null is absence */

		if (rc < 0)
			return rc;
	}
	return 0;
}

int filter_parse(const char *text, size_t len, int64_t now_ns, struct filter **ret, ctr_error_t **err)
{
	CLEANUP(cleanup_filter_fn) struct filter *f = NEW0(struct filter);
	CLEANUP_JSON json_t *given = NULL;
	const char *why = "";
	size_t offset = 0;
	int rc;

	if (!f)
		return error_no_memory(err);
	if (text) {
		rc = json_parse(text, len, &given, &why, &offset);
		if (rc == -ENOMEM)
			return error_no_memory(err);
		if (rc < 0)
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
					 "the filters are not valid JSON at byte %zu: %s", offset, why);
		if (given && json_object_get_type(given) != json_type_object)
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
					 "the filters must be a JSON object of lists of strings");
	}
	rc = given ? parse_terms(given, now_ns, f, err) : 0;
	if (rc < 0)
		return rc;
	*ret = TAKE_PTR(f);
	return 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		for (size_t j = 0; j < f->terms[i].n; j++) {
			if (f->terms[i].values[j].has_regex)
				regfree(&f->terms[i].values[j].regex);
			free(f->terms[i].values[j].text);
		}
		free(f->terms[i].values);
	}
	free(f->terms);
	free(f);
}

static int is_reference(const struct filter_key *key)
{
	return key->match == match_before || key->match == match_since || key->match == match_pod;
}

/* The i-th value of before, since and pod, counted through all terms; NULL behind the last. */
static struct filter_value *reference(const struct filter *f, size_t i, int *ret_is_pod)
{
	for (size_t t = 0; t < f->n; t++) {
		const struct filter_term *term = &f->terms[t];

		if (!is_reference(term->key))
			continue;
		if (i < term->n) {
			*ret_is_pod = term->key->match == match_pod;
			return &term->values[i];
		}
		i -= term->n;
	}
	return NULL;
}

size_t filter_reference_count(const struct filter *f)
{
	size_t n = 0;
	int is_pod;

	while (reference(f, n, &is_pod))
		n++;
	return n;
}

const char *filter_reference(const struct filter *f, size_t i, int *ret_is_pod)
{
	struct filter_value *v = reference(f, i, ret_is_pod);

	return v ? v->text : NULL;
}

void filter_resolve(struct filter *f, size_t i, int64_t created_ns)
{
	int is_pod;
	struct filter_value *v = reference(f, i, &is_pod);

	if (!v || is_pod)
		return;
	v->number = created_ns;
	v->resolved = 1;
}

void filter_resolve_pod(struct filter *f, size_t i, const char *pod_id)
{
	int is_pod;
	struct filter_value *v = reference(f, i, &is_pod);

	if (!v || !is_pod)
		return;
	snprintf(v->pod_id, sizeof(v->pod_id), "%s", pod_id);
	v->resolved = 1;
}

static int term_matches(const struct filter_term *term, const struct container_row *row)
{
	for (size_t i = 0; i < term->n; i++) {
		if (term->key->match(&term->values[i], row) != term->key->every)
			return !term->key->every;
	}
	return term->key->every || term->n == 0;
}

int filter_match(const struct filter *f, const struct container_row *row)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!term_matches(&f->terms[i], row))
			return 0;
	}
	return 1;
}
