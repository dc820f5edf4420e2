/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy files in memory, for policy_read(): what was read is recorded as text. */
#ifndef NETGRANT_MEMFS_H
#define NETGRANT_MEMFS_H

#include "policy/policy.h"

#define MEMFS_OPEN_MOST (POLICY_DEPTH_MAX + 1)

struct memfile {
	const char *path;
	const char *data; /* NULL: an include of it is passed over; as the first file it fails */
	size_t len;
	int read_error; /* positive: reading fails at the end of data */
	unsigned ino;   /* 0: its place in the list; two paths may be one file */
};

struct memfs {
	const struct memfile *files;
	size_t n;
	const struct policy_vocab *vocab; /* NULL: policy_bridge */
	size_t chunk;                     /* bytes of a read at most; 0: as many as are asked for */
	bool stop;                        /* at the first error */
	bool quiet;                       /* rules are counted, not recorded */
	int rule_result;                  /* of the callback */

	/* Filled in: "file:line: rule\n", "file:line:column: text\n", "file:line: path\n". */
	char *rules, *errors, *passed;
	size_t rule_count, error_count, passed_count, opens;
	struct {
		const struct memfile *file; /* NULL: free */
		size_t at;
	} handles[MEMFS_OPEN_MOST];
};

/* Reads files[0]. Returns policy_read()'s result; checks that every file was closed. */
int memfs_read(struct memfs *fs);

/* The same, and each rule goes through policy_decide() too. */
int memfs_decide(struct memfs *fs, const struct policy_request *q, struct policy_decision *d);

/* Frees what was recorded, and makes *fs ready for another run. */
void memfs_reset(struct memfs *fs);

#endif
