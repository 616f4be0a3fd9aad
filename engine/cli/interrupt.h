/* SIGINT, SIGTERM and SIGHUP: the first one asks the command under way to end early and in order, the next one ends it
 * at once, unless it comes within 0.3 s: senders such as timeout(1) signal a process and its group.
 * For the program's one main thread; the signals belong to the whole process. */
#ifndef ENGINE_CLI_INTERRUPT_H
#define ENGINE_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on; `tell` says so on standard error when the first comes. */
void ff_interrupt_watch(bool tell);

/* True if one has come. Any thread; `unused` makes it a stop of ff_run_options. */
bool ff_interrupt_came(void *unused);

/* The command did end early for it: so says the program's exit code. */
void ff_interrupt_obeyed(void);

/* 128 + the number of the signal that was obeyed: 129, 130 or 143; 0 if none was. */
int ff_interrupt_exit_code(void);

#endif
