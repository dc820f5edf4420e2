/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors from the helpers. Each says itself why it refuses; this only adds what would do. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define HELPERS LIBEXECDIR "/netgrant/"

static bool wants_helper(const struct port *p)
{
	return p->nic.type == NIC_NETWORK || p->nic.type == NIC_BRIDGE ||
	       p->nic.type == NIC_ETHERNET;
}

static bool is_no(const char *script)
{
	return script && strcmp(script, "no") == 0;
}

static int ethernet_words(const struct nic *nic, struct words *w)
{
	int r = words_add(w, "%s",
			  is_no(nic->script) ? HELPERS "tap-creator" : HELPERS "ifup-runner");

	if (r == 0 && nic->target)
		r = words_add(w, "--ifname=%s", nic->target);
	if (r == 0 && nic->queues > 1)
		r = words_add(w, "--queues=%u", nic->queues);
	if (r == 0 && nic->vhost)
		r = words_add(w, "--vhost");
	if (r == 0 && nic->mtu && is_no(nic->script))
		r = words_add(w, "--mtu=%u", nic->mtu);
	if (is_no(nic->script))
		return r;
	if (r == 0 && nic->script)
		r = words_add(w, "--script=%s", nic->script);
	if (r == 0 && nic->downscript)
		r = words_add(w, "--downscript=%s", nic->downscript);
	return r;
}

/* The helper's command line. Frames with the virtio header are for QEMU and its like. */
static int helper_words(const struct run *run, const struct port *p, int sock, struct words *w)
{
	bool vnet = !p->hub && !p->by_path && run->emulator != EMULATOR_UML;
	int r;

	if (p->nic.type == NIC_ETHERNET)
		r = ethernet_words(&p->nic, w);
	else if (p->nic.type == NIC_NETWORK)
		r = words_add(w, HELPERS "nat-setup");
	else
		r = words_add(w, HELPERS "bridge-helper");
	if (r == 0 && p->nic.type == NIC_NETWORK)
		r = words_add(w, "--network=%s", p->nic.source);
	if (r == 0 && p->nic.type == NIC_BRIDGE)
		r = words_add(w, "--br=%s", p->nic.source);
	if (r == 0 && vnet)
		r = words_add(w, "--use-vnet");
	if (r == 0 && !vnet && p->nic.type == NIC_ETHERNET && is_no(p->nic.script))
		r = words_add(w, "--no-vnet-hdr");
	if (r == 0)
		r = words_add(w, "--describe");
	return r < 0 ? r : words_add(w, "--fd=%d", sock);
}

static pid_t start(const struct words *w, int sock)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (fcntl(sock, F_SETFD, 0) == 0)
		execv(w->at[0], w->at);
	_exit(run_fail(EX_INSTALL, "cannot run %s: %s", w->at[0], strerror(errno)));
}

int run_status_of(pid_t pid, const char *program)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return run_fail(EX_FAILED, "cannot wait for %s: %s", program,
					strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return run_fail(EX_FAILED, "%s was ended by signal %d", program, WTERMSIG(status));
}

/* "interface=vnet0 index=7 …" */
static void read_name(struct port *p, const char *line)
{
	static const char key[] = "interface=";
	const char *at = strstr(line, key);
	size_t len;

	if (!at)
		return;
	at += sizeof(key) - 1;
	len = strcspn(at, " \n");
	snprintf(p->ifname, sizeof(p->ifname), "%.*s", (int)len, at);
}

/* Tells what the user may have instead. */
static void tell_allowed(void)
{
	static const char *const argv[] = {"netgrant", "allowed", NULL};
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
			execv(HELPERS "questions", (char *const *)(uintptr_t)argv);
		_exit(EX_FAILED);
	}
	if (pid > 0)
		(void)run_status_of(pid, "netgrant allowed");
}

static int take(struct port *p, int sock, pid_t pid, const char *program)
{
	char line[1024];
	int n = fdpass_recv(sock, p->fds, FDPASS_MAX, line, sizeof(line)), r;

	r = run_status_of(pid, program);
	if (r != EX_DONE)
		return r;
	if (n < 0)
		return run_fail(EX_FAILED, "no tap from %s: %s", program, strerror(-n));
	p->vhosts = p->nic.vhost ? (size_t)n / 2 : 0;
	p->queues = (size_t)n - p->vhosts;
	read_name(p, line);
	return EX_DONE;
}

static int ask(const struct run *run, struct port *p)
{
	struct words w = {0};
	const char *program;
	int ends[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return run_fail(EX_FAILED, "cannot make a socket: %s", strerror(errno));
	if (helper_words(run, p, ends[1], &w) < 0) {
		r = run_fail(EX_FAILED, "no memory");
		goto out;
	}
	program = strrchr(w.at[0], '/') + 1;
	pid = start(&w, ends[1]);
	close(ends[1]);
	ends[1] = -1;
	r = pid < 0 ? run_fail(EX_FAILED, "cannot fork: %s", strerror(errno))
		    : take(p, ends[0], pid, program);
out:
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	words_free(&w);
	return r;
}

/* ---- a tap that the emulator opens by its name */

static int persistent_words(const struct nic *nic, struct words *w)
{
	int r = words_add(w, HELPERS "tap-creator");

	if (r == 0)
		r = words_add(w, "--persist");
	if (r == 0 && nic->target)
		r = words_add(w, "--ifname=%s", nic->target);
	if (r == 0 && nic->queues > 1)
		r = words_add(w, "--queues=%u", nic->queues);
	return r == 0 && nic->mtu ? words_add(w, "--mtu=%u", nic->mtu) : r;
}

/* Its name is what the helper prints. */
static int ask_persistent(struct port *p)
{
	struct words w = {0};
	char name[IFNAME_MAX + 2] = "";
	int ends[2], r;
	pid_t pid;

	if (persistent_words(&p->nic, &w) < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		words_free(&w);
		return run_fail(EX_FAILED, "cannot ask tap-creator: %s", strerror(errno));
	}
	pid = fork();
	if (pid == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			execv(w.at[0], w.at);
		_exit(run_fail(EX_INSTALL, "cannot run %s: %s", w.at[0], strerror(errno)));
	}
	close(ends[1]);
	if (pid > 0 && read(ends[0], name, sizeof(name) - 1) > 0)
		snprintf(p->ifname, sizeof(p->ifname), "%.*s", (int)strcspn(name, "\n"), name);
	close(ends[0]);
	r = pid < 0 ? run_fail(EX_FAILED, "cannot fork: %s", strerror(errno))
		    : run_status_of(pid, "tap-creator");
	words_free(&w);
	if (r == EX_DONE && !*p->ifname)
		r = run_fail(EX_FAILED, "tap-creator told no name");
	return r;
}

/* Asks for the tap, tells its name, and deletes it when this process's parent is gone. */
static _Noreturn void keeper(const struct run *run, struct port *p, int told)
{
	char program[] = HELPERS "tap-creator", delete[] = "--delete";
	char name[IFNAME_MAX + sizeof("--ifname=")];
	char *const argv[] = {program, delete, name, NULL};
	int r = ask_persistent(p);

	if (r != EX_DONE)
		_exit(r);
	(void)send(told, p->ifname, strlen(p->ifname), MSG_NOSIGNAL);
	run_keeper_wait(run);
	snprintf(name, sizeof(name), "--ifname=%s", p->ifname);
	execv(argv[0], argv);
	_exit(run_fail(EX_FAILED, "cannot run %s: %s", argv[0], strerror(errno)));
}

/* The one who asks is the one who deletes it: whatever ends us meanwhile, nothing stays. */
static int get_persistent(struct run *run, struct port *p)
{
	int ends[2], r;
	bool keeps;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return run_fail(EX_FAILED, "cannot make a socket: %s", strerror(errno));
	r = run_keeper(run, &keeps);
	if (keeps)
		keeper(run, p, ends[1]);
	close(ends[1]);
	if (r == EX_DONE && recv(ends[0], p->ifname, IFNAME_MAX, 0) <= 0) {
		r = run_status_of(run->companions[--run->n_companions], "tap-creator");
		if (r == EX_DONE)
			r = run_fail(EX_FAILED, "tap-creator told no name");
	}
	close(ends[0]);
	return r;
}

static int get(struct run *run, struct port *p)
{
	if (!wants_helper(p))
		return EX_DONE;
	return p->by_name ? get_persistent(run, p) : ask(run, p);
}

int run_grants(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct port *p = &run->ports[i];
		int r = get(run, p);

		if (r == EX_DENIED)
			tell_allowed();
		if (r != EX_DONE)
			return r;
	}
	return EX_DONE;
}
