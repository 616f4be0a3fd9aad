#include "support/kernel_cases.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

const struct ff_adam_step kernel_adam_step = {0.9F, 0.999F, 0.1F, 0.001F, 0.02F, 0.17F, 1e-8F, 0.005F};
const struct ff_sgd_step kernel_sgd_step = {0.9F, 0.1F, 0.05F, 0.002F};
const struct ff_mask kernel_mask = {0x123456789abcdef0, 77, 5, 3, 512, 11, 0x40000000, 4.0F / 3};

/* Whether the mask drops element j, by the generator's other implementation. */
static bool dropped(uint32_t j)
{
	const struct ff_mask *mask = &kernel_mask;
	struct ff_random random = ff_random_at(mask->seed, (enum ff_purpose)mask->purpose,
	                                       mask->layer + j / 4 * mask->stride, mask->epoch, mask->index);
	return random.word[j % 4] < mask->least;
}

/* ---- what an element adds to a sum ---- */

static double square_of_y(struct element before, struct element after)
{
	(void)before;
	return after.y * after.y;
}

static double square_of_x(struct element before, struct element after)
{
	(void)after;
	return before.x * before.x;
}

static double one_above(struct element before, struct element after)
{
	(void)after;
	return before.x > (double)-0.3F;
}

static double square_above(struct element before, struct element after)
{
	return one_above(before, after) > 0 ? before.x * before.x : 0;
}

static struct element unchanged(struct element e)
{
	return e;
}

/* ---- calls and formulas ---- */

static float run_bias_relu(const struct ff_kernels *k, const struct operands *o)
{
	return k->bias_relu(o->y, o->x, o->n);
}

static struct element bias_relu(struct element e)
{
	e.y = fmax(e.y + e.x, 0);
	return e;
}

static float run_label_relu(const struct ff_kernels *k, const struct operands *o)
{
	return k->label_relu(o->m, 0.7F, o->x, -1.3F, o->v, o->y, o->n);
}

static struct element label_relu(struct element e)
{
	e.y = fmax(0.7 * e.m - 1.3 * e.x + e.v, 0);
	return e;
}

static float run_sum_square(const struct ff_kernels *k, const struct operands *o)
{
	return k->sum_square(o->x, o->n);
}

static float run_scale(const struct ff_kernels *k, const struct operands *o)
{
	k->scale(o->x, -1.7F, o->y, o->n);
	return 0;
}

static struct element scale(struct element e)
{
	e.y = -1.7 * e.x;
	return e;
}

static float run_scale_in_place(const struct ff_kernels *k, const struct operands *o)
{
	k->scale(o->y, 0.3F, o->y, o->n);
	return 0;
}

static struct element scale_in_place(struct element e)
{
	e.y *= 0.3;
	return e;
}

static float run_add_scaled(const struct ff_kernels *k, const struct operands *o)
{
	k->add_scaled(o->y, 0.37F, o->x, o->n);
	return 0;
}

static struct element add_scaled(struct element e)
{
	e.y += 0.37 * e.x;
	return e;
}

static float run_add_live(const struct ff_kernels *k, const struct operands *o)
{
	uint32_t *live = malloc((o->n + 1) * sizeof *live);
	memcpy(live, o->m, o->n * sizeof *live);
	k->add_live(o->y, live, o->x, o->n);
	memcpy(o->m, live, o->n * sizeof *live);
	free(live);
	return 0;
}

static struct element add_live(struct element e)
{
	e.y += e.x; /* m as integers has its last bit set, which a float hardly shows */
	return e;
}

static float run_fold(const struct ff_kernels *k, const struct operands *o)
{
	k->fold(&(struct ff_fold){o->y, o->x, o->m, o->m, 0.7F, o->v, NULL, NAN}, o->n);
	return 0;
}

static struct element fold(struct element e)
{
	e.m += 0.7 * (e.y + e.x); /* both rows have one label */
	e.v += e.y + e.x;
	e.y += e.x;
	return e;
}

static float run_fold_with_offset(const struct ff_kernels *k, const struct operands *o)
{
	k->fold(&(struct ff_fold){o->y, o->x, o->m, o->p, -1.3F, o->v, o->q, 0.2F}, o->n);
	return 0;
}

static struct element fold_with_offset(struct element e)
{
	e.m -= 1.3 * e.y;
	e.p -= 1.3 * e.x;
	e.v += e.y + e.x;
	e.q += 0.2 * (e.y + e.x);
	e.y += e.x;
	return e;
}

static float run_decode(const struct ff_kernels *k, const struct operands *o)
{
	k->decode((const uint8_t *)o->x, 1.0F / 255, -0.42F, o->y, o->n);
	return 0;
}

static struct element decode(struct element e)
{
	e.y = e.byte / 255.0 - 0.42;
	return e;
}

static float run_adam(const struct ff_kernels *k, const struct operands *o)
{
	k->adam(&kernel_adam_step, &(struct ff_step_block){1, o->n, o->n, o->y, o->m, o->v, o->x, o->n, NULL, NULL});
	return 0;
}

static struct element adam(struct element e)
{
	e.m = 0.9 * e.m + 0.1 * e.x;
	e.v = 0.999 * e.v + 0.001 * e.x * e.x;
	e.y = 0.995 * e.y - 0.02 * e.m / (sqrt(e.v) / 0.17 + 1e-8);
	return e;
}

static float run_sgd(const struct ff_kernels *k, const struct operands *o)
{
	k->sgd(&kernel_sgd_step, &(struct ff_step_block){1, o->n, o->n, o->y, o->m, NULL, o->x, o->n, NULL, NULL});
	return 0;
}

static struct element sgd(struct element e)
{
	e.m = 0.9 * e.m + 0.1 * e.x;
	e.y -= 0.05 * (e.m + 0.002 * e.y);
	return e;
}

static float run_count_above(const struct ff_kernels *k, const struct operands *o)
{
	return (float)k->count_above(o->x, -0.3F, o->n);
}

static float run_sum_square_above(const struct ff_kernels *k, const struct operands *o)
{
	return k->sum_square_above(o->x, -0.3F, o->n);
}

static float run_scale_above(const struct ff_kernels *k, const struct operands *o)
{
	k->scale_above(o->x, 0.2F, -1.7F, o->y, o->n);
	return 0;
}

static struct element scale_above(struct element e)
{
	e.y = e.x > (double)0.2F ? -1.7 * e.x : 0;
	return e;
}

static float run_scale_above_in_place(const struct ff_kernels *k, const struct operands *o)
{
	k->scale_above(o->y, 0.0F, 0.3F, o->y, o->n);
	return 0;
}

static struct element scale_above_in_place(struct element e)
{
	e.y = e.y > 0 ? 0.3 * e.y : 0;
	return e;
}

static float run_drop(const struct ff_kernels *k, const struct operands *o)
{
	k->drop(&kernel_mask, o->y, o->n);
	return 0;
}

static struct element drop(struct element e)
{
	e.y = dropped(e.j) ? 0 : e.y * 4 / 3;
	return e;
}

const struct kernel_case kernel_cases[] = {
    {"bias_relu", run_bias_relu, bias_relu, square_of_y},
    {"label_relu", run_label_relu, label_relu, square_of_y},
    {"sum_square", run_sum_square, unchanged, square_of_x},
    {"scale", run_scale, scale, NULL},
    {"scale in place", run_scale_in_place, scale_in_place, NULL},
    {"add_scaled", run_add_scaled, add_scaled, NULL},
    {"add_live", run_add_live, add_live, NULL},
    {"fold", run_fold, fold, NULL},
    {"fold with offset", run_fold_with_offset, fold_with_offset, NULL},
    {"decode", run_decode, decode, NULL},
    {"adam", run_adam, adam, NULL},
    {"sgd", run_sgd, sgd, NULL},
    {"count_above", run_count_above, unchanged, one_above},
    {"sum_square_above", run_sum_square_above, unchanged, square_above},
    {"scale_above", run_scale_above, scale_above, NULL},
    {"scale_above in place", run_scale_above_in_place, scale_above_in_place, NULL},
    {"drop", run_drop, drop, NULL},
};
const int n_kernel_cases = sizeof kernel_cases / sizeof *kernel_cases;
