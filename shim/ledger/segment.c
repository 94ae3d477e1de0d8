/* SPDX-License-Identifier: MIT */
#include "segment.h"

#include <errno.h>
#include <stddef.h>
#include <sys/shm.h>
#include <unistd.h>

#define MODE 0600

/*
 * Keys are 32 bits that anybody may use: where the first is somebody else's, or another ledger's,
 * the next is tried.
 */
#define KEYS 4

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
	return hash ^ hash >> 31;
}

static uint64_t identity_of(const char *name)
{
	uint64_t hash = mix(mix(LEDGER_LAYOUT, sizeof(struct ledger)), geteuid());

	for (; *name; name++)
		hash = mix(hash, (unsigned char)*name);
	return hash ? hash : 1;
}

static key_t key_of(uint64_t identity, int attempt)
{
	key_t key = (key_t)(mix(identity, (uint64_t)attempt) >> 32);

	return key == IPC_PRIVATE ? 1 : key;
}

/* Made by this user, and no other may write to it, or could allow others to. */
static bool is_own(int id)
{
	struct shmid_ds about;

	return !shmctl(id, IPC_STAT, &about) && about.shm_perm.uid == geteuid() &&
	       about.shm_perm.cuid == geteuid() && (about.shm_perm.mode & 0777) == MODE &&
	       about.shm_segsz == sizeof(struct ledger);
}

/* Whether it is that ledger, or has just been made and becomes it. */
static bool claim(struct ledger *ledger, uint64_t identity)
{
	uint64_t before = 0;

	return atomic_compare_exchange_strong(&ledger->identity, &before, identity) ||
	       before == identity;
}

/* NULL, and *error: 0 where the key is taken by something else. */
static struct ledger *attach(int id, uint64_t identity, int *error)
{
	struct ledger *ledger = shmat(id, NULL, 0);

	if (ledger == (void *)-1) {
		*error = errno;
		return NULL;
	}
	if (is_own(id) && claim(ledger, identity))
		return ledger;
	shmdt(ledger);
	*error = EACCES;
	return NULL;
}

/* What another may have there: not ours to read, of another size, or just removed. */
static bool is_taken(int error)
{
	return error == EACCES || error == EINVAL || error == EIDRM;
}

struct ledger *segment_open(const char *name, bool make, int *error)
{
	uint64_t identity = identity_of(name);
	int flags = MODE | (make ? IPC_CREAT : 0);
	struct ledger *ledger = NULL;
	int saved = errno;

	*error = 0;
	for (int attempt = 0; attempt < KEYS; attempt++) {
		int id = shmget(key_of(identity, attempt), sizeof(struct ledger), flags);

		if (id >= 0)
			ledger = attach(id, identity, error);
		else
			*error = errno;
		if (ledger || !is_taken(*error))
			break;
	}
	errno = saved;
	return ledger;
}

void segment_close(struct ledger *ledger)
{
	shmdt(ledger);
}
