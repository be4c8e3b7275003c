/* SPDX-License-Identifier: Apache-2.0 */
/* Takes an error apart: error */
#include <libctr/libctr.h>
#include <stdio.h>

static void explain(const ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	printf("%s (%s)\n", text ? text : "out of memory", ctr_error_code_name(ctr_error_code(err)));
	ctr_free(text);
	for (const ctr_error_t *e = err; e; e = ctr_error_cause(e))
		for (size_t i = 0; i < ctr_error_detail_count(e); i++)
			printf("  %s = %s\n", ctr_error_detail_key(e, i), ctr_error_detail(e, ctr_error_detail_key(e, i)));
	if (ctr_error_retry(err) == CTR_RETRY_LATER)
		printf("  worth trying again\n");
}

int main(void)
{
	ctr_spec_t *spec = NULL;
	ctr_error_t *err = NULL;

	if (ctr_spec_from_json("{\"mounts\":[{\"destinatoin\":\"/data\"}]}", CTR_STRLEN, &spec, &err) != 0)
		explain(err);
	ctr_error_unref(err);
	return spec != NULL;
}
