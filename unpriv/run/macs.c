/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the guests' own: below 52:54:00, as QEMU's are, and always the same. */
#include "run.h"

#include <string.h>
#include <unistd.h>

/* FNV-1a, 64 bit: spreads, and is no secret. */
static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		hash = (hash ^ *p++) * UINT64_C(0x100000001b3);
	return hash;
}

/* Its name, of the option or the <domain>, else QEMU's -name, else the whole command: two guests
 * must not have the same. */
static uint64_t guest(const struct run *run)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	uid_t uid = getuid();

	hash = mix(hash, &uid, sizeof(uid));
	if (run->name)
		return mix(hash, run->name, strlen(run->name) + 1);
	for (char *const *arg = run->command; *arg; arg++)
		if (strcmp(*arg, "-name") == 0 && arg[1])
			return mix(hash, arg[1], strlen(arg[1]) + 1);
	for (char *const *arg = run->command; *arg; arg++)
		hash = mix(hash, *arg, strlen(*arg) + 1);
	return hash;
}

static bool taken(const struct run *run, const struct port *mine)
{
	for (const struct port *p = run->ports; p < run->ports + run->n_ports; p++)
		if (p != mine && p->nic.has_mac && !p->hub &&
		    memcmp(p->nic.mac, mine->nic.mac, MAC_LEN) == 0)
			return true;
	return false;
}

void run_choose_macs(struct run *run)
{
	uint64_t hash = guest(run);

	for (struct port *p = run->ports; p < run->ports + run->n_ports; p++) {
		uint64_t own = mix(hash, &p->number, sizeof(p->number));
		const uint8_t prefix[] = {0x52, 0x54, 0x00};

		if (p->nic.has_mac || p->hub)
			continue;
		do {
			own = mix(own, "", 1);
			memcpy(p->nic.mac, prefix, sizeof(prefix));
			p->nic.mac[3] = (uint8_t)(own >> 40);
			p->nic.mac[4] = (uint8_t)(own >> 24);
			p->nic.mac[5] = (uint8_t)(own >> 8);
		} while (taken(run, p));
		p->nic.has_mac = true;
	}
}
