/* Which products sum up turned lists, and which leave them for those they were turned from. */
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "product/gemm_simd.h"
#include "support/products.h"

/* Row k of A is row[k] of the set, k in [0, n). */
static void choose_rows(const struct ff_csr_rows *listed, size_t n, uint32_t first)
{
	uint32_t *row = (uint32_t *)(uintptr_t)listed->row; /* the scene's own */
	for (uint32_t k = 0; k < n; k++)
		row[k] = first + k;
}

/* From within a block on; two in each other's place: then they are summed as lists that have not been turned. */
static void turned_lists_come_in_blocks(void)
{
	enum { BLOCKS = 16 /* 448 rows */, BEFORE = 5 };
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (int variant = 0; variant < 2; variant++) {
			struct scene s = scene_turned(BLOCKS, 0.0F, 0);
			struct ff_product *p = &s.product, plain = *p;
			struct ff_csr unturned = *p->listed->lists;
			struct ff_csr_rows other = {&unturned, p->listed->row, p->listed->factor};
			unturned.turned.start = NULL;
			if (variant == 0) {
				p->k -= BEFORE;
				choose_rows(p->listed, p->k, FF_CSC_ROWS + BEFORE);
			} else {
				choose_rows(p->listed, 2, FF_CSC_ROWS + 6);
				choose_rows(&(struct ff_csr_rows){.row = p->listed->row + 6}, 2, FF_CSC_ROWS);
			}
			plain.k = p->k;
			plain.listed = &other;
			plain.c = s.wanted;
			sets[set]->multiply_csr(&plain, 0, p->m, 0, p->n);
			sets[set]->multiply_csr(p, 0, p->m, 0, p->n);
			CHECK(memcmp(p->c, plain.c, p->m * p->n * sizeof *plain.c) == 0);
			scene_close(&s);
		}
}

/* They are what is multiplied, where they can be: of turned lists of zeros nothing is left. */
static void turned_lists_are_used(void)
{
	enum { TO_THE_END = 2 /* 784 rows */, BLOCKS = 16 /* 448 */ };
	static const struct {
		size_t shape, behind;
		bool picks, used;
	} CASES[] = {{TO_THE_END, 0, false, true},
	             {TO_THE_END, 1, false, false},
	             {TO_THE_END, 0, true, false},
	             {BLOCKS, 1, false, true}};
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
			struct scene s = scene_turned(CASES[i].shape, 0.0F, CASES[i].behind);
			struct ff_product *p = &s.product;
			const struct ff_csr_rows *listed = p->listed;
			uint32_t *pick = malloc(p->k * sizeof *pick);
			for (uint32_t k = 0; k < p->k; k++)
				pick[k] = k;
			p->pick = CASES[i].picks ? pick : NULL;
			memset(listed->lists->turned.byte, 0, listed->lists->start[listed->lists->turned.rows]);
			sets[set]->multiply_csr(p, 0, p->m, 0, p->n);
			CHECK(scene_holds(&s) == !CASES[i].used);
			bool zero = true;
			for (size_t c = 0; c < p->m * p->n; c++)
				zero = zero && p->c[c] == 0;
			CHECK(zero == CASES[i].used);
			free(pick);
			scene_close(&s);
		}
}

FF_TESTS("gemm_turned", {"turned lists are used", turned_lists_are_used},
         {"turned lists come in blocks", turned_lists_come_in_blocks})
