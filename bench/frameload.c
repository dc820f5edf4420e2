/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frameload [-b BATCH] [-s SIZE] [-f SOURCES] [-t SINKS] [-d SECONDS] [-p PID] [-r] PORT
 *
 * Load for a switch: SOURCES ports send frames of SIZE bytes to SINKS ports, one frame a call
 * or BATCH at once; source i to sink i where there are as many of both, else as broadcasts. -r:
 * one frame goes back and forth instead. PORT, with %d for the port's number, sources first:
 *
 *	stream:PATH           unix stream, QEMU's framing
 *	dgram:LOCAL,REMOTE    unix datagrams
 *	vde:FOLDER            a port of the vde_switch with that control folder
 *
 * Prints fps= (deliveries a second), lost= (of all), us= (processor time of PID a delivery) and
 * rss= (its peak memory in kB); with -r, p50= and p99= in microseconds. One thread sends, one
 * receives.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEAD 4
#define BUFFER (256 * 1024)
#define MOST 64

enum kind {
	STREAM,
	DGRAM,
	VDE,
};

struct port {
	int fd, control;
	uint8_t mac[6];
	uint8_t *buf;
	size_t len;
};

static enum kind kind;
static int size = 64, batch = 1, sources = 1, sinks = 1, pid;
static double seconds = 1;
static struct port *ports;
static atomic_ullong received, last_at;
static atomic_bool stop;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "frameload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(a.sun_path))
		fail(path);
	memcpy(a.sun_path, path, strlen(path));
	return a;
}

/* Tries for five seconds: what is measured may only just have been started. */
static void connect_to(int fd, const char *path)
{
	struct sockaddr_un a = address(path);

	for (int i = 0; connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0; i++) {
		if (i == 250)
			fail(path);
		usleep(20000);
	}
}

static int bound(const char *path)
{
	struct sockaddr_un a = address(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		fail(path);
	return fd;
}

/* A new port: the request names our socket, the answer names the switch's. */
static void open_vde(struct port *p, const char *folder, int n)
{
	struct {
		uint32_t magic, version, type;
		struct sockaddr_un sock;
		char description[8];
	} __attribute__((packed)) request = {.magic = 0xfeedface, .version = 3};
	char path[128];
	struct sockaddr_un data;

	snprintf(path, sizeof(path), "%s/load%d", folder, n);
	p->fd = bound(path);
	request.sock = address(path);
	snprintf(path, sizeof(path), "%s/ctl", folder);
	p->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connect_to(p->control, path);
	if (write(p->control, &request, sizeof(request)) != (ssize_t)sizeof(request) ||
	    read(p->control, &data, sizeof(data)) <= 0 ||
	    connect(p->fd, (const struct sockaddr *)&data, sizeof(data)) < 0)
		fail("vde");
}

static void open_port(struct port *p, const char *format, int n)
{
	char text[256], *colon, *comma;
	size_t used = 0;

	for (const char *c = format; *c && used + 12 < sizeof(text); c++) {
		if (c[0] == '%' && c[1] == 'd') {
			used += (size_t)sprintf(text + used, "%d", n);
			c++;
		} else {
			text[used++] = *c;
		}
	}
	text[used] = '\0';
	colon = strchr(text, ':');
	if (!colon)
		fail(text);
	comma = strchr(colon, ',');
	kind = text[0] == 's' ? STREAM : text[0] == 'd' ? DGRAM : VDE;
	if (kind == STREAM) {
		p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		connect_to(p->fd, colon + 1);
	} else if (kind == DGRAM && comma) {
		*comma = '\0';
		p->fd = bound(colon + 1);
		connect_to(p->fd, comma + 1);
	} else {
		open_vde(p, colon + 1, n);
	}
	p->mac[0] = 2;
	p->mac[4] = (uint8_t)(n >> 8);
	p->mac[5] = (uint8_t)n;
	p->buf = malloc(BUFFER);
	if (!p->buf)
		fail("memory");
}

/* One frame with its length in front. */
static void fill(uint8_t *at, const uint8_t *dst, const uint8_t *src)
{
	memset(at, 0, (size_t)(HEAD + size));
	for (int i = 0; i < HEAD; i++)
		at[i] = (uint8_t)(size >> (24 - 8 * i));
	memcpy(at + HEAD, dst, 6);
	memcpy(at + HEAD + 6, src, 6);
	at[HEAD + 12] = 0x88;
	at[HEAD + 13] = 0xb5;
}

/* Sends n frames that lie one behind the other; waits where there is no room. */
static int transmit(const struct port *p, uint8_t *frames, int n)
{
	size_t step = (size_t)(HEAD + size), done = 0;
	struct mmsghdr msg[MOST] = {0};
	struct iovec iov[MOST];

	if (kind == STREAM) {
		while (done < step * (size_t)n) {
			ssize_t r =
				send(p->fd, frames + done, step * (size_t)n - done, MSG_NOSIGNAL);

			if (r < 0)
				return 0;
			done += (size_t)r;
		}
		return n;
	}
	for (int i = 0; i < n; i++) {
		iov[i] = (struct iovec){frames + step * (size_t)i + HEAD, (size_t)size};
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < (size_t)n) {
		int r = sendmmsg(p->fd, msg + done, (unsigned)n - (unsigned)done, MSG_NOSIGNAL);

		if (r < 0)
			return (int)done;
		done += (size_t)r;
	}
	return n;
}

/* Reads once without waiting; how many frames of the load came. */
static int take(struct port *p)
{
	static struct mmsghdr msg[32];
	static struct iovec iov[32];
	size_t at = 0;
	int n = 0;

	if (kind != STREAM) {
		size_t each = BUFFER / 32;

		for (int i = 0; i < 32; i++) {
			iov[i] = (struct iovec){p->buf + each * (size_t)i, each};
			msg[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
		}
		n = recvmmsg(p->fd, msg, 32, MSG_DONTWAIT, NULL);
		return n > 0 ? n : 0;
	}
	ssize_t r = recv(p->fd, p->buf + p->len, BUFFER - p->len, MSG_DONTWAIT);
	if (r <= 0)
		return 0;
	p->len += (size_t)r;
	while (p->len - at >= HEAD) {
		const uint8_t *h = p->buf + at;
		size_t len = (size_t)h[0] << 24 | (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3];

		if (p->len - at - HEAD < len)
			break;
		at += HEAD + len;
		n++;
	}
	memmove(p->buf, p->buf + at, p->len - at);
	p->len -= at;
	return n;
}

static void *receive(void *arg)
{
	int set = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event[64];

	for (int i = sources; i < sources + sinks; i++) {
		event[0] = (struct epoll_event){.events = EPOLLIN, .data = {.ptr = &ports[i]}};
		if (epoll_ctl(set, EPOLL_CTL_ADD, ports[i].fd, &event[0]) < 0)
			fail("epoll");
	}
	while (!stop) {
		int n = epoll_wait(set, event, 64, 50);
		int got = 0;

		for (int i = 0; i < n; i++)
			got += take(event[i].data.ptr);
		if (got) {
			received += (unsigned long long)got;
			last_at = now_ns();
		}
	}
	close(set);
	return arg;
}

/* Of the process that is measured. */
static double cpu_us(void)
{
	char path[64], line[1024];
	unsigned long user = 0, sys = 0;
	FILE *file;
	char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || !fgets(line, sizeof(line), file))
		return 0;
	fclose(file);
	end = strrchr(line, ')');
	if (!end || sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			   &sys) != 2)
		return 0;
	return (double)(user + sys) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static long peak(void)
{
	char path[64], line[256];
	long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

static void drain(void)
{
	for (int i = 0; i < sources + sinks; i++)
		while (take(&ports[i]) > 0)
			;
}

/* Each port says where it is. */
static void introduce(void)
{
	static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
	uint8_t *frame = malloc((size_t)(HEAD + size));

	for (int i = 0; frame && i < sources + sinks; i++) {
		fill(frame, all, ports[i].mac);
		transmit(&ports[i], frame, 1);
		if (i % 8 == 7) {
			usleep(2000);
			drain();
		}
	}
	free(frame);
	/* What that caused is not the load. */
	for (int i = 0; i < 10; i++) {
		usleep(sinks > 100 ? 150000 : 40000);
		drain();
	}
}

static void one_way(void)
{
	static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
	bool pairs = sources == sinks;
	size_t step = (size_t)(HEAD + size);
	uint8_t *frames = malloc(step * (size_t)(batch * sources));
	uint64_t start, end, most = pairs ? UINT64_MAX : 600000u / (uint64_t)sinks, sent = 0, want;
	pthread_t thread;
	double before;

	if (!frames)
		fail("memory");
	for (int i = 0; i < batch * sources; i++)
		fill(frames + step * (size_t)i, pairs ? ports[sources + i / batch].mac : all,
		     ports[i / batch].mac);
	before = cpu_us();
	start = now_ns();
	last_at = start;
	end = start + (uint64_t)(seconds * 1e9);
	if (pthread_create(&thread, NULL, receive, NULL))
		fail("thread");
	for (int i = 0; now_ns() < end && sent < most; i = (i + 1) % sources)
		sent += (uint64_t)transmit(&ports[i], frames + step * (size_t)(batch * i), batch);
	want = sent * (uint64_t)(pairs ? 1 : sinks);
	while (received < want && now_ns() < last_at + 400000000u)
		usleep(2000);
	stop = true;
	pthread_join(thread, NULL);
	printf("fps=%.0f lost=%.4f us=%.3f rss=%ld\n",
	       (double)received * 1e9 / (double)(last_at - start),
	       1 - (double)received / (double)want,
	       received ? (cpu_us() - before) / (double)received : 0, peak());
	free(frames);
}

static void *echo(void *arg)
{
	struct port *p = &ports[1];
	uint8_t *frame = malloc((size_t)(HEAD + size));

	fill(frame, ports[0].mac, p->mac);
	while (!stop) {
		struct pollfd poll_fd = {.fd = p->fd, .events = POLLIN};

		if (poll(&poll_fd, 1, 50) > 0 && take(p) > 0)
			transmit(p, frame, 1);
	}
	free(frame);
	return arg;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void back_and_forth(void)
{
	static uint32_t times[1000000];
	uint8_t *frame = malloc((size_t)(HEAD + size));
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), start;
	size_t n = 0;
	pthread_t thread;

	if (!frame || pthread_create(&thread, NULL, echo, NULL))
		fail("thread");
	fill(frame, ports[1].mac, ports[0].mac);
	while ((start = now_ns()) < end && n < 1000000) {
		struct pollfd poll_fd = {.fd = ports[0].fd, .events = POLLIN};

		transmit(&ports[0], frame, 1);
		while (poll(&poll_fd, 1, 1000) > 0 && take(&ports[0]) == 0)
			;
		times[n++] = (uint32_t)(now_ns() - start);
	}
	stop = true;
	pthread_join(thread, NULL);
	qsort(times, n, sizeof(times[0]), compare);
	printf("p50=%.1f p99=%.1f n=%zu\n", times[n / 2] / 1e3, times[n * 99 / 100] / 1e3, n);
	free(frame);
}

int main(int argc, char *argv[])
{
	struct rlimit limit;
	bool rtt = false;
	int option;

	while ((option = getopt(argc, argv, "b:s:f:t:d:p:r")) != -1) {
		int *number = option == 'b'   ? &batch
			      : option == 's' ? &size
			      : option == 'f' ? &sources
			      : option == 't' ? &sinks
			      : option == 'p' ? &pid
					      : NULL;

		if (option == 'd')
			seconds = strtod(optarg, NULL);
		else if (option == 'r')
			rtt = true;
		else if (number)
			*number = (int)strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + 1 != argc || batch < 1 || batch > MOST || size < 60 || size > 8000 ||
	    sources < 1 || sinks < 1 || sources + sinks > 2000) {
		fputs("usage: see the beginning of bench/frameload.c\n", stderr);
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	ports = calloc((size_t)(sources + sinks), sizeof(*ports));
	for (int i = 0; ports && i < sources + sinks; i++)
		open_port(&ports[i], argv[optind], i);
	usleep(200000);
	/* A broadcast needs no introduction. */
	if (rtt || sources == sinks)
		introduce();
	if (rtt)
		back_and_forth();
	else
		one_way();
	return 0;
}
