/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the name of a list with the smallest edit distance. */
#include "model/spec.h"

#include <string.h>

#define WORD_MAX 64

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Levenshtein distance, ASCII case ignored; WORD_MAX when one is too long to bother. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

const char *nearest_name(const char *wrong, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t best_distance = strlen(wrong) / 3 + 2;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(wrong, names[i]);

		if (d < best_distance && d < strlen(names[i])) {
			best_distance = d;
			best = names[i];
		}
	}
	return best;
}
