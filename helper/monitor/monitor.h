/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor's own files share: the instance, its containers, connections and requests. (owner: mon) */
#ifndef CTR_HELPER_MONITOR_MONITOR_H
#define CTR_HELPER_MONITOR_MONITOR_H

#include "base/json.h"
#include "error/error.h"
#include "job_exec_watch.h"
#include "job_run.h"
#include "log_stream.h"
#include "loop.h"
#include "model/ident.h"
#include "store.h"

#define IDLE_NS (10 * UINT64_C(1000000000))
#define DRAIN_NS (1000 * UINT64_C(1000000))
#define LOST_NS (5000 * UINT64_C(1000000))
#define KEY_SIZE 100

struct conn {
	struct monitor *m;
	struct conn *next;
	struct loop_io *io;
	int fd, greeted, in_store;
	uint64_t number;          /* also its name in the store during a hand-over */
	struct req *reqs;         /* not answered yet */
};

/* A request to be answered exactly once, by req_answer or req_fail; its connection may be gone by then. */
struct req {
	struct conn *conn;        /* NULL: nobody to answer any more */
	uint64_t id;
	struct req *next;         /* of the connection */
	struct req *next_waiting; /* of a list of those who wait for the same thing */
};

enum phase { PHASE_CREATING = 0, PHASE_CREATED = 1, PHASE_RUNNING = 2, PHASE_ENDED = 3, PHASE_RECORDED = 4 };

enum agent_state { AGENT_NONE = 0, AGENT_QUEUED = 1, AGENT_SENT = 2, AGENT_PUT_BACK = 3 };

struct claim {
	struct claim *next;
	uint64_t conn;            /* number of the connection */
};

/* One run of one container. */
struct ctn {
	struct monitor *m;
	struct ctn *next;         /* in its bucket */
	char id[ID_SIZE];
	uint64_t run;
	enum phase phase;
	int null;                 /* the null runtime's: no process, a clock */
	int transient;            /* here for a delete only */
	/* What a new monitor needs, as text; "" unknown. */
	char *name, *bundle, *runtime_name, *runtime_path, *runtime_state, *cgroup_manager, *unified_path, *cgroups, *log_driver, *log_path;
	int64_t log_max_size;
	int log_max_files;
	uint64_t stdout_inode, stderr_inode;
	/* The process */
	pid_t pid;
	uint64_t pid_start, pid_inode;
	int pidfd, meta_fd, watch_fd, stdin_fd, runtime_log_fd, stdout_fd, stderr_fd; /* the last two belong to the log stream */
	struct loop_child *child;
	struct loop_io *pidfd_io; /* of a process that is nobody's child here */
	struct loop_timer *lost_timer;
	uint64_t lost_at_ns;
	struct log_stream *log;
	/* The job that runs for it, and who waits. */
	struct job *job;
	struct work *work;
	enum job_kind job_kind;
	struct loop_io *old_job_io; /* a job of a monitor before this one */
	int old_job_fd;
	pid_t job_pid;
	uint64_t job_start;
	struct req *job_req, *waiting;
	struct exec_watch *exec_watch;
	struct loop_io *exec_io;
	int never_ran;            /* its start was answered with the failure of the execve: whoever asked takes the run back */
	int start_done;           /* the start job has ended well, the execve is awaited */
	/* Stop: SIGKILL at that time */
	struct loop_timer *stop_timer, *null_timer, *retry_timer;
	uint64_t stop_at_ns, null_at_ns;
	/* The restart that is planned: until then the timer runs, then the agent is asked. */
	struct loop_timer *restart_timer;
	uint64_t restart_at_ns;   /* monotonic; UINT64_MAX: none */
	unsigned restarts_told, restarts_sent; /* how often it was planned, and how often when the agent was given its item */
	int stop_all;
	/* How long it may run */
	struct loop_timer *limit_timer;
	uint64_t limit_ns, limit_at_ns; /* 0 = no limit; UINT64_MAX = not started yet */
	int limit_all;
	int32_t null_code, null_signal;
	/* The end */
	int wait_status, known, oom_killed;
	int64_t finished_ns;
	struct claim *claims;
	struct loop_timer *grace;
	int grace_over;
	enum agent_state agent;
	uint64_t agent_turn;      /* who waits longest is next */
};

#define BUCKETS 256

struct agent {
	pid_t pid;
	int sock;
	struct loop_io *io;
	struct loop_child *child;
	struct loop_timer *timer; /* until what was put back is tried again */
	struct loop_timer *idle;  /* until it is let go */
	uint64_t back_off_ns;
	uint64_t turns;
	unsigned out;             /* items it has not answered */
	unsigned short_lived;     /* times in a row it died with items open */
};

struct monitor {
	struct loop *loop;
	struct store *store;
	struct journal *journal;
	struct log_engine *logs;
	const char *root, *run_root, *uuid, *monitor_path, *agent_path;
	char key[KEY_SIZE];
	char **argv;
	int root_fd, exits_fd, monitors_fd, run_root_fd, lock_fd, listen_fd, inotify_fd;
	struct loop_io *listen_io, *inotify_io;
	struct loop_timer *listen_timer, *idle_timer;
	struct conn *conns;
	uint64_t next_conn;
	struct ctn *ctrs[BUCKETS];
	size_t n_ctrs, n_works;
	struct agent agent;
	int terminating;          /* SIGTERM came: nothing new, exit with the last container */
	int keeper_died;          /* this process becomes the keeper as soon as no job runs */
	char *upgrade_path;       /* hand over to it as soon as no job runs */
	struct req *upgrade_req;
	char *own_cgroup;         /* os_cgroup_paths of /libctr/monitor-KEY, NULL: not moved */
};

/* conn.c */
void conn_accept(struct monitor *m);
int conn_adopt(struct monitor *m, int fd, uint64_t number);
void conn_close(struct conn *c);
struct conn *conn_find(struct monitor *m, uint64_t number);
void conn_pause_all(struct monitor *m, int paused);
/* body (taken, may be NULL) gets the id; fd is borrowed, -1 none. The request is gone afterwards. */
void req_answer(struct req *r, json_t *body, int fd);
void req_fail(struct req *r, ctr_error_t *err); /* err is taken */
void req_fail_text(struct req *r, int code, const char *text);
void req_answer_list(struct req **list);

/* verbs.c, verbs_job.c, verb_delete.c, verb_adopt.c: the table verb -> handler. The handler owns r; fds it keeps it replaces by -1. */
typedef void (*verb_fn)(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
verb_fn verb_find(const char *name);
void verb_create(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void verb_start(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void verb_delete(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void verb_job_wait(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void verb_adopt(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
/* Has the command been executed? Called with each thing that may have changed it. */
void start_check(struct ctn *c);
void verb_pause(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void verb_resume(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void verb_update(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds);
void job_fill_spec(const struct ctn *c, enum job_kind kind, struct job_spec *spec);
void job_begun(struct ctn *c, enum job_kind kind, struct req *r); /* c->job has been started for r */
void job_ended(struct ctn *c);   /* whoever waits is told; what waited for silence goes on */

/* Lets go of what a run that is over held: its log, pipes and process. */
void ctn_let_go(struct ctn *c);

/* ctn.c: the table of containers and what survives the monitor of each */
struct ctn *ctn_find(struct monitor *m, const char *id, uint64_t run); /* run 0: the latest */
struct ctn *ctn_new(struct monitor *m, const char *id, uint64_t run);
struct ctn *ctn_free(struct ctn *c);
int ctn_set(char **member, const char *value);
/* Tells the keeper what a new monitor must know of it. */
void ctn_save(struct ctn *c);
void ctn_put_fd(struct ctn *c, const char *what, int fd);
void ctn_drop_fd(struct ctn *c, const char *what, int *fd); /* and closes it */
void ctn_load_all(struct monitor *m);
void ctn_each(struct monitor *m, void (*fn)(struct ctn *c));
size_t ctn_living(const struct monitor *m);
int jobs_running(const struct monitor *m);
int ctn_busy(const struct ctn *c); /* a job runs for it */
void ctn_save_job(struct ctn *c);  /* c->job has begun */
int ctn_take_texts(struct ctn *c, json_t *msg); /* what create and adopt say alike; 0 or not */
/* Leaves of c->cgroups only what is the container's alone: never our own cgroup, never a root. 0 or -ENOMEM */
int ctn_own_cgroups(struct ctn *c);
int ctn_open_log(struct ctn *c, ctr_error_t **err);

/* end.c: a run's end */
int ctn_watch(struct ctn *c, ctr_error_t **err);    /* pid, pid_start known: pidfd, child or pidfd watch */
void ctn_ended(struct ctn *c, int known, int wait_status, const char *why_unknown);
void ctn_resume(struct ctn *c);                     /* after load: goes on where the previous monitor was */
void job_resume(struct ctn *c);                     /* a job of the previous monitor: waited for by its pidfd */
void ctn_stop_at(struct ctn *c, uint64_t at_ns);    /* monotonic; UINT64_MAX: never */
void ctn_null_at(struct ctn *c, uint64_t at_ns);
void ctn_limit(struct ctn *c, uint64_t ran_ns);      /* it runs, for so long already: SIGKILL at its limit */
void ctn_restart_at(struct ctn *c, uint64_t at_ns);
int ctn_signal(struct ctn *c, int signal, int all); /* 0 or -errno; thaws for a stop is the caller's */
void ctn_cleanup_check(struct ctn *c);              /* who cleans up: claimants first, then the agent */
void ctn_claim(struct ctn *c, uint64_t conn);
void ctn_unclaim(struct ctn *c, uint64_t conn);
void on_keeper_status(void *userdata, pid_t pid, uint64_t start, int wait_status);

/* work.c: a function that may take its time, on a thread of its own that lives no longer */
struct work;
typedef void (*work_fn)(void *data);
struct work *work_start(struct monitor *m, work_fn run, void *data, work_fn done, void *userdata);

/* agent.c */
void agent_submit(struct ctn *c);
void agent_hear(struct ctn *c);  /* something happened to it: what was put back is tried now */
void agent_close(struct monitor *m);

/* run_root.c: the socket, made anew whenever it is gone */
int run_root_open(struct monitor *m);
void run_root_close(struct monitor *m, int unlink_socket);

/* handover.c */
void conn_tag(const struct conn *c, char ret[STORE_TAG_SIZE]);
void handover_check(struct monitor *m); /* called when a job has ended */
void handover_load(struct monitor *m);
void idle_check(struct monitor *m);
void monitor_note(struct monitor *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
