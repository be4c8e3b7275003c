/* SPDX-License-Identifier: Apache-2.0 */
/* Which seccomp profile a container gets: its own, the engine's, the built-in one, or none. */
#include <fcntl.h>
#include <strings.h>
#include "oci/parts.h"
#include "oci/seccomp_text.h"
#include "os/fs.h"

#define PROFILE_MAX (4u * 1024 * 1024)

const char *oci_seccomp_choice(json_t *doc, const char *engine_profile)
{
	const char *own = json_get_str(doc, "seccomp_profile_path", "");
	const char *choice = own[0] ? own : engine_profile && engine_profile[0] ? engine_profile : NULL;

	if (json_get_bool(doc, "privileged", 0) || (choice && strcasecmp(choice, "unconfined") == 0))
		return "";
	return choice;
}

int oci_seccomp_load(const char *path_or_null, json_t **ret, ctr_error_t **err)
{
	const char *name = path_or_null ? path_or_null : "built-in";
	CLEANUP_FREE char *text = NULL;
	const char *why = "";
	size_t offset = 0;
	int rc = path_or_null ? os_read_file(AT_FDCWD, path_or_null, PROFILE_MAX, &text, NULL) : 0;

	if (rc < 0)
		return error_set_errno(err, rc == -EINVAL || rc == -EFBIG ? CTR_ERR_INVALID_ARG : 0, DOMAIN_CORE, rc,
				       "cannot read the seccomp profile %s", name);
	rc = json_parse(text ? text : oci_seccomp_text, SIZE_MAX, ret, &why, &offset);
	if (rc == -ENOMEM)
		return error_no_memory(err);
	if (rc < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the seccomp profile %s is not valid JSON at byte %zu: %s", name, offset, why);
	return 0;
}

int oci_put_seccomp(const struct oci_input *in, const struct oci_caps *caps, json_t *linux_part, ctr_error_t **err)
{
	const char *choice = oci_seccomp_choice(in->doc, in->seccomp_profile);
	CLEANUP_JSON json_t *profile = NULL;
	json_t *filter = NULL;
	int rc;

	if (choice && !choice[0])
		return 0;
	rc = oci_seccomp_load(choice, &profile, err);
	if (rc == 0)
		rc = oci_seccomp_convert(profile, choice ? choice : "built-in", caps->bounding, &filter, err);
	if (rc < 0)
		return rc;
	return json_put(linux_part, "seccomp", filter) < 0 ? error_no_memory(err) : 0;
}
