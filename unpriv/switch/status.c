/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include "lib/quote.h"

#include <string.h>

static const char *kind(const struct port *p)
{
	switch (p->what) {
	case ENDPOINT_STREAM:
		return "stream";
	case ENDPOINT_DATAGRAM:
		return p->group ? "group" : "datagram";
	case ENDPOINT_TAP:
		return "tap";
	case ENDPOINT_LISTENER:
		break;
	}
	return "?";
}

#define N(x) ((unsigned long long)(x))

static void text_counters(const struct counters *n, uint64_t runts, FILE *out)
{
	fprintf(out, ": in %llu frames %llu bytes, out %llu frames %llu bytes", N(n->in_frames),
		N(n->in_bytes), N(n->out_frames), N(n->out_bytes));
	fprintf(out, ", dropped: full %llu refused %llu bad %llu own %llu denied %llu", N(n->full),
		N(n->refused), N(n->bad + runts), N(n->own), N(n->denied));
}

void status_text(const struct sw *sw, FILE *out)
{
	unsigned stations = 0;

	for (unsigned i = 0; i < sw->ports; i++)
		stations += sw->core.stations.count[sw->port[i]->id];
	fprintf(out, "%s, %u ports, %u addresses, %u clients (%llu ever, %llu refused)\n",
		sw->core.hub ? "hub" : "switch", sw->ports, stations, sw->clients,
		N(sw->clients_ever), N(sw->clients_refused));
	for (unsigned i = 0; i < sw->ports; i++) {
		const struct port *p = sw->port[i];

		fprintf(out, "%s %s%s", kind(p), QUOTE(p->name),
			p->ep && p->ep->isolated ? " isolated" : "");
		text_counters(&p->n, p->in.runts, out);
		fprintf(out, ", addresses %u, waiting %zu bytes\n", sw->core.stations.count[p->id],
			p->out.bytes);
	}
	if (sw->ports_gone) {
		fprintf(out, "gone, %llu ports", N(sw->ports_gone));
		text_counters(&sw->gone, 0, out);
		fputc('\n', out);
	}
	if (sw->capture) {
		int error;
		uint64_t lost = capture_lost(sw->capture, &error);

		if (lost || error)
			fprintf(out, "capture: lost %llu frames: %s\n", N(lost), strerror(error));
	}
}

/* The name of a port may hold any byte of a path. */
static void json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *c = QUOTE(text); *c; c++)
		fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	fputc('"', out);
}

static void json_counters(const struct counters *n, uint64_t runts, FILE *out)
{
	const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{"in_frames", n->in_frames},     {"in_bytes", n->in_bytes},
		{"out_frames", n->out_frames},   {"out_bytes", n->out_bytes},
		{"dropped_full", n->full},       {"dropped_refused", n->refused},
		{"dropped_bad", n->bad + runts}, {"dropped_own", n->own},
		{"dropped_denied", n->denied},
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		fprintf(out, "%s\"%s\":%llu", i ? "," : "", values[i].name, N(values[i].value));
}

static void json_port(const struct sw *sw, const struct port *p, FILE *out)
{
	fputs("{\"name\":", out);
	json_text(out, p->name);
	fprintf(out, ",\"kind\":\"%s\",\"isolated\":%s,\"addresses\":%u,\"waiting_bytes\":%zu,",
		kind(p), p->ep && p->ep->isolated ? "true" : "false",
		sw->core.stations.count[p->id], p->out.bytes);
	json_counters(&p->n, p->in.runts, out);
	fputc('}', out);
}

static void status_json(const struct sw *sw, FILE *out)
{
	int error = 0;
	uint64_t lost = sw->capture ? capture_lost(sw->capture, &error) : 0;

	fprintf(out,
		"{\"mode\":\"%s\",\"clients\":%u,\"clients_ever\":%llu,\"clients_refused\":%llu,"
		"\"capture_lost\":%llu,\"ports_gone\":%llu,\"gone\":{",
		sw->core.hub ? "hub" : "switch", sw->clients, N(sw->clients_ever),
		N(sw->clients_refused), N(lost), N(sw->ports_gone));
	json_counters(&sw->gone, 0, out);
	fputs("},\"ports\":[", out);
	for (unsigned i = 0; i < sw->ports; i++) {
		if (i)
			fputc(',', out);
		json_port(sw, sw->port[i], out);
	}
	fputs("]}\n", out);
}

bool status_answer(void *ctx, const char *request, FILE *out)
{
	const struct sw *sw = ctx;

	if (strcmp(request, "status") == 0)
		status_text(sw, out);
	else if (strcmp(request, "json") == 0)
		status_json(sw, out);
	else
		fputs("unknown request; there are status and json", out);
	return strcmp(request, "status") == 0 || strcmp(request, "json") == 0;
}
