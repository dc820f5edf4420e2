/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
	control_answer_fn answer;
	void *ctx;
	uint64_t clients_seen;
	struct client clients[CONTROL_CLIENTS];
};

static int set_address(const char *path, struct sockaddr_un *ret)
{
	size_t len = strlen(path);

	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	if (len == 0 || len >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, len);
	return 0;
}

/* Only a socket on which nobody listens any more is removed. */
static int remove_stale(const char *path, const struct sockaddr_un *at)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EADDRINUSE;
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 || errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un at;
	mode_t old;
	int fd, r = set_address(path, &at);

	if (r == 0)
		r = remove_stale(path, &at);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* So that it never has another mode than 0600. */
	old = umask(0177);
	r = bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
	umask(old);
	if (r == 0 && listen(fd, CONTROL_CLIENTS) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

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
	*ret = c;
	return 0;
}

int control_open(const char *path, control_answer_fn answer, void *ctx, struct control **ret)
{
	int fd = listen_at(path), r;

	if (fd < 0)
		return fd;
	r = control_adopt(fd, answer, ctx, ret);
	if (r < 0)
		close(fd);
	return r;
}

int control_fd(const struct control *c)
{
	return c->epoll;
}

static void drop(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->answer);
	client->answer = NULL;
	client->fd = -1;
}

/* A free place, or that of the client that has been here longest. */
static struct client *place(struct control *c)
{
	struct client *oldest = &c->clients[0];

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->clients[i].fd < 0)
			return &c->clients[i];
		if (c->clients[i].number < oldest->number)
			oldest = &c->clients[i];
	}
	drop(oldest);
	return oldest;
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
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client;

	if (fd < 0)
		return;
	if (!is_owner(fd)) {
		close(fd);
		return;
	}
	client = place(c);
	if (watch(c, EPOLL_CTL_ADD, fd, (uint32_t)(client - c->clients), EPOLLIN) < 0) {
		close(fd);
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
		drop(client);
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
		drop(client);
}

static void write_some(struct client *client)
{
	ssize_t n = send(client->fd, client->answer + client->sent, client->len - client->sent,
			 MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		client->sent += (size_t)n;
	if (n < 0 || client->sent == client->len)
		drop(client);
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
			write_some(client);
		else
			read_some(c, client);
	}
}

void control_close(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		drop(&c->clients[i]);
	close(c->listener);
	close(c->epoll);
	free(c);
}
