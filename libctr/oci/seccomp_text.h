/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in seccomp profile as text, made from seccomp.json when libctr is built. */
#ifndef CTR_OCI_SECCOMP_TEXT_H
#define CTR_OCI_SECCOMP_TEXT_H

extern const char oci_seccomp_text[];

#endif
