/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the config.json of a spec: oci_generate SPEC-FILE ROOTFS ID RUNTIME. For the tests that hand it to a runtime.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "model/spec.h"
#include "oci/config.h"
#include "os/cgroup.h"
#include "os/fs.h"

static void warn(const char *message, void *unused)
{
	(void)unused;
	fprintf(stderr, "warning: %s\n", message);
}

static int generate(const struct oci_input *given, const char *text, ctr_error_t **err)
{
	struct oci_input in = *given;
	CLEANUP_JSON json_t *doc = NULL, *config = NULL;
	CLEANUP_FREE char *out = NULL;
	ctr_spec_t *spec = NULL;
	int rc = spec_from_json(text, SIZE_MAX, &spec, err);

	if (rc == 0)
		rc = spec_finish(spec, &doc, err);
	spec_unref(spec);
	if (rc == 0)
		rc = oci_config_preflight(doc, in.cgroup_manager, err);
	if (rc == 0)
		rc = oci_make_workdir(doc, in.rootfs_fd, err);
	in.doc = doc;
	if (rc == 0)
		rc = oci_config_generate(&in, &config, err);
	if (rc < 0)
		return rc;
	out = json_print(config);
	return out && puts(out) >= 0 ? 0 : error_no_memory(err);
}

int main(int argc, char **argv)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_FREE char *text = NULL, *message = NULL;
	struct oci_input in = {.cgroup_manager = "cgroupfs", .cgroup_mode = os_cgroup_mode(), .warn = warn};

	if (argc != 5 || os_read_file(AT_FDCWD, argv[1], 1 << 20, &text, NULL) < 0)
		return 2;
	in.rootfs_path = argv[2];
	in.id = in.name = argv[3];
	in.runtime_name = argv[4];
	in.rootfs_fd = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (generate(&in, text, &err) == 0)
		return 0;
	message = error_format(err);
	fprintf(stderr, "%s: %s\n", error_code_name(error_code(err)), message ? message : "");
	return 1;
}
