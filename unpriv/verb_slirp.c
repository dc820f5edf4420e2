/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant slirp-status, slirp-add and slirp-remove: a running netgrant-slirp is asked. */
#include "verbs.h"

#include "lib/quote.h"
#include "unpriv/slirp/forward.h"
#include "unpriv/wire/control.h"
#include "unpriv/wire/endpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REQUEST 1024

/* Sends the request; *retbody is malloc'ed. */
static int ask(const char *verb, const char *path, const char *request, char **retbody)
{
	char error[512];
	size_t len = 0;
	FILE *body = open_memstream(retbody, &len);
	int r;

	if (!body)
		return cli_fail(EX_FAILED, "out of memory");
	r = control_ask(path, request, body, error, sizeof(error));
	if (fclose(body) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 1)
		return cli_fail(EX_FAILED, "%s: %s", verb, error);
	if (r < 0)
		return cli_fail(EX_FAILED, "%s: cannot ask netgrant-slirp at '%s': %s", verb,
				QUOTE(path), strerror(-r));
	return EX_DONE;
}

/* ---- status */

struct guest {
	char state[16];
	uint64_t in[2], out[2], dropped;
};

struct flow {
	char protocol[16], state[32], from[64], to[64];
	uint64_t receives, sends;
};

static bool read_guest(const char *line, struct guest *ret)
{
	return sscanf(line, "guest %15s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		      ret->state, &ret->in[0], &ret->in[1], &ret->out[0], &ret->out[1],
		      &ret->dropped) == 6;
}

static bool read_flow(const char *line, struct flow *ret)
{
	return sscanf(line, "flow %15s %31s %63s %63s %" SCNu64 " %" SCNu64, ret->protocol,
		      ret->state, ret->from, ret->to, &ret->receives, &ret->sends) == 6;
}

static void print_line(const char *line)
{
	struct guest g;
	struct flow f;

	if (read_guest(line, &g))
		printf("guest    %s; %" PRIu64 " frames (%" PRIu64 " bytes) from it, %" PRIu64
		       " (%" PRIu64 ") to it, %" PRIu64 " dropped\n",
		       g.state, g.in[0], g.in[1], g.out[0], g.out[1], g.dropped);
	else if (strncmp(line, "forward ", 8) == 0)
		printf("forward  %s\n", line + 8);
	else if (read_flow(line, &f))
		printf("flow     %-5s %-12s %s -> %s\n", f.protocol, f.state, f.from, f.to);
}

static bool add_number(struct json_object *o, const char *key, uint64_t n)
{
	return cli_json_add(o, key, json_object_new_int64((int64_t)n));
}

static bool add_guest(struct json_object *all, const struct guest *g)
{
	struct json_object *o = json_object_new_object();

	return add_number(o, "frames_in", g->in[0]) && add_number(o, "bytes_in", g->in[1]) &&
	       add_number(o, "frames_out", g->out[0]) && add_number(o, "bytes_out", g->out[1]) &&
	       add_number(o, "dropped", g->dropped) &&
	       cli_json_add(o, "connected",
			    json_object_new_boolean(strcmp(g->state, "connected") == 0)) &&
	       cli_json_add(all, "guest", o);
}

static bool add_flow(struct json_object *flows, const struct flow *f)
{
	struct json_object *o = json_object_new_object();

	return cli_json_add(o, "protocol", cli_json_text(f->protocol)) &&
	       cli_json_add(o, "state", cli_json_text(f->state)) &&
	       cli_json_add(o, "from", cli_json_text(f->from)) &&
	       cli_json_add(o, "to", cli_json_text(f->to)) &&
	       add_number(o, "receive_queue", f->receives) &&
	       add_number(o, "send_queue", f->sends) && json_object_array_add(flows, o) == 0;
}

static bool add_line(struct json_object *all, struct json_object *forwards,
		     struct json_object *flows, const char *line)
{
	struct guest g;
	struct flow f;

	if (read_guest(line, &g))
		return add_guest(all, &g);
	if (strncmp(line, "forward ", 8) == 0)
		return json_object_array_add(forwards, cli_json_text(line + 8)) == 0;
	return !read_flow(line, &f) || add_flow(flows, &f);
}

static int print_json(char *body)
{
	struct json_object *all = json_object_new_object(), *forwards = json_object_new_array(),
			   *flows = json_object_new_array();
	char *save = NULL;
	/* Owned by the whole from here on. */
	bool ok = cli_json_add(all, "forwards", forwards) && cli_json_add(all, "flows", flows);

	for (char *line = strtok_r(body, "\n", &save); ok && line;
	     line = strtok_r(NULL, "\n", &save))
		ok = add_line(all, forwards, flows, line);
	if (ok)
		return cli_json_print(all);
	json_object_put(all);
	return cli_json_print(NULL);
}

int verb_slirp_status(const struct cli_args *args)
{
	char *body = NULL, *save = NULL;
	int r = ask("slirp-status", args->operand[0], "status", &body);

	if (r == EX_DONE && args->json)
		r = print_json(body);
	else if (r == EX_DONE)
		for (char *line = strtok_r(body, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			print_line(line);
	free(body);
	return r;
}

/* ---- forwards */

static bool is_socket(const struct forward *f)
{
	return f->way == FORWARD_HOST && f->host.any.sa_family == AF_UNIX;
}

/* The sandbox lets netgrant-slirp make sockets, but remove no file. Before it makes one, what is
 * left of another goes; */
static void remove_stale(const struct forward *f)
{
	const struct endpoint_addr addr = {.u.un = f->host.un, .len = f->host_len};

	if (is_socket(f))
		(void)endpoint_remove_stale(&addr, SOCK_STREAM);
}

/* and its own at the end. */
static void remove_socket(const struct forward *f)
{
	struct stat st;

	if (is_socket(f) && lstat(f->host.un.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(f->host.un.sun_path);
}

static int change(const char *verb, const char *word, bool add, const struct cli_args *args)
{
	char error[FORWARD_ERROR], request[REQUEST], *body = NULL;
	const char *spec = args->operand[1];
	struct forward f;
	int r;

	if (forward_parse_named(&f, spec, add, error) < 0)
		return cli_fail(EX_USAGE_ERR, "%s: '%s': %s", verb, QUOTE(spec), error);
	if (snprintf(request, sizeof(request), "%s %s", word, spec) >= (int)sizeof(request))
		return cli_fail(EX_USAGE_ERR, "%s: '%s' is too long", verb, QUOTE(spec));
	if (add)
		remove_stale(&f);
	r = ask(verb, args->operand[0], request, &body);
	if (r == EX_DONE && !add)
		remove_socket(&f);
	free(body);
	return r;
}

int verb_slirp_add(const struct cli_args *args)
{
	return change("slirp-add", "add", true, args);
}

int verb_slirp_remove(const struct cli_args *args)
{
	return change("slirp-remove", "remove", false, args);
}
