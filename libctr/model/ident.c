/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and names: their grammar and how they are made. */
#include "model/ident.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 253

static const char *const adjectives[] = {
    "able",   "agile",	"amber",  "bold",  "brave",   "bright", "brisk",  "calm",  "candid", "clear",  "clever",
    "cool",   "crisp",	"daring", "deep",  "eager",   "early",	"fair",	  "fast",  "fine",   "fleet",  "fond",
    "frank",  "fresh",	"gentle", "glad",  "golden",  "grand",	"green",  "happy", "hardy",  "honest", "humble",
    "jolly",  "keen",	"kind",	  "late",  "level",   "light",	"lively", "lucid", "lucky",  "merry",  "mild",
    "modest", "neat",	"nimble", "noble", "patient", "plain",	"polite", "proud", "quick",  "quiet",  "rapid",
    "ready",  "silent", "silver", "smart", "snowy",   "steady", "sunny",  "swift", "vivid",
};

static const char *const nouns[] = {
    "acorn",  "alder",	"anchor", "aspen",  "badger",  "beacon",  "birch",  "bridge", "brook",	"canal", "cedar",
    "cliff",  "cloud",	"comet",  "coral",  "crane",   "delta",	  "dune",   "falcon", "fern",	"field", "finch",
    "fjord",  "forest", "garden", "glade",  "harbor",  "hazel",	  "heron",  "hill",   "island", "ivy",	 "juniper",
    "lagoon", "lake",	"lark",	  "linden", "lynx",    "maple",	  "marsh",  "meadow", "moss",	"oak",	 "orchid",
    "osprey", "otter",	"pebble", "pine",   "prairie", "raven",	  "reef",   "ridge",  "river",	"robin", "sparrow",
    "spruce", "stone",	"stream", "summit", "swan",    "thistle", "valley", "willow", "wren",
};

void ident_format(const unsigned char bytes[32], char ret[ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[ID_LEN] = '\0';
}

int ident_is_id_prefix(const char *s)
{
	size_t len = strspn(s, "0123456789abcdef");

	return len >= 1 && len <= ID_LEN && s[len] == '\0';
}

int ident_is_id(const char *s)
{
	return ident_is_id_prefix(s) && strlen(s) == ID_LEN;
}

const char *ident_plain_name(const char *name)
{
	return name[0] == '/' ? name + 1 : name;
}

int ident_check_name(const char *what, const char *name, ctr_error_t **err)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	if (len == 0 || !strchr(first, name[0]) || strspn(name, others) != len)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "\"%s\" is no name for a %s: names match [a-zA-Z0-9][a-zA-Z0-9_.-]*", name, what);
	if (len > NAME_MAX_LEN)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "a name of %zu bytes is too long for a %s: at most %d are allowed", len, what,
				 NAME_MAX_LEN);
	return 0;
}

void ident_make_name(uint64_t random, unsigned attempt, char *ret, size_t size)
{
	const char *adjective = adjectives[random % ARRAY_SIZE(adjectives)];
	const char *noun = nouns[(random / ARRAY_SIZE(adjectives)) % ARRAY_SIZE(nouns)];

	unsigned numbers = 1;

	for (unsigned i = 0; i < attempt && numbers < 1000000000; i++)
		numbers *= 10;
	random /= ARRAY_SIZE(adjectives) * ARRAY_SIZE(nouns);
	if (attempt == 0)
		snprintf(ret, size, "%s_%s", adjective, noun);
	else
		snprintf(ret, size, "%s_%s%u", adjective, noun, (unsigned)(random % numbers));
}
