/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, one character at a time. */
#include "base/utf8.h"

#include <string.h>
#include "base/macros.h"

/* RFC 3629's table: first byte from..to, length, and the range of the second byte, which shuts out overlong forms and surrogates. */
static const struct {
	unsigned char first_from, first_to, length, second_from, second_to;
} forms[] = {
	{0x00, 0x7f, 1, 0, 0},	     {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

size_t utf8_sequence(const char *s, size_t len)
{
	const unsigned char *b = (const unsigned char *)s;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t n = forms[i].length;

		if (b[0] < forms[i].first_from || b[0] > forms[i].first_to)
			continue;
		if (n > len || (n > 1 && (b[1] < forms[i].second_from || b[1] > forms[i].second_to)))
			return 0;
		for (size_t k = 2; k < n; k++)
			if ((b[k] & 0xc0) != 0x80)
				return 0;
		return n;
	}
	return 0;
}

size_t utf8_encode(uint32_t c, char ret[4])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		ret[i] = (char)(0x80 | (c & 0x3f));
	ret[0] = (char)(n == 1 ? c : lead[n] | c);
	return n;
}

int utf8_valid(const char *s)
{
	size_t left = strlen(s);

	while (left) {
		size_t n = utf8_sequence(s, left);

		if (!n)
			return 0;
		s += n;
		left -= n;
	}
	return 1;
}
