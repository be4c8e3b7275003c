/* SPDX-License-Identifier: Apache-2.0 */
/* What an OCI runtime's words mean: the one table that turns its messages into codes (behaviour.md 4.3, made exact for crun and runc). */
#ifndef CTR_RUNTIME_OCI_ERRORS_H
#define CTR_RUNTIME_OCI_ERRORS_H

/* The code for a message; CTR_ERR_RUNTIME when it is none of the known ones. */
int oci_error_classify(const char *message);
/* The code for an execve that failed with errnum; CTR_ERR_RUNTIME for 0. */
int oci_error_from_exec_errno(int errnum);
/* The sentence out of what a runtime wrote to stderr or its log: of the last line that is no warning, the "msg" of a JSON line, the text after "msg=" or
 * the line itself, without the runtime's opening formula. Memory is the caller's; "" when it said nothing; NULL when out of memory. */
char *oci_error_message(const char *output);

#endif
