/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's options. `-netdev socket,fd=` and `-netdev user` are in every version there is, and
 * so are `-netdev tap,fd=` and `fds=`: its version need not be asked for. Only TCP over IPv6
 * takes a form of 7.2, whose datagrams know no IPv6 either.
 */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* A value inside one of QEMU's options: a comma is doubled. */
static const char *value(char *buf, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 3 < size; text++) {
		if (*text == ',')
			buf[n++] = ',';
		buf[n++] = *text;
	}
	buf[n] = '\0';
	return buf;
}
#define VALUE(text) value((char[512]){0}, 512, (text))

/* "fd=3" or "fds=3:4"; the same for vhost. */
static void add_fds(char *buf, size_t size, const char *word, const int *fds, size_t n)
{
	size_t at = strlen(buf);

	at += (size_t)snprintf(buf + at, size - at, ",%s%s=", word, n > 1 ? "s" : "");
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%d", i ? ":" : "", fds[i]);
}

static int tap(const struct port *p, const char *id, struct words *w)
{
	char fds[256] = "";

	add_fds(fds, sizeof(fds), "fd", p->fds, p->queues);
	if (p->vhosts) {
		add_fds(fds, sizeof(fds), "vhostfd", p->fds + p->queues, p->vhosts);
		return words_add(w, "tap,id=%s%s,vhost=on", id, fds);
	}
	return words_add(w, "tap,id=%s%s", id, fds);
}

static int user(const struct port *p, const char *id, struct words *w)
{
	char line[NIC_TEXT_MAX * 2];
	size_t n = (size_t)snprintf(line, sizeof(line), "user,id=%s%s", id,
				    p->nic.restricted ? ",restrict=on" : "");

	for (size_t i = 0; i < p->nic.n_forwards && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, ",hostfwd=%s",
				      VALUE(p->nic.forwards[i]));
	return n < sizeof(line) ? words_add(w, "%s", line) : -ENOMEM;
}

static int tunnel(const struct port *p, const char *id, struct words *w)
{
	const struct nic *nic = &p->nic;
	const char *local = nic->local_address;

	if (strchr(nic->address, ':'))
		return words_add(
			w, "stream,id=%s,server=%s,addr.type=inet,addr.host=%s,addr.port=%u", id,
			nic->type == NIC_SERVER ? "on" : "off", nic->address, nic->port);
	if (nic->type == NIC_MCAST)
		return words_add(w, "socket,id=%s,mcast=%s:%u%s%s", id, nic->address, nic->port,
				 local ? ",localaddr=" : "", local ? local : "");
	if (nic->type == NIC_SERVER)
		return words_add(w, "socket,id=%s,listen=%s:%u", id, nic->address, nic->port);
	if (nic->type == NIC_CLIENT)
		return words_add(w, "socket,id=%s,connect=%s:%u", id, nic->address, nic->port);
	return words_add(w, "socket,id=%s,udp=%s:%u,localaddr=%s:%u", id, nic->address, nic->port,
			 local ? local : "0.0.0.0", nic->local_port);
}

static int netdev(const struct port *p, const char *id, struct words *w)
{
	int r = words_add(w, "-netdev");

	if (r < 0)
		return r;
	if (p->stream >= 0)
		return words_add(w, "socket,id=%s,fd=%d", id, p->stream);
	if (p->queues)
		return tap(p, id, w);
	return p->nic.type == NIC_USER ? user(p, id, w) : tunnel(p, id, w);
}

/* libvirt's words for virtio; the others' names are QEMU's own. */
static const char *device_of(const struct nic *nic)
{
	static const char *const names[][2] = {
		{"virtio", "virtio-net-pci"},
		{"virtio-transitional", "virtio-net-pci-transitional"},
		{"virtio-non-transitional", "virtio-net-pci-non-transitional"},
	};

	if (!nic->model)
		return names[0][1];
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(nic->model, names[i][0]) == 0)
			return names[i][1];
	return nic->model;
}

static int device(const struct port *p, const char *id, struct words *w)
{
	const struct nic *nic = &p->nic;
	const char *model = device_of(nic);
	char mac[MAC_TEXT_SIZE], more[128] = "";
	size_t n = 0;

	if (nic->boot)
		n += (size_t)snprintf(more + n, sizeof(more) - n, ",bootindex=%u", nic->boot);
	if (nic->mtu && strncmp(model, "virtio", 6) == 0)
		n += (size_t)snprintf(more + n, sizeof(more) - n, ",host_mtu=%u", nic->mtu);
	if (p->queues > 1)
		snprintf(more + n, sizeof(more) - n, ",mq=on,vectors=%zu", 2 * p->queues + 2);
	if (words_add(w, "-device") < 0)
		return -ENOMEM;
	return words_add(w, "%s%s%s,id=%s,mac=%s%s", model,
			 nic->type == NIC_NULL ? "" : ",netdev=", nic->type == NIC_NULL ? "" : id,
			 nic->alias ? nic->alias : id + strlen("netdev-"),
			 mac_format(mac, nic->mac), more);
}

/* Cables are pulled out over a monitor of our own, as there is no option for it. What is to be
 * said waits in the socket until QEMU reads it. */
static int pull_out(struct run *run, const char *nic)
{
	int ends[2], n;
	char text[256];

	if (run->monitor < 0) {
		static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
			return -errno;
		run->monitor = ends[0];
		run->monitor_end = ends[1];
		if (send(run->monitor, hello, sizeof(hello) - 1, MSG_NOSIGNAL) < 0)
			return -errno;
	}
	n = snprintf(text, sizeof(text),
		     "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"%s\",\"up\":false}}\n",
		     nic);
	return send(run->monitor, text, (size_t)n, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* As a file: of -mon in the command line, QEMU would leave its own default monitor out. */
static int monitor_words(struct run *run, struct words *w)
{
	static const char config[] = "[mon \"netgrant-qmp\"]\n"
				     "  chardev = \"netgrant-qmp\"\n"
				     "  mode = \"control\"\n";

	if (run->monitor < 0)
		return 0;
	run->monitor_config = memfd_create("netgrant-qmp", MFD_CLOEXEC);
	if (run->monitor_config < 0)
		return -errno;
	if (write(run->monitor_config, config, sizeof(config) - 1) != sizeof(config) - 1 ||
	    words_add(w, "-chardev") < 0 ||
	    words_add(w, "socket,id=netgrant-qmp,fd=%d", run->monitor_end) < 0 ||
	    words_add(w, "-readconfig") < 0)
		return -ENOMEM;
	return words_add(w, "/proc/self/fd/%d", run->monitor_config);
}

int qemu_options(struct run *run, struct words *w)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n_ports; i++) {
		struct port *p = &run->ports[i];
		char id[32];

		if (p->hub)
			continue;
		if (p->told) {
			any = true;
			continue;
		}
		snprintf(id, sizeof(id), "netdev-nic%u", p->number);
		if (p->nic.type != NIC_NULL) {
			any = true;
			r = netdev(p, id, w);
		}
		if (r == 0)
			r = device(p, id, w);
		if (r == 0 && p->nic.link_down)
			r = pull_out(run, p->nic.alias ? p->nic.alias : id + strlen("netdev-"));
	}
	/* Or QEMU adds a NIC of its own liking. */
	if (r == 0 && !any && run->n_ports > 0) {
		r = words_add(w, "-nic");
		if (r == 0)
			r = words_add(w, "none");
	}
	return r < 0 ? r : monitor_words(run, w);
}
