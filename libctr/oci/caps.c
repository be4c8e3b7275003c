/* SPDX-License-Identifier: Apache-2.0 */
/* Which capabilities the container's process gets. */
#include <cap-ng.h>
#include <string.h>
#include "model/names.h"
#include "oci/parts.h"
#include "os/proc.h"

#define BIT(name) (UINT64_C(1) << CAP_##name)
#define ALL_CAPS ((UINT64_C(1) << CAP_NAMES) - 1)

static const uint64_t default_caps = BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FOWNER) | BIT(FSETID) | BIT(KILL) |
				     BIT(NET_BIND_SERVICE) | BIT(SETFCAP) | BIT(SETGID) | BIT(SETPCAP) | BIT(SETUID) |
				     BIT(SYS_CHROOT);

int oci_caps_bounding_of_caller(uint64_t *ret, ctr_error_t **err)
{
	/* libcap-ng keeps one state per thread, which may be the host's own. */
	void *saved = capng_save_state();
	uint64_t mask = 0;
	int rc;

	if (!saved)
		return error_no_memory(err);
	capng_setpid(0);
	rc = capng_get_caps_process();
	for (unsigned i = 0; rc == 0 && i < CAP_NAMES; i++) {
		if (capng_have_capability(CAPNG_BOUNDING_SET, i))
			mask |= UINT64_C(1) << i;
	}
	capng_restore_state(&saved);
	if (rc < 0)
		return error_set(err, CTR_ERR_IO, DOMAIN_CORE,
				 "cannot read the capabilities of this process from /proc");
	*ret = mask;
	return 0;
}

json_t *oci_caps_names(uint64_t mask)
{
	CLEANUP_JSON json_t *list = json_object_new_array();

	for (unsigned i = 0; list && i < CAP_NAMES; i++) {
		if ((mask >> i & 1) && json_push_str(list, cap_name(i)) < 0)
			return NULL;
	}
	return TAKE_PTR(list);
}

/* The mask of a list of canonical names; *ret_all is set for ALL. */
static uint64_t mask_of(json_t *list, int *ret_all)
{
	uint64_t mask = 0;

	*ret_all = 0;
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(list, i));
		int number = cap_number(name);

		if (STREQ(name, "ALL"))
			*ret_all = 1;
		else if (number >= 0)
			mask |= UINT64_C(1) << number;
	}
	return mask;
}

static int refuse_missing(uint64_t missing, ctr_error_t **err)
{
	for (unsigned i = 0; i < CAP_NAMES; i++) {
		if (missing >> i & 1)
			return error_set(err, CTR_ERR_PERMISSION, DOMAIN_CORE,
					 "cap_add asks for %s, which this process does not have in its bounding set "
					 "and so cannot give",
					 cap_name(i));
	}
	return 0;
}

int oci_caps_make(json_t *doc, int is_root, const struct oci_input *in, struct oci_caps *ret, ctr_error_t **err)
{
	struct oci_caps caps = {0};
	int add_all, drop_all, rc;
	uint64_t add = mask_of(json_get(doc, "cap_add"), &add_all);
	uint64_t drop = mask_of(json_get(doc, "cap_drop"), &drop_all);
	int all = json_get_bool(doc, "privileged", 0) || add_all;
	/* Without a container to be made this only tells what it has: often, so not by parsing /proc as libcap-ng does. */
	uint64_t given = in ? 0 : os_cap_bounding(all ? ALL_CAPS : default_caps | add), lacking;

	rc = in ? oci_caps_bounding_of_caller(&given, err) : 0;
	if (rc == 0 && in)
		rc = refuse_missing(add & ~given, err);
	if (rc < 0)
		return rc;
	if (all)
		caps.bounding = ALL_CAPS & given & ~drop;
	else
		caps.bounding = ((drop_all ? 0 : default_caps) & ~drop) | add;
	lacking = caps.bounding & ~given;
	if (lacking && in)
		oci_warn(in, "this process lacks some of the default capabilities, so the container does too");
	caps.bounding &= given;
	if (drop_all && !add_all)
		caps.bounding &= add;
	/* Anybody but root has what was asked for explicitly, and keeps it over execve. */
	caps.ambient = is_root ? 0 : (add_all ? caps.bounding : add & caps.bounding);
	caps.effective = is_root ? caps.bounding : caps.ambient;
	*ret = caps;
	return 0;
}

int oci_capabilities(json_t *doc, json_t **ret_effective, json_t **ret_bounding, ctr_error_t **err)
{
	CLEANUP_JSON json_t *effective = NULL, *bounding = NULL;
	struct user_part user = {0}, group;
	struct oci_caps caps;
	const char *text = json_get_str(doc, "user", "");
	int is_root, rc;

	is_root = !text[0] ||
		  (user_parse(text, &user, &group) == 0 &&
		   ((user.is_number && user.number == 0) || (user.len == 4 && memcmp(user.name, "root", 4) == 0)));
	rc = oci_caps_make(doc, is_root, NULL, &caps, err);
	if (rc < 0)
		return rc;
	effective = oci_caps_names(caps.effective);
	bounding = oci_caps_names(caps.bounding);
	if (!effective || !bounding)
		return error_no_memory(err);
	*ret_effective = TAKE_PTR(effective);
	*ret_bounding = TAKE_PTR(bounding);
	return 0;
}
