/* Imports result.json. */
#ifndef ENGINE_STORE_STORE_RESULT_H
#define ENGINE_STORE_STORE_RESULT_H

#include "store/store_files.h"
#include "store/store_rows.h"

/* Updates the run's row and adds the rows of its layers and stages. *ended: there is a result.
 * Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_import_result(const struct ff_store_files *files, const struct ff_store_target *run,
                                              bool *ended);

#endif
