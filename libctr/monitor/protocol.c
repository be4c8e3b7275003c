/* SPDX-License-Identifier: Apache-2.0 */
/* Names that library and helpers must build alike. */
#include "monitor/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"

int protocol_key_is_good(const char *key)
{
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return len > 0 && len < 96 && key[len] == '\0' && key[0] != '.';
}

int protocol_socket_name(const char *key, char ret[PROTOCOL_NAME_SIZE])
{
	if (!protocol_key_is_good(key))
		return -ENAMETOOLONG;
	snprintf(ret, PROTOCOL_NAME_SIZE, "%.95s.sock", key);
	return 0;
}

char *protocol_store_mark(const char *uuid, const char *root)
{
	return str_printf("%s\n%s\n", uuid, root);
}
