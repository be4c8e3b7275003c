/* SPDX-License-Identifier: Apache-2.0 */
/* The size rule of option structs and of backends' tables. */
#include "base/opts.h"

#include <libctr/error.h>
#include <string.h>

#define STRUCT_SIZE_MAX 4096

/* The caller's struct may be shorter than ours, so nothing but its first member may be read before its size is known. */
static int size_check(const void *src, size_t v1_size, size_t *ret_size)
{
	memcpy(ret_size, src, sizeof(*ret_size));
	return *ret_size < v1_size || *ret_size > STRUCT_SIZE_MAX ? CTR_ERR_INVALID_ARG : 0;
}

static void sized_copy(void *dst, size_t dst_size, const void *src, size_t size)
{
	opts_init(dst, dst_size);
	memcpy((char *)dst + sizeof(size), (const char *)src + sizeof(size),
	       (size < dst_size ? size : dst_size) - sizeof(size));
}

int opts_copy_in(void *dst, size_t dst_size, size_t v1_size, const void *src)
{
	const unsigned char *bytes = src;
	size_t size;

	if (!src) {
		opts_init(dst, dst_size);
		return 0;
	}
	if (size_check(src, v1_size, &size) < 0)
		return CTR_ERR_INVALID_ARG;
	for (size_t i = dst_size; i < size; i++)
		if (bytes[i])
			return CTR_ERR_UNSUPPORTED_OPTION;
	sized_copy(dst, dst_size, src, size);
	return 0;
}

void opts_init(void *opts, size_t n)
{
	if (!opts || n < sizeof(size_t))
		return;
	memset(opts, 0, n);
	memcpy(opts, &n, sizeof(n));
}

int ops_copy_in(void *dst, size_t dst_size, size_t v1_size, const void *src)
{
	size_t size;

	if (!src || size_check(src, v1_size, &size) < 0)
		return CTR_ERR_INVALID_ARG;
	sized_copy(dst, dst_size, src, size);
	return 0;
}
