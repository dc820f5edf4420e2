/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs beside the emulator, without privilege, and exactly as long. */
#include "run.h"

#include "lib/quote.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SWITCH BINDIR "/netgrant-switch"
#define SLIRP BINDIR "/netgrant-slirp"
#define PASST "/usr/bin/passt"

/* A companion that is being put together: its words, and the descriptors that they name. */
struct companion {
	struct words words;
	int keep[RUN_NICS_MAX + 2];
	size_t n_keep;
	int own[RUN_NICS_MAX]; /* of those, the ones that are closed here once it has them */
	size_t n_own;
	bool tells; /* it has --ready-fd and --exit-with */
};

static void companion_free(struct companion *c)
{
	for (size_t i = 0; i < c->n_own; i++)
		close(c->own[i]);
	words_free(&c->words);
}

static int no_memory(void)
{
	return run_fail(EX_FAILED, "no memory");
}

/* ---- starting one */

static _Noreturn void child(const struct companion *c, pid_t parent)
{
	bool ok = prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
	/* Not the emulator's terminal: ^C is for that. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Nor what its caller left open for that. */
	ok = ok && setpgid(0, 0) == 0 && stdfds_leave_others() == 0 && null >= 0 &&
	     dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0;
	for (size_t i = 0; ok && i < c->n_keep; i++)
		ok = fcntl(c->keep[i], F_SETFD, 0) == 0;
	if (ok)
		execv(c->words.at[0], c->words.at);
	_exit(run_fail(EX_FAILED, "cannot run %s: %s", c->words.at[0], strerror(errno)));
}

/* It said why it does not start. */
static int not_ready(pid_t pid, const char *program)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return run_fail(EX_FAILED, "cannot wait for %s", program);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	return run_fail(EX_FAILED, "%s does not start", program);
}

static int spawn(struct run *run, struct companion *c)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		child(c, parent);
	if (pid < 0)
		return run_fail(EX_FAILED, "cannot fork: %s", strerror(errno));
	run->companions[run->n_companions++] = pid;
	return EX_DONE;
}

/* Waits until it serves. */
static int await(struct run *run, const struct companion *c, int ready)
{
	ssize_t n;
	char byte;

	while ((n = read(ready, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n == 1)
		return EX_DONE;
	return not_ready(run->companions[--run->n_companions], c->words.at[0]);
}

int run_leash(struct run *run)
{
	int ends[2];

	if (run->leash >= 0)
		return EX_DONE;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return run_fail(EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	run->leash_end = ends[0];
	run->leash = ends[1];
	return EX_DONE;
}

static int launch(struct run *run, struct companion *c)
{
	int ready[2], r = run_leash(run);

	if (r != EX_DONE)
		return r;
	if (pipe2(ready, O_CLOEXEC) < 0)
		return run_fail(EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	if (c->tells) {
		if (words_add(&c->words, "--ready-fd=%d", ready[1]) < 0 ||
		    words_add(&c->words, "--exit-with=%d", run->leash_end) < 0) {
			r = no_memory();
			goto out;
		}
		c->keep[c->n_keep++] = ready[1];
		c->keep[c->n_keep++] = run->leash_end;
	}
	r = spawn(run, c);
	close(ready[1]);
	ready[1] = -1;
	if (r == EX_DONE && c->tells)
		r = await(run, c, ready[0]);
out:
	close(ready[0]);
	if (ready[1] >= 0)
		close(ready[1]);
	return r;
}

/* ---- what it is given */

static int give(struct companion *c, int fd, bool own)
{
	c->keep[c->n_keep++] = fd;
	if (own)
		c->own[c->n_own++] = fd;
	return fd;
}

/* A pair of sockets: *ours stays here, the other end is the companion's. */
static int pair(struct companion *c, int type, int *ours, int *theirs)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
		return run_fail(EX_FAILED, "cannot make a socket: %s", strerror(errno));
	*ours = ends[0];
	*theirs = give(c, ends[1], true);
	return EX_DONE;
}

static void remove_folder(const struct run *run)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < run->n_ports; i++) {
		snprintf(path, sizeof(path), "%s/nic%u", run->folder, run->ports[i].number);
		(void)unlink(path);
	}
	(void)rmdir(run->folder);
}

/* A folder of our own for sockets, where nobody else comes in; it goes when we do. */
static int make_folder(struct run *run)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	bool keeps;
	int r;

	if (run->folder)
		return EX_DONE;
	if (!runtime || runtime[0] != '/' || stat(runtime, &st) < 0 || st.st_uid != getuid())
		runtime = "/tmp";
	if (asprintf(&run->folder, "%s/netgrant-run.XXXXXX", runtime) < 0) {
		run->folder = NULL;
		return no_memory();
	}
	if (!mkdtemp(run->folder)) {
		free(run->folder);
		run->folder = NULL;
		return run_fail(EX_FAILED, "cannot make a folder in %s: %s", runtime,
				strerror(errno));
	}
	r = run_keeper(run, &keeps);
	if (keeps)
		run_keeper_wait(run);
	if (r != EX_DONE || keeps)
		remove_folder(run);
	if (keeps)
		_exit(EX_DONE);
	return r;
}

static int name_socket(struct run *run, struct port *p)
{
	int r = make_folder(run);

	if (r != EX_DONE)
		return r;
	if (asprintf(&p->socket, "%s/nic%u", run->folder, p->number) >= 0)
		return EX_DONE;
	p->socket = NULL;
	return no_memory();
}

/* How netgrant-switch and netgrant-slirp write the guest's side. */
struct side {
	const char *path, *fd; /* in front of the path, of the number */
};
static const struct side switch_side = {"listen:unix:", "fd:"};
static const struct side slirp_side = {"--listen=unix:", "--fd="};

/* User-mode Linux reads one frame at a time, and knows no framing. */
static int pair_type(const struct run *run, const struct port *p)
{
	return run->emulator == EMULATOR_UML && !p->hub ? SOCK_DGRAM : SOCK_STREAM;
}

/* The guest's side of a companion: a path where the emulator connects, the other tap beside the
 * emulator's, or the end of a pair. */
static int guest_side(struct run *run, struct companion *c, struct port *p, const struct side *side)
{
	int fd, r;

	if (p->by_path) {
		r = name_socket(run, p);
		if (r == EX_DONE && words_add(&c->words, "%s%s", side->path, p->socket) < 0)
			r = no_memory();
		return r;
	}
	if (p->own_tap) {
		fd = give(c, steal_fd(&p->far), true);
		r = EX_DONE;
	} else {
		r = pair(c, pair_type(run, p), &p->stream, &fd);
	}
	if (r == EX_DONE && words_add(&c->words, "%s%d", side->fd, fd) < 0)
		r = no_memory();
	return r;
}

/* An address and a port as endpoints have them. */
static int add_host(struct words *w, const char *before, const char *address, unsigned port,
		    const char *after)
{
	bool v6 = strchr(address, ':');

	return words_add(w, "%s%s%s%s:%u%s", before, v6 ? "[" : "", address, v6 ? "]" : "", port,
			 after);
}

static int udp_word(struct words *w, const struct nic *nic)
{
	const char *local = nic->local_address;
	bool v6 = strchr(nic->address, ':'), local6 = local && strchr(local, ':');

	return words_add(w, "udp:%s%s%s:%u,%s%s%s:%u", local6 ? "[" : "",
			 local ? local
			 : v6  ? "[::]"
			       : "0.0.0.0",
			 local6 ? "]" : "", nic->local_port, v6 ? "[" : "", nic->address,
			 v6 ? "]" : "", nic->port);
}

/* The far side: what stands behind the switch. */
static int far_word(struct words *w, const struct nic *nic)
{
	char local[128] = "";

	if (nic->type == NIC_SERVER)
		return add_host(w, "listen:tcp:", nic->address, nic->port, "");
	if (nic->type == NIC_CLIENT)
		return add_host(w, "connect:tcp:", nic->address, nic->port, "");
	if (nic->type == NIC_UDP)
		return udp_word(w, nic);
	if (nic->local_address)
		snprintf(local, sizeof(local), ",local=%s", nic->local_address);
	return add_host(w, "mcast:", nic->address, nic->port, local);
}

static bool is_tunnel(const struct port *p)
{
	return p->nic.type == NIC_MCAST || p->nic.type == NIC_SERVER || p->nic.type == NIC_CLIENT ||
	       p->nic.type == NIC_UDP;
}

static int slirp_words(struct companion *c, const struct nic *nic)
{
	int r = 0;

	if (nic->mtu)
		r = words_add(&c->words, "--mtu=%u", nic->mtu);
	if (r == 0 && nic->restricted)
		r = words_add(&c->words, "--restrict");
	for (size_t i = 0; r == 0 && i < nic->n_forwards; i++)
		r = words_add(&c->words, "--hostfwd=%s", nic->forwards[i]);
	return r;
}

/* ---- the kinds of them */

static int start_slirp(struct run *run, struct port *p)
{
	struct companion c = {.tells = true};
	int r = words_add(&c.words, "%s", SLIRP) < 0 || slirp_words(&c, &p->nic) < 0
			? no_memory()
			: guest_side(run, &c, p, &slirp_side);

	if (r == EX_DONE)
		r = launch(run, &c);
	companion_free(&c);
	return r;
}

/* "--tcp-ports", "127.0.0.1/2222:22"; what passt does not have nic_complete() has refused. */
static int passt_forward(struct words *w, const char *forward)
{
	char *text = strdup(forward);
	struct nic_forward f;
	int r = EX_DONE;

	if (!text)
		return no_memory();
	if (nic_forward_cut(text, &f) < 0 || words_add(w, "--%s-ports", f.proto) < 0 ||
	    words_add(w, "%s%s%s:%s", f.host, f.host[0] ? "/" : "", f.port, f.to) < 0)
		r = no_memory();
	free(text);
	return r;
}

static int start_passt(struct run *run, struct port *p)
{
	struct companion c = {0};
	int fd, r;

	if (access(PASST, X_OK) < 0)
		return run_fail(EX_FAILED, "backend passt: %s: %s; apt install passt", PASST,
				strerror(errno));
	r = pair(&c, SOCK_STREAM, &p->stream, &fd);
	if (r == EX_DONE &&
	    (words_add(&c.words, "%s", PASST) < 0 || words_add(&c.words, "--foreground") < 0 ||
	     words_add(&c.words, "--quiet") < 0 || words_add(&c.words, "--fd") < 0 ||
	     words_add(&c.words, "%d", fd) < 0 ||
	     (p->nic.mtu && words_add(&c.words, "--mtu=%u", p->nic.mtu) < 0)))
		r = no_memory();
	for (size_t i = 0; r == EX_DONE && i < p->nic.n_forwards; i++)
		r = passt_forward(&c.words, p->nic.forwards[i]);
	if (r == EX_DONE)
		r = launch(run, &c);
	companion_free(&c);
	return r;
}

/* A tap in front of a path, or a tunnel: one switch for the one NIC. */
static int start_tunnel(struct run *run, struct port *p)
{
	struct companion c = {.tells = true};
	int r = words_add(&c.words, "%s", SWITCH) < 0 ? no_memory()
						      : guest_side(run, &c, p, &switch_side);

	if (r == EX_DONE && is_tunnel(p) && far_word(&c.words, &p->nic) < 0)
		r = no_memory();
	if (r == EX_DONE && !is_tunnel(p) &&
	    words_add(&c.words, "fd:%d", give(&c, p->fds[0], false)) < 0)
		r = no_memory();
	if (r == EX_DONE)
		r = launch(run, &c);
	companion_free(&c);
	return r;
}

static int start_user(struct run *run, struct port *p)
{
	return p->nic.backend == NIC_BACKEND_PASST ? start_passt(run, p) : start_slirp(run, p);
}

/* One port of a hub: of a NIC, or what --hub put there. */
static int add_to_hub(struct run *run, struct companion *c, struct port *p)
{
	int r;

	if (!p->hub)
		return guest_side(run, c, p, &switch_side);
	if (is_tunnel(p))
		return far_word(&c->words, &p->nic) < 0 ? no_memory() : EX_DONE;
	if (p->nic.type == NIC_USER) {
		/* Its companion's guest is the hub. */
		r = start_user(run, p);
		if (r != EX_DONE)
			return r;
		return words_add(&c->words, "fd:%d", give(c, p->stream, false)) < 0 ? no_memory()
										    : EX_DONE;
	}
	return words_add(&c->words, "fd:%d", give(c, p->fds[0], false)) < 0 ? no_memory() : EX_DONE;
}

static const char *hub_of(const struct port *p)
{
	return p->hub ? p->hub : p->nic.type == NIC_HUB ? p->nic.source : NULL;
}

static bool is_first(const struct run *run, const struct port *p)
{
	for (const struct port *q = run->ports; q < p; q++)
		if (hub_of(q) && strcmp(hub_of(q), hub_of(p)) == 0)
			return false;
	return true;
}

static int start_hub(struct run *run, const char *hub)
{
	struct companion c = {.tells = true};
	int r = words_add(&c.words, "%s", SWITCH) < 0 || words_add(&c.words, "--hub") < 0
			? no_memory()
			: EX_DONE;

	for (size_t i = 0; r == EX_DONE && i < run->n_ports; i++)
		if (hub_of(&run->ports[i]) && strcmp(hub_of(&run->ports[i]), hub) == 0)
			r = add_to_hub(run, &c, &run->ports[i]);
	if (r == EX_DONE)
		r = launch(run, &c);
	companion_free(&c);
	return r;
}

static int start_for(struct run *run, struct port *p)
{
	if (hub_of(p))
		return is_first(run, p) ? start_hub(run, hub_of(p)) : EX_DONE;
	if (p->native || p->nic.type == NIC_NULL)
		return EX_DONE;
	if (p->nic.type == NIC_USER)
		return start_user(run, p);
	return is_tunnel(p) || p->by_path ? start_tunnel(run, p) : EX_DONE;
}

int run_companions(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		int r = start_for(run, &run->ports[i]);

		if (r != EX_DONE)
			return r;
	}
	return EX_DONE;
}
