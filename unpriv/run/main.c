/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netgrant: what a person types. `run` is here, because it stays for as long as the emulator
 * does, and brings little along; what only asks is a program of its own.
 */
#include "run.h"

#include "lib/stdfds.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define QUESTIONS LIBEXECDIR "/netgrant/questions"

static int prepare(struct run *run)
{
	int r = run_look_at_command(run);

	if (r != EX_DONE)
		return r;
	run_choose_macs(run);
	if (run->dry_run) {
		run_pretend(run);
		r = run_command(run);
		if (r == EX_DONE)
			run_print_command(run);
		return r;
	}
	r = run_grants(run);
	if (r == EX_DONE)
		r = run_own_taps(run);
	if (r == EX_DONE)
		r = run_companions(run);
	return r == EX_DONE ? run_command(run) : r;
}

static int verb_run(int argc, char *const argv[])
{
	static struct run run;
	/* Ignored, as a caller may have left it, it would hide how children end (wait(2)). */
	const struct sigaction heard = {.sa_handler = SIG_DFL};
	int r = run_options(argc, argv, &run);

	(void)sigaction(SIGCHLD, &heard, NULL);
	if (r == EX_DONE && !run.done) {
		r = prepare(&run);
		if (r == EX_DONE && !run.dry_run)
			r = run_emulator(&run);
		if (!run.dry_run)
			run_clean_up(&run);
	}
	if (fflush(stdout) != 0)
		r = run_fail(EX_FAILED, "cannot write: %s", strerror(errno));
	run_free(&run);
	return r;
}

int main(int argc, char *argv[])
{
	/* Or the first file opened would take the place of a closed stderr. */
	if (stdfds_fill() < 0)
		return EX_FAILED; /* there is nowhere to say so */
	if (argc > 1 && strcmp(argv[1], "run") == 0)
		return verb_run(argc - 2, argv + 2);
	execv(QUESTIONS, argv);
	return run_fail(EX_FAILED, "%s: %s", QUESTIONS, strerror(errno));
}
