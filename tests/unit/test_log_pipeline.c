/* SPDX-License-Identifier: Apache-2.0 */
/* Output to log files: format, size limit, a full disk, drains, and a reader that is killed again and again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "helper/monitor/log_format.h"
#include "helper/monitor/log_stream.h"
#include "model/log_index.h"
#include "os/fs.h"

#define LOG_MAX (256u * 1024 * 1024)

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/libctr-log-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return os_remove_tree(AT_FDCWD, dir);
}

static const char test_id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct fixture {
	struct loop *loop;
	struct journal *journal;
	struct log_engine *engine;
	struct log_stream *stream;
	char path[128];
	int out[2], err[2];
	int drained, complete, opened;
};

static void on_opened(void *userdata, int errnum)
{
	struct fixture *f = userdata;

	f->opened = errnum ? errnum : -1;
}

static void on_drained(void *userdata, int complete)
{
	struct fixture *f = userdata;

	f->drained = 1;
	f->complete = complete;
	loop_quit(f->loop);
}

static void begin(struct fixture *f, struct journal *journal, const char *driver, int64_t max_size)
{
	ctr_error_t *err = NULL;

	memset(f, 0, sizeof(*f));
	snprintf(f->path, sizeof(f->path), "%s/ctr.log", dir);
	f->loop = loop_new();
	assert_non_null(f->loop);
	f->journal = journal;
	f->engine = log_engine_new(f->loop, journal);
	assert_non_null(f->engine);
	assert_int_equal(log_pipe(f->out), 0);
	assert_int_equal(log_pipe(f->err), 0);
	assert_int_equal(log_stream_open(f->engine,
					 &(struct log_open){.id = test_id, .run = 1, .driver = driver, .path = f->path, .max_size = max_size,
							    .stdout_fd = f->out[0], .stderr_fd = f->err[0], .opened = on_opened, .userdata = f},
					 &f->stream, &err), 0);
}

static void drain(struct fixture *f, uint64_t limit_ns)
{
	f->drained = 0;
	log_stream_drain(f->stream, limit_ns, on_drained, f);
	while (!f->drained)
		loop_run(f->loop);
}

static void end(struct fixture *f)
{
	log_stream_close(f->stream);
	log_engine_free(f->engine);
	loop_free(f->loop);
	close(f->out[1]);
	close(f->err[1]);
}

static void put(int fd, const void *data, size_t len)
{
	assert_int_equal(write(fd, data, len), (ssize_t)len);
}

static char *read_log(const char *path)
{
	char *text = NULL;

	assert_int_equal(os_read_file(AT_FDCWD, path, LOG_MAX, &text, NULL), 0);
	return text;
}

/* "2026-01-02T03:04:05.000000006+01:00 " */
static const char *after_stamp(const char *line)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddddddddsdd:dd ";

	for (size_t i = 0; form[i]; i++) {
		if (form[i] == 'd')
			assert_true(line[i] >= '0' && line[i] <= '9');
		else if (form[i] == 's')
			assert_true(line[i] == '+' || line[i] == '-');
		else
			assert_int_equal(line[i], form[i]);
	}
	return line + sizeof(form) - 1;
}

/* All text of one stream as it was written, or a failure when a line is no line. */
static char *unlog(const char *text, const char *stream)
{
	struct strbuf b CLEANUP_STRBUF = {0};

	strbuf_append(&b, "");
	while (*text) {
		const char *at = after_stamp(text), *line_end = strchr(text, '\n');
		char kind;

		assert_non_null(line_end);
		kind = at[7];
		assert_true((kind == 'F' || kind == 'P') && at[6] == ' ' && at[8] == ' ');
		if (strncmp(at, stream, 6) == 0) {
			strbuf_append_n(&b, at + 9, (size_t)(line_end - (at + 9)));
			if (kind == 'F')
				strbuf_append_char(&b, '\n');
		}
		text = line_end + 1;
	}
	return strbuf_take(&b);
}

static void test_lines(void **state)
{
	struct fixture f;
	struct stat st;
	char *text CLEANUP_FREE = NULL, *out CLEANUP_FREE = NULL, *err CLEANUP_FREE = NULL;

	(void)state;
	begin(&f, journal_open(-1, NULL), "k8s-file", -1);
	put(f.out[1], "one\ntwo\n\nlast", 13);
	put(f.err[1], "e\n", 2);
	drain(&f, NSEC_PER_SEC * 60);
	assert_true(f.complete);
	assert_int_equal(f.opened, -1);
	put(f.out[1], "\n", 1);
	drain(&f, NSEC_PER_SEC * 60);
	text = read_log(f.path);
	out = unlog(text, "stdout");
	err = unlog(text, "stderr");
	assert_string_equal(out, "one\ntwo\n\nlast\n");
	assert_string_equal(err, "e\n");
	assert_non_null(strstr(text, " stdout P last\n"));
	assert_non_null(strstr(text, " stdout F \n"));
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 07137, 0);
	end(&f);
	journal_free(f.journal);
}

static void test_long_line(void **state)
{
	struct fixture f;
	char *text CLEANUP_FREE = NULL, *out CLEANUP_FREE = NULL;
	char data[20001];

	(void)state;
	memset(data, 'x', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\n';
	begin(&f, journal_open(-1, NULL), "k8s-file", -1);
	put(f.out[1], data, sizeof(data));
	drain(&f, NSEC_PER_SEC * 60);
	text = read_log(f.path);
	for (const char *at = text; *at; at = strchr(at, '\n') + 1)
		assert_true(strchr(at, '\n') - at <= LOG_PREFIX_SIZE + LOG_TEXT_MAX);
	out = unlog(text, "stdout");
	assert_int_equal(strlen(out), sizeof(data));
	assert_int_equal(strspn(out, "x"), sizeof(data) - 1);
	end(&f);
	journal_free(f.journal);
}

static void test_size_limit(void **state)
{
	struct fixture f;
	struct stat st;
	char line[32];
	char *text CLEANUP_FREE = NULL, *out CLEANUP_FREE = NULL;

	(void)state;
	begin(&f, journal_open(-1, NULL), "json-file", 2000);
	for (int i = 0; i < 200; i++) {
		int n = snprintf(line, sizeof(line), "line %d\n", i);

		put(f.out[1], line, (size_t)n);
		drain(&f, NSEC_PER_SEC * 60);
		assert_int_equal(stat(f.path, &st), 0);
		assert_true(st.st_size <= 2000);
	}
	text = read_log(f.path);
	out = unlog(text, "stdout");
	assert_true(str_has_suffix(out, "line 198\nline 199\n"));
	end(&f);
	journal_free(f.journal);
}

static void test_none_reads(void **state)
{
	struct fixture f;
	char data[65536];

	(void)state;
	memset(data, 'n', sizeof(data));
	begin(&f, NULL, "none", -1);
	for (int i = 0; i < 4; i++) {
		put(f.out[1], data, sizeof(data)); /* a full pipe: the next write needs the read */
		drain(&f, NSEC_PER_SEC);
		assert_true(f.complete);
	}
	assert_int_equal(access(f.path, F_OK), -1);
	end(&f);
}

/* A file that must not grow: output stays where it is until there is space, and nothing of it is lost or torn. */
static void test_no_space(void **state)
{
	struct rlimit before, small = {.rlim_cur = 100};
	struct fixture f;
	char *text CLEANUP_FREE = NULL, *out CLEANUP_FREE = NULL;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	begin(&f, journal_open(-1, NULL), "k8s-file", -1);
	drain(&f, NSEC_PER_SEC * 60);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put(f.out[1], "a\nb\nc\nd\n", 8);
	drain(&f, NSEC_PER_SEC / 10);
	assert_false(f.complete);
	text = read_log(f.path);
	assert_int_equal(strlen(text), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	drain(&f, NSEC_PER_SEC * 60);
	assert_true(f.complete);
	free(text);
	text = read_log(f.path);
	out = unlog(text, "stdout");
	assert_string_equal(out, "a\nb\nc\nd\n");
	assert_int_equal(log_stream_lost(f.stream), 0);
	end(&f);
	journal_free(f.journal);
}

/* Given up after 10 s, so that the container is not held for ever; the log says so once it can. */
static void test_gap(void **state)
{
	struct rlimit before, small = {.rlim_cur = 100};
	struct fixture f;
	char *text CLEANUP_FREE = NULL, *out CLEANUP_FREE = NULL;

	(void)state;
	if (!getenv("LOG_LONG"))
		skip();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	begin(&f, journal_open(-1, NULL), "k8s-file", -1);
	drain(&f, NSEC_PER_SEC * 60);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put(f.out[1], "a\nb\nc\nd\n", 8);
	drain(&f, NSEC_PER_SEC * 60);
	assert_int_equal(log_stream_lost(f.stream), 8);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	put(f.out[1], "after\n", 6);
	drain(&f, NSEC_PER_SEC * 60);
	text = read_log(f.path);
	out = unlog(text, "stdout");
	assert_string_equal(out, "[libctr: 8 bytes of output are lost: this log could not be written]\nafter\n");
	end(&f);
	journal_free(f.journal);
}

static void test_ended(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, journal_open(-1, NULL), "k8s-file", -1);
	put(f.out[1], "bye", 3);
	close(f.out[1]);
	close(f.err[1]);
	drain(&f, NSEC_PER_SEC * 60);
	drain(&f, NSEC_PER_SEC * 60);
	assert_true(log_stream_ended(f.stream));
	f.out[1] = f.err[1] = -1;
	end(&f);
	journal_free(f.journal);
}

/* --- a reader killed at random moments */

#define WRITERS 3
#define SECRET_LINES "w%d %06d %.*s\n"

static const char filler[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* Lines of all lengths, in writes of several, until told to stop; then says how many. */
static void write_lines(int writer, int fd, volatile const int *stop, int result_fd)
{
	char buffer[2048];
	int n = 0;

	while (!*stop) {
		int len = 0;

		for (int i = n % 7; i >= 0; i--, n++)
			len += snprintf(buffer + len, sizeof(buffer) - (size_t)len, SECRET_LINES, writer, n, n % 97, filler);
		for (int off = 0; off < len;) {
			ssize_t got = write(fd, buffer + off, (size_t)(len - off));

			if (got < 0)
				_exit(1);
			off += (int)got;
		}
	}
	_exit(write(result_fd, &n, sizeof(n)) == sizeof(n) ? 0 : 1);
}

struct run {
	int out[WRITERS][2];
	int64_t max_size;
	int journal_fd;
	pid_t writer[WRITERS];
	int result[WRITERS][2];
	int *stop;
	int left;
	struct loop *loop;
	struct log_stream *stream[WRITERS];
};

static void one_drained(void *userdata, int complete)
{
	struct run *r = userdata;

	if (!complete)
		_exit(2);
	if (--r->left == 0)
		loop_quit(r->loop);
}

/* What a monitor is here: takes over the journal and the pipes, reads until it is killed, or until all is in the files. */
static void monitor(struct run *r, int until_empty)
{
	struct journal *journal = journal_open_fd(dup(r->journal_fd));
	struct log_engine *engine;
	char path[128], id[ID_SIZE];

	r->loop = loop_new();
	engine = journal && r->loop ? log_engine_new(r->loop, journal) : NULL;
	if (!engine)
		_exit(3);
	for (int i = 0; i < WRITERS; i++) {
		snprintf(path, sizeof(path), "%s/%d.log", dir, i);
		memset(id, '0' + i, ID_LEN);
		id[ID_LEN] = 0;
		if (log_stream_open(engine, &(struct log_open){.id = id, .run = 7, .driver = "k8s-file", .path = path, .max_size = r->max_size, .max_files = LOG_FILES_MAX,
							      .stdout_fd = r->out[i][0], .stderr_fd = -1},
				    &r->stream[i], NULL) < 0)
			_exit(4);
	}
	r->left = WRITERS;
	for (int i = 0; until_empty && i < WRITERS; i++)
		log_stream_drain(r->stream[i], NSEC_PER_SEC * 60, one_drained, r);
	loop_run(r->loop);
	_exit(0);
}

static pid_t start_monitor(struct run *r, int until_empty)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		monitor(r, until_empty);
	return pid;
}

static size_t count_ends(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

/* All files of a log, oldest first. The index has the number of each one's first line. */
static char *read_files(const char *path)
{
	struct log_index index = {.n = 0};
	struct strbuf all CLEANUP_STRBUF = {0};
	char *name CLEANUP_FREE = log_index_name(path), *text CLEANUP_FREE = NULL;
	size_t len = 0, lines = 0;

	strbuf_append(&all, "");
	if (os_read_file(AT_FDCWD, name, LOG_INDEX_TEXT_MAX, &text, &len) == 0)
		log_index_parse(text, len, &index);
	for (unsigned k = LOG_FILES_MAX; k-- > 0;) {
		char *file CLEANUP_FREE = log_index_file_name(path, k), *part CLEANUP_FREE = NULL;
		struct stat st;
		size_t i = 0;

		if (stat(file, &st) < 0)
			continue;
		while (i < index.n && index.files[i].ino != st.st_ino)
			i++;
		if (i < index.n)
			assert_int_equal(index.files[i].first, lines + 1);
		else
			assert_int_equal(index.n, 0);
		part = read_log(file);
		lines += count_ends(part);
		strbuf_append(&all, part);
	}
	return strbuf_take(&all);
}

static void check_log(int writer, int lines)
{
	char path[128], want[256];
	char *text CLEANUP_FREE = NULL, *out CLEANUP_FREE = NULL, *at;

	snprintf(path, sizeof(path), "%s/%d.log", dir, writer);
	text = read_files(path);
	out = unlog(text, "stdout");
	at = out;
	for (int n = 0; n < lines; n++) {
		int len = snprintf(want, sizeof(want), SECRET_LINES, writer, n, n % 97, filler);

		if (strncmp(at, want, (size_t)len) != 0)
			fail_msg("writer %d: line %d of %d is \"%.120s\"", writer, n, lines, at);
		at += len;
	}
	assert_string_equal(at, "");
}

static void kill_readers(int64_t max_size)
{
	const char *times = getenv("LOG_KILLS"), *seed_text = getenv("LOG_SEED");
	int kills = times ? atoi(times) : 60;
	unsigned seed = seed_text ? (unsigned)atoi(seed_text) : (unsigned)getpid();
	struct run r = {.loop = NULL, .max_size = max_size};
	int status;
	pid_t pid;

	r.journal_fd = memfd_create("journal", MFD_CLOEXEC);
	r.stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(log_pipe(r.out[i]), 0);
		assert_int_equal(pipe(r.result[i]), 0);
		r.writer[i] = fork();
		if (r.writer[i] == 0)
			write_lines(i, r.out[i][1], r.stop, r.result[i][1]);
	}
	for (int k = 0; k < kills; k++) {
		pid = start_monitor(&r, 0);
		usleep((useconds_t)(rand_r(&seed) % 12000)); /* the moment is the test's subject */
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
	*r.stop = 1;
	pid = start_monitor(&r, 0);
	for (int i = 0; i < WRITERS; i++) {
		waitpid(r.writer[i], &status, 0);
		assert_int_equal(status, 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	pid = start_monitor(&r, 1);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	for (int i = 0; i < WRITERS; i++) {
		int lines = 0;

		assert_int_equal(read(r.result[i][0], &lines, sizeof(lines)), (ssize_t)sizeof(lines));
		print_message("writer %d: %d lines, %d kills, seed %u\n", i, lines, kills, seed);
		check_log(i, lines);
	}
}

static void test_killed(void **state)
{
	(void)state;
	kill_readers(-1);
}

/* Rotated some times in each of their lives: files large enough that none is dropped, few enough bytes that they are full soon. */
static void test_killed_rotating(void **state)
{
	(void)state;
	kill_readers(600000);
}

/* One file is dropped for each that is made, the numbers go on. */
static void test_rotation(void **state)
{
	struct fixture f;
	struct log_index index;
	char line[32];
	char *name CLEANUP_FREE = NULL, *text CLEANUP_FREE = NULL, *newest CLEANUP_FREE = NULL;
	size_t len = 0;

	(void)state;
	begin(&f, journal_open(-1, NULL), "k8s-file", 500);
	f.stream = log_stream_close(f.stream);
	log_engine_free(f.engine);
	f.engine = log_engine_new(f.loop, f.journal);
	assert_int_equal(log_pipe(f.out), 0);
	assert_int_equal(log_pipe(f.err), 0);
	assert_int_equal(log_stream_open(f.engine,
					 &(struct log_open){.id = test_id, .run = 1, .driver = "k8s-file", .path = f.path, .max_size = 500,
							    .max_files = 3, .stdout_fd = f.out[0], .stderr_fd = f.err[0]},
					 &f.stream, NULL), 0);
	for (int i = 0; i < 100; i++) {
		int n = snprintf(line, sizeof(line), "line %d\n", i);

		put(f.out[1], line, (size_t)n);
	}
	drain(&f, NSEC_PER_SEC * 60);
	name = log_index_name(f.path);
	assert_int_equal(os_read_file(AT_FDCWD, name, LOG_INDEX_TEXT_MAX, &text, &len), 0);
	log_index_parse(text, len, &index);
	assert_int_equal(index.n, 3);
	/* 45 bytes before "line 10" and its end: nine fit. */
	assert_int_equal(index.files[0].first - index.files[1].first, 9);
	assert_int_equal(index.files[0].generation, index.files[2].generation + 2);
	newest = read_log(f.path);
	assert_int_equal(index.files[0].first + count_ends(newest), 101);
	assert_non_null(strstr(newest, "line 99\n"));
	end(&f);
	journal_free(f.journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_size_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_rotating, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
