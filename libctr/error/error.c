/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: made, read, shared and put in chains. */
#include "error/error.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/strbuf.h"
#include "error/codes.h"
#include "error/parts.h"

struct detail {
	char *key, *value;
};

struct ctr_error {
	atomic_int refs;
	int code, errnum;
	char *domain, *message;
	ctr_error_t *cause; /* owned reference */
	struct detail *details;
	size_t n_details;
};

/* Handed out when there is no memory for another; immutable, so that sharing it between threads needs nothing. */
static const struct ctr_error out_of_memory = {
	.code = CTR_ERR_NO_MEMORY,
	.errnum = ENOMEM,
	.domain = (char *)DOMAIN_CORE,
	.message = (char *)"out of memory; free some or raise the memory limit of this process, then call again",
};

static int is_static(const ctr_error_t *err)
{
	return err == &out_of_memory;
}

static ctr_error_t *static_error(void)
{
	return (ctr_error_t *)&out_of_memory;
}

ctr_error_t *error_ref(ctr_error_t *err)
{
	if (err && !is_static(err))
		atomic_fetch_add_explicit(&err->refs, 1, memory_order_relaxed);
	return err;
}

/* A chain is let go in a loop: its length is the caller's affair, the stack is not. */
ctr_error_t *error_unref(ctr_error_t *err)
{
	while (err && !is_static(err) && atomic_fetch_sub_explicit(&err->refs, 1, memory_order_acq_rel) == 1) {
		ctr_error_t *cause = err->cause;

		for (size_t i = 0; i < err->n_details; i++) {
			free(err->details[i].key);
			free(err->details[i].value);
		}
		free(err->details);
		free(err->domain);
		free(err->message);
		free(err);
		err = cause;
	}
	return NULL;
}

/* Takes message over. NULL when out of memory. */
static ctr_error_t *new_error(int code, int errnum, const char *domain, char *message)
{
	ctr_error_t *err CLEANUP_ERROR = message ? NEW0(ctr_error_t) : NULL;

	if (!err) {
		free(message);
		return NULL;
	}
	atomic_init(&err->refs, 1);
	err->code = code < 0 ? code : CTR_ERR_INTERNAL;
	err->errnum = errnum;
	err->message = message;
	err->domain = str_dup(domain ? domain : DOMAIN_CORE);
	return err->domain ? TAKE_PTR(err) : NULL;
}

/* Puts a finished error where the caller wants it; made may be NULL (out of memory). The first error wins. */
static int hand_out(ctr_error_t **err, ctr_error_t *made)
{
	int code;

	if (!made)
		made = static_error();
	code = made->code;
	if (err && !*err)
		*err = made;
	else
		error_unref(made);
	return code;
}

int error_set(ctr_error_t **err, int code, const char *domain, const char *fmt, ...)
{
	va_list ap;
	char *message;

	if (!err)
		return code;
	va_start(ap, fmt);
	message = str_vprintf(fmt, ap);
	va_end(ap);
	return hand_out(err, new_error(code, 0, domain, message));
}

int error_code_from_errno(int errnum)
{
	static const struct {
		int errnum, code;
	} table[] = {
		{EACCES, CTR_ERR_PERMISSION},	{EPERM, CTR_ERR_PERMISSION},	{ENOENT, CTR_ERR_NO_SUCH_FILE},
		{ENOTDIR, CTR_ERR_NO_SUCH_FILE}, {ENOSPC, CTR_ERR_NO_SPACE},	{EDQUOT, CTR_ERR_NO_SPACE},
		{ENOMEM, CTR_ERR_NO_MEMORY},	{EMFILE, CTR_ERR_NO_RESOURCES}, {ENFILE, CTR_ERR_NO_RESOURCES},
		{EAGAIN, CTR_ERR_NO_RESOURCES},
	};

	errnum = errnum < 0 ? -errnum : errnum;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].errnum == errnum)
			return table[i].code;
	return CTR_ERR_IO;
}

/* What mends it, where that does not depend on what was tried. */
static const char *remedy(int errnum)
{
	static const struct {
		int errnum;
		const char *text;
	} table[] = {
		{EMFILE, "; raise RLIMIT_NOFILE of this process or close descriptors"},
		{ENFILE, "; raise fs.file-max of this machine"},
		{ENOSPC, "; make room on its file system"},
		{EDQUOT, "; make room or raise the quota"},
		{EROFS, "; mount its file system for writing"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].errnum == errnum)
			return table[i].text;
	return "";
}

int error_set_errno(ctr_error_t **err, int code, const char *domain, int errnum, const char *fmt, ...)
{
	char *sentence CLEANUP_FREE = NULL;
	const char *reason;
	va_list ap;

	errnum = errnum < 0 ? -errnum : errnum;
	if (!code)
		code = error_code_from_errno(errnum);
	if (!err)
		return code;
	va_start(ap, fmt);
	sentence = str_vprintf(fmt, ap);
	va_end(ap);
	if (!sentence)
		return hand_out(err, NULL);
	reason = strerrordesc_np(errnum); /* strerror asks the locale */
	return hand_out(err, new_error(code, errnum, domain,
				       str_printf("%s: %s%s", sentence, reason ? reason : "unknown error", remedy(errnum))));
}

int error_wrap(ctr_error_t **err, int code, const char *domain, const char *fmt, ...)
{
	ctr_error_t *head;
	char *message;
	va_list ap;

	if (!err)
		return code ? code : CTR_ERR_INTERNAL;
	if (!code)
		code = *err ? (*err)->code : CTR_ERR_INTERNAL;
	va_start(ap, fmt);
	message = str_vprintf(fmt, ap);
	va_end(ap);
	head = new_error(code, 0, domain, message);
	if (head)
		head->cause = TAKE_PTR(*err);
	else
		*err = error_unref(*err);
	return hand_out(err, head);
}

ctr_error_t *error_new(int code, const char *message, ctr_error_t *cause)
{
	ctr_error_t *err = new_error(code, 0, DOMAIN_CORE, str_dup(str_or_empty(message)));

	if (!err)
		return static_error();
	err->cause = error_ref(cause);
	return err;
}

int error_no_memory(ctr_error_t **err)
{
	return hand_out(err, NULL);
}

int error_publish(int code, ctr_error_t *local, ctr_error_t **err)
{
	if (err && !*err)
		*err = local;
	else
		error_unref(local);
	return code;
}

static struct detail *own_detail(const ctr_error_t *err, const char *key)
{
	for (size_t i = 0; i < err->n_details; i++)
		if (STREQ(err->details[i].key, key))
			return &err->details[i];
	return NULL;
}

static int add_detail(ctr_error_t *err, const char *key, const char *value)
{
	struct detail *grown, *old = own_detail(err, key), d = {str_dup(key), str_dup(value)};

	if (old && d.value) {
		free(old->value);
		old->value = d.value;
		free(d.key);
		return 0;
	}
	grown = d.key && d.value ? reallocarray(err->details, err->n_details + 1, sizeof(*grown)) : NULL;
	if (!grown) {
		free(d.key);
		free(d.value);
		return -ENOMEM;
	}
	err->details = grown;
	grown[err->n_details++] = d;
	return 0;
}

/* A detail for which there is no memory is left out: the error itself says more than "out of memory" would. */
void error_detail(ctr_error_t **err, const char *key, const char *value)
{
	if (err && *err && !is_static(*err) && value)
		(void)add_detail(*err, key, value);
}

void error_detail_i64(ctr_error_t **err, const char *key, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	error_detail(err, key, digits);
}

int error_code(const ctr_error_t *err)
{
	return err ? err->code : 0;
}

int error_errno(const ctr_error_t *err)
{
	while (err && !err->errnum && err->cause)
		err = err->cause;
	return err ? err->errnum : 0;
}

int error_own_errno(const ctr_error_t *err)
{
	return err->errnum;
}

const char *error_domain(const ctr_error_t *err)
{
	return err ? err->domain : "";
}

const char *error_message(const ctr_error_t *err)
{
	return err ? err->message : "";
}

const ctr_error_t *error_cause(const ctr_error_t *err)
{
	return err ? err->cause : NULL;
}

ctr_retry_t error_retry(const ctr_error_t *err)
{
	return error_code_lookup(error_code(err))->retry;
}

const char *error_code_name(int code)
{
	return error_code_lookup(code)->name;
}

const char *error_get_detail(const ctr_error_t *err, const char *key)
{
	const struct detail *d = NULL;

	for (; key && err && !d; err = err->cause)
		d = own_detail(err, key);
	return d ? d->value : NULL;
}

size_t error_detail_count(const ctr_error_t *err)
{
	return err ? err->n_details : 0;
}

const char *error_detail_key(const ctr_error_t *err, size_t i)
{
	return i < error_detail_count(err) ? err->details[i].key : NULL;
}

size_t error_own_detail(const ctr_error_t *err, size_t i, const char **ret_key, const char **ret_value)
{
	if (i < err->n_details) {
		*ret_key = err->details[i].key;
		*ret_value = err->details[i].value;
	}
	return err->n_details;
}

char *error_format(const ctr_error_t *err)
{
	struct strbuf b CLEANUP_STRBUF = {0};

	if (!err)
		return NULL;
	for (const ctr_error_t *e = err; e; e = e->cause) {
		if (e != err)
			strbuf_append(&b, ": ");
		strbuf_append(&b, e->message);
	}
	return strbuf_take(&b);
}

ctr_error_t *error_rebuild(int code, int errnum, const char *domain, const char *message, ctr_error_t *cause)
{
	ctr_error_t *err = new_error(code, errnum, domain, str_dup(message));

	if (!err) {
		error_unref(cause);
		return NULL;
	}
	err->cause = cause;
	return err;
}
