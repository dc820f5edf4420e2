/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnsmasq wants to hear of every address that comes to the host or goes, and then looks at all of
 * them, whatever device it is for: with a hundred networks, a hundred do so for each network,
 * container or tap. Where the addresses of a network are there before its dnsmasq and do not
 * change without it, which is so with IPv4, it need not hear of any.
 *
 * No option says so. But where it may not listen (EPERM), it does without (netlink_init() in its
 * netlink.c). So this answers its first bind(2) of a netlink socket, and lets the second be, by
 * which it asks for an address and no messages. Where that cannot be had, it hears.
 *
 * It does not hear of new routes either, upon which it would send queries again that nobody has
 * answered (who asked does that, too), and read resolv.conf again, which it does by itself
 * when that file changes. Once it serves nobody answers, and such a bind(2) fails (ENOSYS); it
 * makes none.
 */
#include "service_priv.h"

#include "lib/fdpass.h"
#include "lib/sandbox.h"

#include "seccomp-dnsmasq-netlink.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool deaf_wanted(const struct net_config *config)
{
	/* Its link-local address comes with the bridge's first port. */
	return !net_config_has(config, AF_INET6);
}

int deaf_offer(int sock)
{
	CLEANUP_FD int listener =
		sandbox_listen(seccomp_dnsmasq_netlink, ARRAY_LEN(seccomp_dnsmasq_netlink));

	/* An error of the second: nobody would answer. */
	return listener < 0 ? 0 : fdpass_send(sock, &listener, 1, "", 0);
}

static void take_listener(struct deaf *d)
{
	char text[8];
	int listener = -1;

	if (fdpass_recv(d->fd, &listener, 1, text, sizeof(text)) != 1)
		listener = -1;
	close(d->fd);
	d->fd = listener;
	d->listens = true;
}

static void answer(struct deaf *d)
{
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp response = {0};

	/* It was killed while it waited, or a signal came (to it, and it asks again). */
	if (ioctl(d->fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return;
	response.id = call.id;
	if (d->refused)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		response.error = -EPERM;
	if (ioctl(d->fd, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0)
		d->refused = true;
}

void deaf_answer(struct deaf *d, int events)
{
	if (!d->listens)
		take_listener(d);
	else if (events & POLLIN)
		answer(d);
	else
		deaf_end(d); /* nobody is left who could ask */
}

void deaf_end(struct deaf *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}
