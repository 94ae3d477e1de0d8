/* SPDX-License-Identifier: MIT */
/*
 * Callers that the dynamic linker does not bind to us: those that look symbols
 * up themselves (dlsym), and plugins opened with RTLD_DEEPBIND.
 *
 * dlsym and dlvsym answer with our function where the real one finds one of
 * libcurl's that we stand in front of. All other look-ups, and RTLD_NEXT where
 * it finds anything, are a tail jump to what is next, since libc's looks at its return address;
 * lookup_<machine>.S holds those jumps, since C promises none.
 *
 * dlopen must be a tail jump too: it notes RTLD_DEEPBIND, and the next dlsym,
 * which whoever opens a plugin needs for its entry point, finds the note and
 * points the new objects' slots at us.
 */
#ifndef CURLRETRY_LOOKUP_H
#define CURLRETRY_LOOKUP_H

#include <stdbool.h>

/* What the assembly gets back in two registers. */
struct looked_up {
	void *value;
	unsigned long final;	/* 0: jump to the next function */
};

/*
 * How many objects were opened with RTLD_DEEPBIND and may not have been seen yet; read by the
 * assembly.
 */
extern unsigned lookup_pending;

/*
 * For the assembly: names that may be ours, or anything while lookup_pending. VERSION is NULL for
 * dlsym.
 */
struct looked_up lookup_dlsym(void *handle, const char *name, const char *version,
			      const void *caller);

/* For the assembly: an object is about to be opened with RTLD_DEEPBIND. */
void lookup_note_deepbind(void);

#endif
