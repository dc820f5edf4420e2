/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant-switch: see netgrant-switch(1). */
#include "status.h"
#include "switch.h"

#include "lib/exitcode.h"
#include "lib/quote.h"
#include "lib/stdfds.h"
#include "unpriv/wire/confine.h"
#include "unpriv/wire/control.h"
#include "unpriv/wire/ready.h"

#include "seccomp-switch.h"
#include "seccomp-switch-connect.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* What the loop serves besides ports. */
struct service {
	struct handler handler;
	int fd;
	struct control *control;
};

static void on_signal(struct sw *sw, struct handler *h, uint32_t events)
{
	const struct service *s = (const struct service *)(const void *)h;
	struct signalfd_siginfo info;

	(void)events;
	if (read(s->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1)
		status_text(sw, stderr);
	else
		sw->stop = true;
}

static void on_control(struct sw *sw, struct handler *h, uint32_t events)
{
	const struct service *s = (const struct service *)(const void *)h;

	(void)sw;
	(void)events;
	control_run(s->control);
}

static void on_exit_with(struct sw *sw, struct handler *h, uint32_t events)
{
	const struct service *s = (const struct service *)(const void *)h;

	(void)events;
	if (ready_gone(s->fd))
		sw->stop = true;
}

static int watch_signals(struct sw *sw, struct service *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return -errno;
	s->handler.event = on_signal;
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd < 0 ? -errno : loop_watch(sw, s->fd, &s->handler, EPOLLIN);
}

/* The sockets that systemd passed are as if fd:3, fd:4, ... had been given. */
static int open_activated(struct sw *sw)
{
	const struct options *o = sw->options;
	int n = ready_listen_fds();

	for (unsigned i = 0; i < o->endpoints; i++)
		if (o->endpoint[i].kind == ENDPOINT_FD && o->endpoint[i].fd < READY_FIRST_FD + n)
			return say(EX_USAGE_ERR,
				   "'%s': descriptor %d is a port already, by systemd",
				   QUOTE(o->endpoint[i].text), o->endpoint[i].fd);
	for (int i = 0; i < n; i++) {
		char error[ENDPOINT_ERROR], name[PORT_NAME];
		struct endpoint_open open;

		if (endpoint_classify(READY_FIRST_FD + i, &open, error) < 0)
			return say(EX_FAILED, "socket activation: %s", error);
		snprintf(name, sizeof(name), "fd:%d", READY_FIRST_FD + i);
		if (links_add(sw, NULL, &open, name) < 0)
			return say(EX_FAILED, "no memory");
	}
	if (n == 0 && o->endpoints == 0)
		return say(EX_USAGE_ERR, "no port is given; see netgrant-switch --help");
	return EX_DONE;
}

static int open_ports(struct sw *sw)
{
	const struct options *o = sw->options;
	int status = open_activated(sw);

	for (unsigned i = 0; status == EX_DONE && i < o->endpoints; i++)
		if (links_open(sw, &o->endpoint[i]) < 0)
			status = EX_FAILED; /* and it has been said why */
	return status;
}

static int open_services(struct sw *sw, struct service *control, struct service *exit_with)
{
	const struct options *o = sw->options;
	int r;

	if (o->pcap) {
		sw->capture = capture_open(o->pcap);
		if (!sw->capture)
			return say(EX_FAILED, "--pcap: '%s': %s", QUOTE(o->pcap), strerror(errno));
	}
	if (o->control) {
		r = control_open(o->control, status_answer, sw, &control->control);
		if (r < 0)
			return say(EX_FAILED, "--control: '%s': %s", QUOTE(o->control),
				   strerror(-r));
		control->handler.event = on_control;
		r = loop_watch(sw, control_fd(control->control), &control->handler, EPOLLIN);
		if (r < 0)
			return say(EX_FAILED, "--control: %s", strerror(-r));
	}
	if (o->exit_with >= 0) {
		exit_with->handler.event = on_exit_with;
		exit_with->fd = o->exit_with;
		r = loop_watch(sw, o->exit_with, &exit_with->handler, EPOLLIN | EPOLLRDHUP);
		if (r < 0)
			return say(EX_FAILED, "--exit-with: %s", strerror(-r));
	}
	return EX_DONE;
}

/* Only a switch that connects may make sockets from here on. */
static int confine(const struct sw *sw)
{
	struct confine c = {.filter = seccomp_switch, .filter_len = ARRAY_LEN(seccomp_switch)};
	enum confine_step step;
	int r;

	for (unsigned i = 0; i < sw->options->endpoints; i++) {
		if (!(sw->options->endpoint[i].kind &
		      (ENDPOINT_CONNECT_TCP | ENDPOINT_CONNECT_UNIX)))
			continue;
		c.filter = seccomp_switch_connect;
		c.filter_len = ARRAY_LEN(seccomp_switch_connect);
	}
	r = confine_enter(&c, &step);
	return r < 0 ? say(EX_FAILED, "cannot %s: %s", confine_step_text(step), strerror(-r))
		     : EX_DONE;
}

static int run(struct sw *sw)
{
	struct service signals = {.fd = -1}, control = {.fd = -1}, exit_with = {.fd = -1};
	int r = watch_signals(sw, &signals), status;

	if (r < 0)
		return say(EX_FAILED, "signals: %s", strerror(-r));
	status = open_ports(sw);
	if (status == EX_DONE)
		status = open_services(sw, &control, &exit_with);
	if (status == EX_DONE)
		status = confine(sw);
	if (status == EX_DONE && sw->options->ready_fd >= 0) {
		r = ready_notify(sw->options->ready_fd);
		if (r < 0)
			status = say(EX_FAILED, "--ready-fd: %s", strerror(-r));
	}
	if (status == EX_DONE)
		loop_run(sw);
	control_close(control.control);
	cleanup_fd_fn(&signals.fd);
	return status;
}

/* A client a descriptor. */
static void raise_limit(void)
{
	struct rlimit limit;

	/* Where it cannot be had, there will be fewer clients. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char *argv[])
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct options options;
	struct sw *sw;
	int status, r;

	if (stdfds_fill() < 0)
		return EX_FAILED; /* there is nowhere to say so */
	/* A pipe that nobody reads any more must not end the network. */
	(void)sigaction(SIGPIPE, &ignore, NULL);
	setvbuf(stderr, NULL, _IOLBF, 0);
	/* What comes and goes with each turn is not given back to the kernel each time. */
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
	status = options_parse(argc, argv, &options);
	if (status < 0)
		status = fflush(stdout) == 0 ? EX_DONE : say(EX_FAILED, "cannot write");
	else if (status == EX_DONE) {
		raise_limit();
		loop_prepare();
		sw = calloc(1, sizeof(*sw));
		r = sw ? loop_init(sw, &options) : -ENOMEM;
		status = r < 0 ? say(EX_FAILED, "%s", strerror(-r)) : run(sw);
		if (sw)
			loop_end(sw);
	}
	free(options.endpoint);
	return status;
}
