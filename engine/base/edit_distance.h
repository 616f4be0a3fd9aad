/* The distance of two words, for "did you mean ...?". Thread-safe: a pure function. */
#ifndef ENGINE_BASE_EDIT_DISTANCE_H
#define ENGINE_BASE_EDIT_DISTANCE_H

enum { FF_EDIT_DISTANCE_LETTERS = 64 }; /* letters that are compared; every name is shorter */

/* The number of letters to insert, delete, change or swap with a neighbour to turn a into b (optimal string alignment).
 * Case does not count, and - equals _. */
int ff_edit_distance(const char *a, const char *b);

#endif
