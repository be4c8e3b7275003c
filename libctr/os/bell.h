/* SPDX-License-Identifier: Apache-2.0 */
/* A bell wakes everybody who waits for a thing to change, in any process: a FIFO with a name that is rung once. */
#ifndef CTR_OS_BELL_H
#define CTR_OS_BELL_H

#define OS_BELL_SUFFIX ".bell"

/* The bell of this name, made when it is not there; >= 3, for poll only, never to be read. fd or -errno.
 * POLLIN for ever once it has been rung: look what has changed, close it, open the next one. */
int os_bell_open(int dirfd, const char *name);
int os_bell_is_rung(int fd);
int os_bell_exists(int dirfd, const char *name);
/* All who have it open now are woken, and its name goes: who opens it later gets another one. Nobody waits: one system
 * call. Two must not ring the same bell at once, or the second takes the name of a bell that nobody has rung: the caller
 * sees to that. */
void os_bell_ring(int dirfd, const char *name);
/* Takes the name of a bell away that was rung by one who died before doing that. The same caution. */
void os_bell_drop(int dirfd, const char *name, int fd);

#endif
