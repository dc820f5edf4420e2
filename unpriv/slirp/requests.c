/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control socket answers. One request a line:
 *
 *	status                  lines "guest ...", "forward SPEC", "flow ..."
 *	add hostfwd=SPEC        nothing
 *	remove guestfwd=SPEC    nothing
 *
 * `netgrant slirp-status`, `slirp-add` and `slirp-remove` send these (unpriv/verb_slirp.c).
 */
#include "server.h"

#include "lib/quote.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A row of the library's table. */
struct row {
	char protocol[8], state[24], from[40], to[40];
	unsigned from_port, to_port;
	unsigned long receives, sends;
};

static bool read_row(const char *line, struct row *ret)
{
	int fd;

	memset(ret, 0, sizeof(*ret));
	if (sscanf(line, " %7[A-Z][%23[^]]] %d %39s %u %39s %u %lu %lu", ret->protocol, ret->state,
		   &fd, ret->from, &ret->from_port, ret->to, &ret->to_port, &ret->receives,
		   &ret->sends) == 9)
		return true;
	return sscanf(line, " %7[A-Z][%23[^]]] %d %39s - %39s - %lu %lu", ret->protocol, ret->state,
		      &fd, ret->from, ret->to, &ret->receives, &ret->sends) == 7;
}

static bool is_guests(const struct options *o, const char *address)
{
	struct in_addr a;

	return inet_pton(AF_INET, address, &a) == 1 && (a.s_addr & o->mask.s_addr) == o->net.s_addr;
}

/* The library prints the first four bytes of IPv6 addresses as if they were IPv4 ones (4.7). */
static void print_row(const struct options *o, struct row *r, FILE *out)
{
	bool v4 = is_guests(o, r->from) || is_guests(o, r->to);

	/* A forward, which has a line of its own. */
	if (strcmp(r->state, "HOST_FORWARD") == 0)
		return;
	for (char *p = r->state; *p; p++)
		if (*p == ' ')
			*p = '_';
	for (char *p = r->protocol; *p; p++)
		*p = (char)(*p | 0x20);
	if (v4)
		fprintf(out, "flow %s %s %s:%u %s:%u %lu %lu\n", r->protocol, r->state, r->from,
			r->from_port, r->to, r->to_port, r->receives, r->sends);
	else
		fprintf(out, "flow %s6 %s *:%u *:%u %lu %lu\n", r->protocol, r->state, r->from_port,
			r->to_port, r->receives, r->sends);
}

static void print_flows(struct server *s, FILE *out)
{
	char *all = stack_flows(s->stack), *save = NULL;

	for (char *line = all ? strtok_r(all, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct row r;

		if (read_row(line, &r))
			print_row(s->o, &r, out);
	}
	free(all);
}

static bool status(struct server *s, FILE *out)
{
	const struct link *l = &s->link;
	char text[FORWARD_TEXT];

	fprintf(out, "guest %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		l->fd >= 0 ? "connected" : "waiting", l->frames_in, l->bytes_in, l->frames_out,
		l->bytes_out, l->dropped);
	for (unsigned i = 0; i < s->actives; i++)
		fprintf(out, "forward %s\n", forward_format(text, &s->active[i].forward));
	print_flows(s, out);
	return true;
}

static bool change(struct server *s, const char *text, bool add, FILE *out)
{
	char error[FORWARD_ERROR];
	struct forward f;

	if (forward_parse_named(&f, text, add, error) == 0 &&
	    (add ? server_add(s, &f, error) : server_remove(s, &f, error)) == 0)
		return true;
	fprintf(out, "'%s': %s\n", QUOTE(text), error);
	return false;
}

bool server_answer(void *server, const char *request, FILE *out)
{
	struct server *s = server;

	if (strcmp(request, "status") == 0)
		return status(s, out);
	if (strncmp(request, "add ", 4) == 0)
		return change(s, request + 4, true, out);
	if (strncmp(request, "remove ", 7) == 0)
		return change(s, request + 7, false, out);
	fprintf(out, "'%s' is no request; status, add or remove\n", QUOTE(request));
	return false;
}
