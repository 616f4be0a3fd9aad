/* Status codes and the error record that every fallible function of ffengine fills.
 *
 * Contract: a function that can fail returns an ff_status and takes a struct ff_error *; the record is
 * written only on failure and may be NULL. Nothing in the library prints or exits.
 * Thread-safety: a record belongs to its caller; the functions here touch nothing else. */
#ifndef FFENGINE_ERROR_H
#define FFENGINE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define FF_API                 __attribute__((visibility("default")))
#define FF_NODISCARD           __attribute__((warn_unused_result))
#define FF_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* What kind of failure; the numbers are also the exit codes of the program ffengine. */
enum ff_status {
	FF_OK = 0,
	FF_ERROR_INTERNAL = 1, /* a bug in ffengine, or a library that failed for no reason we know */
	FF_ERROR_USAGE = 2,    /* the command line or the arguments of a call */
	FF_ERROR_CONFIG = 3,   /* the experiment file or an override */
	FF_ERROR_DATA = 4,     /* a dataset is missing, damaged or does not fit the experiment */
	FF_ERROR_IO = 5,       /* reading, writing or the network */
	FF_ERROR_MEMORY = 6,   /* more memory is needed than there is */
	FF_ERROR_NUMERIC = 7,  /* a loss that is not finite */
};
typedef enum ff_status ff_status;

enum { FF_ERROR_TEXT = 512 };

/* One failure: what happened, where (file:line:column, a path, or a layer), and what to do about it.
 * where and hint may be empty. */
struct ff_error {
	ff_status status;
	char what[FF_ERROR_TEXT];
	char where[FF_ERROR_TEXT];
	char hint[FF_ERROR_TEXT];
};

/* Name of a status in lower case, such as "config". Never NULL. */
FF_API const char *ff_status_name(ff_status status);

/* Writes "where: what; hint" as one line into text (size bytes, always terminated); returns text. */
FF_API char *ff_error_format(const struct ff_error *error, char *text, unsigned long size);

#ifdef __cplusplus
}
#endif
#endif
