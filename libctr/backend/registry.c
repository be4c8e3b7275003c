/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of one engine: backends by kind and name, each with a private copy of its table. */
#include "backend/registry.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include "backend/backends.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "base/strv.h"

struct registry {
	pthread_mutex_t mutex;
	struct backend *first[N_KINDS];
};

/* The tables as version 1 had them; later slots are optional. */
#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define RUNTIME_OPS_V1 END_OF(struct ctr_runtime_ops, destroy)
#define STORAGE_OPS_V1 END_OF(struct ctr_storage_ops, destroy)
#define NETWORK_OPS_V1 END_OF(struct ctr_network_ops, destroy)

static const struct kind_info {
	const char *noun, *domain;
	int not_found;
} kinds[N_KINDS] = {
	[KIND_RUNTIME] = {"runtime", DOMAIN_RUNTIME, CTR_ERR_RUNTIME_NOT_FOUND},
	[KIND_STORAGE] = {"storage driver", DOMAIN_STORAGE, CTR_ERR_STORAGE},
	[KIND_NETWORK] = {"network backend", DOMAIN_NETWORK, CTR_ERR_NETWORK},
};

int registry_new(struct registry **ret, ctr_error_t **err)
{
	struct registry *r = NEW0(struct registry);

	if (!r)
		return error_no_memory(err);
	pthread_mutex_init(&r->mutex, NULL);
	*ret = r;
	return 0;
}

/* Not self: a refused backend still belongs to whoever offered it. */
static void backend_free(struct backend *b)
{
	if (!b)
		return;
	free(b->name);
	free(b->path);
	free(b->domain);
	free(b);
}

struct registry *registry_free(struct registry *r)
{
	if (!r)
		return NULL;
	for (int kind = 0; kind < N_KINDS; kind++) {
		while (r->first[kind]) {
			struct backend *b = r->first[kind];

			r->first[kind] = b->next;
			if (b->destroy)
				b->destroy(b->self);
			backend_free(b);
		}
	}
	pthread_mutex_destroy(&r->mutex);
	free(r);
	return NULL;
}

/* A runtime may be known by the absolute path somebody named it with. */
static int name_is_good(enum backend_kind kind, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (kind == KIND_RUNTIME && name && name[0] == '/')
		return strlen(name) < PATH_MAX;
	return name && name[0] && name[0] != '.' && strlen(name) <= 64 && name[strspn(name, allowed)] == '\0';
}

static struct backend *find(struct registry *r, enum backend_kind kind, const char *name)
{
	struct backend *b = r->first[kind];

	while (b && !STREQ(b->name, name))
		b = b->next;
	return b;
}

/* Links b in at the end, so that listings follow the order of registration. Owns b in every case. */
static int add(struct registry *r, struct backend *b, ctr_error_t **err)
{
	struct backend **at = &r->first[b->kind];

	pthread_mutex_lock(&r->mutex);
	if (find(r, b->kind, b->name)) {
		pthread_mutex_unlock(&r->mutex);
		error_set(err, CTR_ERR_EXISTS, kinds[b->kind].domain,
			  "the engine already has a %s named \"%s\"; register it under another name",
			  kinds[b->kind].noun, b->name);
		backend_free(b);
		return CTR_ERR_EXISTS;
	}
	while (*at)
		at = &(*at)->next;
	*at = b;
	pthread_mutex_unlock(&r->mutex);
	return 0;
}

static int fill(struct backend *b, enum backend_kind kind, const char *name, const char *path, void *self,
		void (*destroy)(void *))
{
	b->kind = kind;
	b->destroy = destroy;
	b->self = self;
	b->name = str_dup(name);
	b->path = str_dup(str_or_empty(path));
	b->domain = str_printf("backend:%s", name);
	return b->name && b->path && b->domain ? 0 : -ENOMEM;
}

static int refuse_name(enum backend_kind kind, const char *name, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INVALID_ARG, kinds[kind].domain,
			 "\"%s\" cannot be the name of a %s: use 1 to 64 letters, digits, \".\", \"_\" or \"-\", not starting with \".\"",
			 str_or_empty(name), kinds[kind].noun);
}

static int refuse_table(enum backend_kind kind, const char *name, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INVALID_ARG, kinds[kind].domain,
			 "the table of %s \"%s\" has a size this library does not know; set its member size to sizeof the struct",
			 kinds[kind].noun, name);
}

static int refuse_slot(enum backend_kind kind, const char *name, const char *slots, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INVALID_ARG, kinds[kind].domain,
			 "%s \"%s\" lacks a required function; its table must have %s", kinds[kind].noun, name, slots);
}

int registry_add_runtime(struct registry *r, const char *name, const char *path, const struct ctr_runtime_ops *ops, void *self,
			 ctr_error_t **err)
{
	struct runtime_backend *b CLEANUP_FREE = NEW0(struct runtime_backend);

	if (!name_is_good(KIND_RUNTIME, name))
		return refuse_name(KIND_RUNTIME, name, err);
	if (!b)
		return error_no_memory(err);
	if (ops_copy_in(&b->ops, sizeof(b->ops), RUNTIME_OPS_V1, ops) < 0)
		return refuse_table(KIND_RUNTIME, name, err);
	if (!b->ops.create || !b->ops.start || !b->ops.remove)
		return refuse_slot(KIND_RUNTIME, name, "create, start and remove", err);
	if ((b->ops.caps & CTR_RUNTIME_CAP_NO_PROCESS) && !b->ops.end)
		return refuse_slot(KIND_RUNTIME, name, "end, as its containers have no process", err);
	if (fill(&b->base, KIND_RUNTIME, name, path, self, b->ops.destroy) < 0) {
		backend_free(&TAKE_PTR(b)->base);
		return error_no_memory(err);
	}
	return add(r, &TAKE_PTR(b)->base, err);
}

int registry_add_storage(struct registry *r, const char *name, const struct ctr_storage_ops *ops, void *self, ctr_error_t **err)
{
	struct storage_backend *b CLEANUP_FREE = NEW0(struct storage_backend);

	if (!name_is_good(KIND_STORAGE, name))
		return refuse_name(KIND_STORAGE, name, err);
	if (!b)
		return error_no_memory(err);
	if (ops_copy_in(&b->ops, sizeof(b->ops), STORAGE_OPS_V1, ops) < 0)
		return refuse_table(KIND_STORAGE, name, err);
	if (!b->ops.create || !b->ops.remove || !b->ops.mount)
		return refuse_slot(KIND_STORAGE, name, "create, remove and mount", err);
	if (fill(&b->base, KIND_STORAGE, name, NULL, self, b->ops.destroy) < 0) {
		backend_free(&TAKE_PTR(b)->base);
		return error_no_memory(err);
	}
	return add(r, &TAKE_PTR(b)->base, err);
}

int registry_add_network(struct registry *r, const char *name, const struct ctr_network_ops *ops, void *self, ctr_error_t **err)
{
	struct network_backend *b CLEANUP_FREE = NEW0(struct network_backend);

	if (!name_is_good(KIND_NETWORK, name))
		return refuse_name(KIND_NETWORK, name, err);
	if (!b)
		return error_no_memory(err);
	if (ops_copy_in(&b->ops, sizeof(b->ops), NETWORK_OPS_V1, ops) < 0)
		return refuse_table(KIND_NETWORK, name, err);
	if (!b->ops.setup || !b->ops.teardown)
		return refuse_slot(KIND_NETWORK, name, "setup and teardown", err);
	if (fill(&b->base, KIND_NETWORK, name, NULL, self, b->ops.destroy) < 0) {
		backend_free(&TAKE_PTR(b)->base);
		return error_no_memory(err);
	}
	return add(r, &TAKE_PTR(b)->base, err);
}

static char **names(struct registry *r, enum backend_kind kind)
{
	char **v CLEANUP_STRV = mem_new0(1, sizeof(*v));
	int failed = !v;

	pthread_mutex_lock(&r->mutex);
	for (struct backend *b = r->first[kind]; b && !failed; b = b->next)
		failed = strv_push(&v, b->name) < 0;
	pthread_mutex_unlock(&r->mutex);
	return failed ? NULL : TAKE_PTR(v);
}

static int not_found(struct registry *r, enum backend_kind kind, const char *name, ctr_error_t **err)
{
	char **known CLEANUP_STRV = names(r, kind);
	struct strbuf list CLEANUP_STRBUF = {0};

	if (!known)
		return error_no_memory(err);
	for (size_t i = 0; known[i]; i++)
		strbuf_printf(&list, "%s%s", i ? ", " : "", known[i]);
	return error_set(err, kinds[kind].not_found, kinds[kind].domain, "there is no %s \"%s\" in this engine; known are: %s",
			 kinds[kind].noun, name, list.len ? str_or_empty(strbuf_str(&list)) : "none");
}

static int lookup(struct registry *r, enum backend_kind kind, const char *name, struct backend **ret, ctr_error_t **err)
{
	struct backend *b;

	pthread_mutex_lock(&r->mutex);
	b = find(r, kind, str_or_empty(name));
	pthread_mutex_unlock(&r->mutex);
	if (!b)
		return not_found(r, kind, str_or_empty(name), err);
	*ret = b;
	return 0;
}

int registry_runtime(struct registry *r, const char *name, struct runtime_backend **ret, ctr_error_t **err)
{
	struct backend *b;
	int code = lookup(r, KIND_RUNTIME, name, &b, err);

	if (code == 0)
		*ret = (struct runtime_backend *)b;
	return code;
}

int registry_storage(struct registry *r, const char *name, struct storage_backend **ret, ctr_error_t **err)
{
	struct backend *b;
	int code = lookup(r, KIND_STORAGE, name, &b, err);

	if (code == 0)
		*ret = (struct storage_backend *)b;
	return code;
}

int registry_network(struct registry *r, const char *name, struct network_backend **ret, ctr_error_t **err)
{
	struct backend *b;
	int code = lookup(r, KIND_NETWORK, name, &b, err);

	if (code == 0)
		*ret = (struct network_backend *)b;
	return code;
}

char **registry_runtime_names(struct registry *r)
{
	return names(r, KIND_RUNTIME);
}

char **registry_storage_names(struct registry *r)
{
	return names(r, KIND_STORAGE);
}

char **registry_network_names(struct registry *r)
{
	return names(r, KIND_NETWORK);
}

const char *runtime_backend_name(const struct runtime_backend *b)
{
	return b->base.name;
}

const char *runtime_backend_path(const struct runtime_backend *b)
{
	return b->base.path;
}

uint64_t runtime_backend_caps(const struct runtime_backend *b)
{
	return b->ops.caps;
}

const char *storage_backend_name(const struct storage_backend *b)
{
	return b->base.name;
}

uint64_t storage_backend_caps(const struct storage_backend *b)
{
	return b->ops.caps;
}

const char *network_backend_name(const struct network_backend *b)
{
	return b->base.name;
}

uint64_t network_backend_caps(const struct network_backend *b)
{
	return b->ops.caps;
}
