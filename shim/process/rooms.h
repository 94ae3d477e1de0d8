/* SPDX-License-Identifier: MIT */
/*
 * Rooms of one size, for what is kept for the length of a transfer: given back
 * they wait for whoever takes one next, which touches warm memory and allocates
 * nothing. Any thread, also after a fork in the midst of it. At most ROOMS_SPARE
 * wait, 8 MiB, as many as were in use at one time; further ones are freed.
 */
#ifndef CURLRETRY_ROOMS_H
#define CURLRETRY_ROOMS_H

/* A body of 64 KiB and what is noted of its pieces. */
#define ROOM_SIZE (65 * 1024)
#define ROOMS_SPARE 126

/* NULL: there is no memory. */
char *room_take(void);

void room_give(char *room);

#endif
