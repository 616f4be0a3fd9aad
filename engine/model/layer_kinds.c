#include "model/layer_kinds.h"

#include "model/dense.h"
#include "model/labelled.h"

const struct ff_layer_kind *ff_layer_kind_of(const struct ff_experiment *experiment, int index)
{
	bool labelled = experiment->mode == FF_SUPERVISED && index == 0;
	return labelled ? &ff_labelled_kind : &ff_dense_kind;
}
