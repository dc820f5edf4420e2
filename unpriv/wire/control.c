/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include "endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LISTENER CONTROL_CLIENTS

struct client {
	int fd; /* -1: this place is free */
	uint64_t number;
	size_t used; /* bytes of line */
	char line[CONTROL_LINE];
	char *answer; /* NULL: the request is not whole yet */
	size_t len, sent;
};

struct control {
	int listener, epoll;
	int spare; /* gives way to a client when there is no other descriptor; -1: it has */
	control_answer_fn answer;
	void *ctx;
	uint64_t clients_seen;
	struct client clients[CONTROL_CLIENTS];
};

static int watch(struct control *c, int op, int fd, uint32_t which, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u32 = which};

	return epoll_ctl(c->epoll, op, fd, &event) < 0 ? -errno : 0;
}

int control_adopt(int listener, control_answer_fn answer, void *ctx, struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));
	int accepts = 0, r;
	socklen_t len = sizeof(accepts);

	if (!c)
		return -ENOMEM;
	if (getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) < 0 || !accepts) {
		free(c);
		return -EINVAL;
	}
	c->answer = answer;
	c->ctx = ctx;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].fd = -1;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = c->epoll < 0 ? -errno : watch(c, EPOLL_CTL_ADD, listener, LISTENER, EPOLLIN);
	if (r < 0) {
		if (c->epoll >= 0)
			close(c->epoll);
		free(c);
		return r;
	}
	c->listener = listener;
	/* Without it only that hour is worse. */
	c->spare = fcntl(listener, F_DUPFD_CLOEXEC, 0);
	*ret = c;
	return 0;
}

int control_open(const char *path, control_answer_fn answer, void *ctx, struct control **ret)
{
	struct endpoint ep = {.kind = ENDPOINT_LISTEN_UNIX, .text = path, .addrs = 1};
	struct sockaddr_un *at = &ep.addr[0].u.un;
	char error[ENDPOINT_ERROR];
	struct endpoint_open open;
	size_t len = strlen(path);
	int r;

	if (len == 0 || len >= sizeof(at->sun_path))
		return -ENAMETOOLONG;
	at->sun_family = AF_UNIX;
	memcpy(at->sun_path, path, len);
	ep.addr[0].len = sizeof(*at);
	r = endpoint_open(&ep, &open, error);
	if (r < 0)
		return r;
	r = control_adopt(open.fd, answer, ctx, ret);
	if (r < 0)
		close(open.fd);
	return r;
}

int control_fd(const struct control *c)
{
	return c->epoll;
}

/* Takes fd: the next spare one, where there is none. */
static void hang_up(struct control *c, int fd)
{
	if (c->spare >= 0) {
		close(fd);
		return;
	}
	(void)epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, NULL);
	(void)shutdown(fd, SHUT_RDWR);
	c->spare = fd;
}

static void drop(struct control *c, struct client *client)
{
	if (client->fd >= 0)
		hang_up(c, client->fd);
	free(client->answer);
	client->answer = NULL;
	client->fd = -1;
}

/* The client that has been here longest; NULL: there is none. */
static struct client *oldest(struct control *c)
{
	struct client *ret = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd >= 0 && (!ret || c->clients[i].number < ret->number))
			ret = &c->clients[i];
	return ret;
}

/* A free place, or that of the client that has been here longest. */
static struct client *place(struct control *c)
{
	struct client *first;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd < 0)
			return &c->clients[i];
	first = oldest(c);
	drop(c, first);
	return first;
}

/* Where peers or guests have used all descriptors up, the spare one serves; or a client that is
 * there gives way. A listener that nobody accepts from would wake the loop without end. */
static int accept_client(struct control *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *first = oldest(c);

	if (fd >= 0 || errno != EMFILE)
		return fd;
	if (c->spare < 0 && first)
		drop(c, first);
	if (c->spare < 0)
		return -1;
	close(steal_fd(&c->spare));
	return accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static bool is_owner(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void accept_one(struct control *c)
{
	int fd = accept_client(c);
	struct client *client;

	if (fd < 0)
		return;
	if (!is_owner(fd)) {
		hang_up(c, fd);
		return;
	}
	client = place(c);
	if (watch(c, EPOLL_CTL_ADD, fd, (uint32_t)(client - c->clients), EPOLLIN) < 0) {
		hang_up(c, fd);
		return;
	}
	client->fd = fd;
	client->number = ++c->clients_seen;
	client->used = client->len = client->sent = 0;
}

static void answer(struct control *c, struct client *client)
{
	char *body = NULL, *all = NULL;
	size_t len = 0, all_len = 0;
	FILE *out = open_memstream(&body, &len), *whole = NULL;
	bool ok;

	if (out) {
		ok = c->answer(c->ctx, client->line, out);
		if (fclose(out) == 0)
			whole = open_memstream(&all, &all_len);
		if (whole) {
			fputs(ok ? "ok\n" : "error ", whole);
			fwrite(body, 1, len, whole);
			if (fclose(whole) == 0) {
				client->answer = all;
				client->len = all_len;
				all = NULL;
			}
		}
	}
	free(body);
	free(all);
	/* Without memory there is no answer but the end. */
	if (!client->answer ||
	    watch(c, EPOLL_CTL_MOD, client->fd, (uint32_t)(client - c->clients), EPOLLOUT) < 0)
		drop(c, client);
}

static void read_some(struct control *c, struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->used,
			 sizeof(client->line) - client->used, 0);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		client->used += (size_t)n;
		end = memchr(client->line, '\n', client->used);
		if (end) {
			*end = '\0';
			answer(c, client);
			return;
		}
	}
	/* It ended, or its line is too long. */
	if (n <= 0 || client->used == sizeof(client->line))
		drop(c, client);
}

static void write_some(struct control *c, struct client *client)
{
	ssize_t n = send(client->fd, client->answer + client->sent, client->len - client->sent,
			 MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		client->sent += (size_t)n;
	if (n < 0 || client->sent == client->len)
		drop(c, client);
}

void control_run(struct control *c)
{
	struct epoll_event events[CONTROL_CLIENTS + 1];
	int n = epoll_wait(c->epoll, events, CONTROL_CLIENTS + 1, 0);

	for (int i = 0; i < n; i++) {
		struct client *client;

		if (events[i].data.u32 == LISTENER) {
			accept_one(c);
			continue;
		}
		client = &c->clients[events[i].data.u32];
		if (client->fd < 0)
			continue;
		if (client->answer)
			write_some(c, client);
		else
			read_some(c, client);
	}
}

void control_close(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		drop(c, &c->clients[i]);
	cleanup_fd_fn(&c->spare);
	close(c->listener);
	close(c->epoll);
	free(c);
}
