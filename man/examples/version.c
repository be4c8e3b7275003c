/* SPDX-License-Identifier: Apache-2.0 */
/* Says which libctr is there: version */
#include <libctr/libctr.h>
#include <stdio.h>

int main(void)
{
	printf("compiled with %s, running with %s\n", CTR_VERSION_STRING, ctr_version());
	printf("containers by crun or runc: %s\n", ctr_has_feature("runtime_oci") ? "yes" : "no");
	return 0;
}
