/* How far apart two words are, for "did you mean ...?". Pure functions. */
#ifndef ENGINE_BASE_EDIT_DISTANCE_H
#define ENGINE_BASE_EDIT_DISTANCE_H

enum { FF_EDIT_DISTANCE_LETTERS = 64 }; /* letters compared; no name is as long */

/* Letters to insert, delete, change or swap with their neighbour to make b from a (optimal string alignment); case
 * does not count, nor does - for _. */
int ff_edit_distance(const char *a, const char *b);

#endif
