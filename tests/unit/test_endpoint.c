/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/wire/endpoint.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERY 0xffu

/* Says in one line what was read, or the message. */
static const char *read_one(const char *text, unsigned kinds)
{
	static char line[ENDPOINT_ERROR];
	char error[ENDPOINT_ERROR], addr[ENDPOINT_NAME], local[ENDPOINT_NAME];
	struct endpoint ep;

	if (endpoint_parse(&ep, text, kinds, true, error) < 0)
		snprintf(line, sizeof(line), "%s", error);
	else
		snprintf(line, sizeof(line), "%s %s fd=%d ttl=%d%s",
			 endpoint_name(&ep.addr[0], addr), endpoint_name(&ep.local, local), ep.fd,
			 ep.ttl, ep.isolated ? " isolated" : "");
	return line;
}

static void reads(void)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{"listen:tcp:127.0.0.1:5558", "127.0.0.1:5558 ? fd=-1 ttl=0"},
		{"listen:tcp::5558", "[::]:5558 ? fd=-1 ttl=0"},
		{"listen:tcp:[::1]:5558,isolated", "[::1]:5558 ? fd=-1 ttl=0 isolated"},
		{"connect:tcp:localhost:1", "127.0.0.1:1 ? fd=-1 ttl=0"},
		{"connect:unix:/run/a:b", "/run/a:b ? fd=-1 ttl=0"},
		{"listen:unix:/run/a,isolated", "/run/a ? fd=-1 ttl=0 isolated"},
		{"mcast:230.0.0.1:5558", "230.0.0.1:5558 ? fd=-1 ttl=1"},
		{"mcast:230.0.0.1:5558,ttl=0,local=127.0.0.1",
		 "230.0.0.1:5558 127.0.0.1:0 fd=-1 ttl=0"},
		{"mcast:[ff02::1234]:5558,ttl=255", "[ff02::1234]:5558 ? fd=-1 ttl=255"},
		{"udp::1,192.0.2.1:2", "192.0.2.1:2 0.0.0.0:1 fd=-1 ttl=0"},
		{"udp:[::1]:1,[::1]:2,isolated", "[::1]:2 [::1]:1 fd=-1 ttl=0 isolated"},
		{"dgram:unix:/a,/b", "/b /a fd=-1 ttl=0"},
		{"fd:3", "? ? fd=3 ttl=0"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		test_case("%s", cases[i].text);
		CHECK_STR(read_one(cases[i].text, EVERY), cases[i].line);
	}
}

static void refuses(void)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"", "not known; there are listen:tcp:HOST:PORT"},
		{"listen", "not known"},
		{"listen:tcp:", "the port is missing; it is listen:tcp:HOST:PORT"},
		{"listen:tcp:5558", "the port is missing"},
		{"listen:tcp:127.0.0.1:", "'' is no port"},
		{"listen:tcp:127.0.0.1:0", "'0' is no port"},
		{"listen:tcp:127.0.0.1:65536", "'65536' is no port"},
		{"listen:tcp:127.0.0.1:080", "'080' is no port"},
		{"listen:tcp:::1:5558", "in brackets"},
		{"connect:tcp::5558", "the host is missing"},
		{"connect:tcp:no.such.host.invalid:1", "host 'no.such.host.invalid'"},
		{"listen:unix:", "the path is missing"},
		{"listen:unix:/a,b", "a path has no comma"},
		{"mcast:192.0.2.1:5558", "'192.0.2.1:5558' is no multicast group"},
		{"mcast:230.0.0.1:5558,ttl=256", "ttl is a number from 0 to 255"},
		{"mcast:230.0.0.1:5558,tll=1", "unknown 'tll=1'"},
		{"mcast:230.0.0.1:5558,", "unknown ''"},
		{"mcast:230.0.0.1:5558,local=::1", "of two families"},
		{"udp:127.0.0.1:1", "two addresses are needed"},
		{"udp:127.0.0.1:1,[::1]:2", "of two families"},
		{"udp:127.0.0.1:1,127.0.0.1:2,x", "two addresses are needed"},
		{"dgram:unix:/a", "two addresses are needed"},
		{"dgram:unix:/a,", "the path is missing"},
		{"fd:2", "'2' is no number of a descriptor from 3"},
		{"fd:-1", "'-1' is no number"},
		{"fd:3x", "'3x' is no number"},
		{"fd:", "'' is no number"},
		{"fd:\n", "'\\x0a' is no number"},
	};
	char long_path[200] = "connect:unix:/";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		test_case("%s", cases[i].text);
		CHECK(strstr(read_one(cases[i].text, EVERY), cases[i].part));
	}
	memset(long_path + 14, 'x', 107);
	CHECK(strstr(read_one(long_path, EVERY), "more than 107 bytes"));
	long_path[13 + 107] = '\0';
	CHECK(!strstr(read_one(long_path, EVERY), "more than"));
	/* Only what the program serves, and isolated only where it has a meaning. */
	CHECK_STR(read_one("udp:127.0.0.1:1,127.0.0.1:2", ENDPOINT_FD | ENDPOINT_LISTEN_UNIX),
		  "'udp:127.0.0.1:1,127.0.0.1:2': not known; there are listen:unix:PATH fd:N");
}

static int open_one(const char *text, struct endpoint_open *ret, char *error)
{
	struct endpoint ep;

	if (endpoint_parse(&ep, text, EVERY, false, error) < 0)
		return -EINVAL;
	return endpoint_open(&ep, ret, error);
}

static void unix_listener(void)
{
	char text[256], error[ENDPOINT_ERROR];
	const char *path = test_path("socket");
	struct endpoint_open first, second;
	struct endpoint to;
	struct stat st;
	int fd, before = test_open_fds();

	snprintf(text, sizeof(text), "listen:unix:%s", path);
	CHECK_INT(open_one(text, &first, error), 0);
	CHECK_INT(first.what, ENDPOINT_LISTENER);
	CHECK(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == 0600);
	/* In use. */
	CHECK_INT(open_one(text, &second, error), -EADDRINUSE);
	CHECK(strstr(error, "already in use"));
	snprintf(text, sizeof(text), "connect:unix:%s", path);
	CHECK_INT(endpoint_parse(&to, text, EVERY, false, error), 0);
	fd = endpoint_connect(&to, 0);
	CHECK(fd >= 0);
	close(fd);
	/* Nobody listens any more: replaced. */
	close(first.fd);
	CHECK_INT(endpoint_connect(&to, 0), -ECONNREFUSED);
	snprintf(text, sizeof(text), "listen:unix:%s", path);
	CHECK_INT(open_one(text, &first, error), 0);
	close(first.fd);
	/* What is no socket stays. */
	unlink(path);
	test_write(path, "precious", 0600, 0);
	CHECK_INT(open_one(text, &first, error), -EADDRINUSE);
	CHECK(stat(path, &st) == 0 && st.st_size == 8);
	unlink(path);
	CHECK_INT(test_open_fds(), before);
}

static void inherited(void)
{
	char error[ENDPOINT_ERROR];
	struct endpoint_open what;
	int pair[2], lone, file = open("/dev/null", O_RDONLY);

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CHECK_INT(endpoint_classify(pair[0], &what, error), 0);
	CHECK_INT(what.what, ENDPOINT_STREAM);
	close(pair[1]);
	close(pair[0]);
	CHECK(endpoint_classify(pair[0], &what, error) == -EBADF);
	CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	CHECK_INT(endpoint_classify(pair[0], &what, error), 0);
	CHECK_INT(what.what, ENDPOINT_DATAGRAM);
	close(pair[1]);
	close(pair[0]);
	lone = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_INT(endpoint_classify(lone, &what, error), -ENOTCONN);
	CHECK(strstr(error, "is not connected"));
	close(lone);
	CHECK_INT(endpoint_classify(file, &what, error), -EINVAL);
	CHECK(strstr(error, "neither a stream socket, a datagram socket nor a tap"));
	close(file);
}

static void same_addresses(void)
{
	struct endpoint_addr a = {.u.in = {.sin_family = AF_INET, .sin_port = 1}, .len = 16};
	struct endpoint_addr b = a;
	struct endpoint_addr none = {.len = 0};

	CHECK(endpoint_same(&a, &b));
	b.u.in.sin_port = 2;
	CHECK(!endpoint_same(&a, &b));
	b = a;
	b.u.in.sin_addr.s_addr = 1;
	CHECK(!endpoint_same(&a, &b));
	CHECK(!endpoint_same(&a, &none));
}

int main(void)
{
	static const struct test tests[] = {
		{"endpoints are read", reads, false},
		{"what is wrong is refused", refuses, false},
		{"a unix listener's file", unix_listener, true},
		{"an inherited descriptor", inherited, false},
		{"the same address", same_addresses, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
