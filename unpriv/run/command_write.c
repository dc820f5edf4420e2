/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulator's command line as it is run: its NICs' places filled in, or appended. */
#include "command_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int main_fd(const struct port *p)
{
	return p->stream >= 0 ? p->stream : p->fds[0];
}

static void print_fds(FILE *f, const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%d", i ? ":" : "", fds[i]);
}

static void print_what(FILE *f, const struct port *p, enum what what)
{
	char mac[MAC_TEXT_SIZE];

	if (what == FD || (what == FDS && p->stream >= 0))
		fprintf(f, "%d", main_fd(p));
	else if (what == FDS)
		print_fds(f, p->fds, p->queues);
	else if (what == VHOSTFDS)
		print_fds(f, p->fds + p->queues, p->vhosts);
	else if (what == IFNAME)
		fputs(p->ifname, f);
	else if (what == MAC)
		fputs(mac_format(mac, p->nic.mac), f);
	else
		fputs(p->socket ? p->socket : "", f);
}

static int substitute(struct run *run, const char *arg, struct words *w)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int r;

	if (!f)
		return -ENOMEM;
	while (*arg) {
		enum what what;
		uint64_t number;
		size_t len = command_placeholder(arg, &what, &number);

		if (len)
			print_what(f, command_nic(run, number), what);
		else
			putc(*arg, f);
		arg += len ? len : 1;
	}
	r = ferror(f) | fclose(f) ? -ENOMEM : words_add(w, "%s", text);
	free(text);
	return r;
}

/* --net takes all of them at once. */
static int cloud_hypervisor(const struct run *run, struct words *w)
{
	bool first = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n_ports; i++) {
		const struct port *p = &run->ports[i];
		char mac[MAC_TEXT_SIZE], fds[128] = "";
		size_t n = 0;

		if (p->hub || p->told)
			continue;
		for (size_t k = 0; k < p->queues; k++)
			n += (size_t)snprintf(fds + n, sizeof(fds) - n, "%s%d", k ? "," : "",
					      p->fds[k]);
		if (first)
			r = words_add(w, "--net");
		first = false;
		if (r == 0)
			r = words_add(w, "fd=%s%s%s,mac=%s,num_queues=%zu",
				      p->queues > 1 ? "[" : "", fds, p->queues > 1 ? "]" : "",
				      mac_format(mac, p->nic.mac), 2 * p->queues);
	}
	return r;
}

static int crosvm(const struct run *run, struct words *w)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n_ports; i++) {
		const struct port *p = &run->ports[i];
		char mac[MAC_TEXT_SIZE];

		if (p->hub || p->told)
			continue;
		r = words_add(w, "--net");
		if (r == 0)
			r = words_add(w, "tap-fd=%d,mac=%s", p->fds[0],
				      mac_format(mac, p->nic.mac));
	}
	return r;
}

/* Its vector transport reads and writes frames on any descriptor; vec=0, as a tap is no socket. */
static int uml(const struct run *run, struct words *w)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n_ports; i++) {
		const struct port *p = &run->ports[i];
		const struct nic *nic = &p->nic;
		char mac[MAC_TEXT_SIZE];

		if (p->hub || p->told || nic->type == NIC_NULL)
			continue;
		mac_format(mac, nic->mac);
		if (p->native)
			r = words_add(w, "eth%u=mcast,%s,%s,%u", p->number, mac, nic->address,
				      nic->port);
		else
			r = words_add(w, "vec%u:transport=fd,fd=%d,mac=%s,vec=0", p->number,
				      main_fd(p), mac);
	}
	return r;
}

static int append(struct run *run, struct words *w)
{
	if (run->emulator == EMULATOR_QEMU)
		return qemu_options(run, w);
	if (run->emulator == EMULATOR_CLOUD_HYPERVISOR)
		return cloud_hypervisor(run, w);
	if (run->emulator == EMULATOR_CROSVM)
		return crosvm(run, w);
	return run->emulator == EMULATOR_UML ? uml(run, w) : 0;
}

int run_command(struct run *run)
{
	struct words w = {0};
	int r = 0;

	for (char *const *arg = run->command; r == 0 && *arg; arg++)
		r = substitute(run, *arg, &w);
	if (r == 0)
		r = append(run, &w);
	if (r < 0) {
		words_free(&w);
		return run_fail(EX_FAILED, "cannot write the emulator's command line: %s",
				strerror(-r));
	}
	run->argv = w.at;
	return EX_DONE;
}

/* ---- --dry-run */

static void pretend_name(struct port *p, size_t i)
{
	const char *target = p->nic.target ? p->nic.target : "vnet%d";
	const char *percent = strstr(target, "%d");

	if (p->own_tap) {
		run_own_tap_name(p);
		return;
	}
	snprintf(p->ifname, sizeof(p->ifname), "%.*s", (int)(percent ? percent - target : 15),
		 target);
	if (percent)
		snprintf(p->ifname + strlen(p->ifname), sizeof(p->ifname) - strlen(p->ifname),
			 "%zu%s", i, percent + 2);
}

/* Numbers and names as they might be. */
void run_pretend(struct run *run)
{
	int next = 3;

	for (size_t i = 0; i < run->n_ports; i++) {
		struct port *p = &run->ports[i];

		if (p->native || p->nic.type == NIC_NULL)
			continue;
		pretend_name(p, i);
		if (p->by_path && asprintf(&p->socket, "/run/user/%u/netgrant-run.XXXXXX/nic%u",
					   getuid(), p->number) < 0)
			p->socket = NULL;
		if (!command_is_tap(&p->nic) && !p->own_tap) {
			p->stream = next++;
			continue;
		}
		if (p->by_name)
			continue;
		p->queues = p->nic.queues ? p->nic.queues : 1;
		p->vhosts = p->nic.vhost ? p->queues : 0;
		for (size_t k = 0; k < p->queues + p->vhosts; k++)
			p->fds[k] = next++;
	}
}

static void print_quoted(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=,./:@%";

	if (*word && strspn(word, plain) == strlen(word)) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	}
	putchar('\'');
}

void run_print_command(const struct run *run)
{
	for (char *const *arg = run->argv; *arg; arg++) {
		print_quoted(*arg);
		putchar(arg[1] ? ' ' : '\n');
	}
}
