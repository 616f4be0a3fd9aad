/* Wrong labels drawn by the head's logits or by goodness: their frequencies, the limits of u, and useless odds. */
#include "support/harness.h"

#include <math.h>
#include <string.h>

#include "model/head.h"

/* 100,000 evenly spaced u give each index its share to within a few of them. */
static void draws_follow_their_odds(void)
{
	enum { DRAWS = 100000 };
	static const float LOGITS[] = {1.5F, -0.3F, 30, 0.2F, -200, 2};
	static const double GOODNESS[] = {0, 4, 1, 0.25, 100, 2.25};
	for (int label = 0; label < 6; label++) {
		int by_logits[6] = {0}, by_goodness[6] = {0};
		double odds = 0, root = 0;
		ff_scenario("label %d", label);
		for (int i = 1; i <= DRAWS; i++) {
			by_logits[ff_draw_by_logits(LOGITS, 6, label, (double)i / DRAWS)]++;
			by_goodness[ff_draw_by_goodness(GOODNESS, 6, label, (double)i / DRAWS)]++;
		}
		for (int c = 0; c < 6; c++) {
			odds += c == label ? 0 : exp((double)LOGITS[c]);
			root += c == label ? 0 : sqrt(GOODNESS[c]);
		}
		for (int c = 0; c < 6; c++) {
			CHECK_NEAR(by_logits[c], c == label ? 0 : DRAWS * exp((double)LOGITS[c]) / odds, 1.01);
			CHECK_NEAR(by_goodness[c], c == label ? 0 : DRAWS * sqrt(GOODNESS[c]) / root, 1.01);
		}
		CHECK_INT(by_logits[label] + by_goodness[label], 0);
	}
}

/* u at both ends and beside every step of the cumulative distribution. */
static void the_ends_of_a_draw_are_no_label(void)
{
	const float logits[] = {-1e30F, 0, -1e30F, 0, -1e30F};
	for (int label = 0; label < 5; label++)
		for (double u = 1.0 / 4294967296; u <= 1; u *= 2) {
			int drawn = ff_draw_by_logits(logits, 5, label, u);
			ff_scenario("label %d, u %g", label, u);
			CHECK(drawn != label && (drawn == 1 || drawn == 3));
			CHECK_INT(ff_draw_by_goodness((const double[]){0, 0, 0, 5, 0}, 5, label == 3 ? 0 : label, u),
			          3);
		}
	CHECK_INT(ff_draw_by_logits(logits, 5, 0, 1), 3);
	CHECK_INT(ff_draw_by_logits(logits, 5, 0, 0.5), 1);
	CHECK_INT(ff_draw_by_logits(logits, 5, 3, 1), 1);
	CHECK_INT(ff_draw_by_logits(logits, 2, 1, 1), 0);
	CHECK_INT(ff_draw_by_logits(logits, 2, 0, 1.0 / 4294967296), 1);
}

/* With useless odds (not finite, or all 0), each of nine wrong labels gets 1111 of 9999 draws, the true one none. */
static void draws_without_odds_are_uniform(void)
{
	enum { N = 10, DRAWS = 9999 };
	static const float BROKEN[] = {NAN, INFINITY, -INFINITY};
	for (int kind = 0; kind < 5; kind++)
		for (int label = 0; label < N; label++) {
			float logits[N];
			double goodness[N];
			int by_logits[N] = {0}, by_goodness[N] = {0};
			ff_scenario("odds of kind %d, label %d", kind, label);
			for (int c = 0; c < N; c++) {
				logits[c] = kind < 3 ? BROKEN[kind] : (float)c;
				goodness[c] = kind < 3 ? (double)BROKEN[kind] : (double)c;
			}
			if (kind == 3) /* one broken among sound ones */
				goodness[(label + 1) % N] = (double)(logits[(label + 1) % N] = NAN);
			if (kind == 4) {
				memset(goodness, 0, sizeof goodness);
				logits[(label + 1) % N] = INFINITY;
			}
			for (int i = 1; i <= DRAWS; i++) {
				by_logits[ff_draw_by_logits(logits, N, label, (double)i / DRAWS)]++;
				by_goodness[ff_draw_by_goodness(goodness, N, label, (double)i / DRAWS)]++;
			}
			for (int c = 0; c < N; c++) {
				CHECK_NEAR(by_logits[c], c == label ? 0 : 1111, 1);
				CHECK_NEAR(by_goodness[c], c == label ? 0 : 1111, 1);
			}
		}
}

/* The true label's own odds do not matter, whatever they are. */
static void the_label_itself_does_not_matter(void)
{
	static const float VALUES[] = {0, 1e30F, INFINITY, NAN};
	for (int v = 0; v < 4; v++)
		for (int i = 1; i <= 100; i++) {
			const float logits[] = {1, VALUES[v], 2, 0.5F}, plain[] = {1, 0, 2, 0.5F};
			const double goodness[] = {1, (double)VALUES[v], 2, 0.5}, sound[] = {1, 0, 2, 0.5};
			ff_scenario("own odds of %g, u %g", (double)VALUES[v], i / 100.0);
			CHECK_INT(ff_draw_by_logits(logits, 4, 1, i / 100.0),
			          ff_draw_by_logits(plain, 4, 1, i / 100.0));
			CHECK_INT(ff_draw_by_goodness(goodness, 4, 1, i / 100.0),
			          ff_draw_by_goodness(sound, 4, 1, i / 100.0));
		}
}

FF_TESTS("draws", {"draws follow their odds", draws_follow_their_odds},
         {"the ends of a draw are no label", the_ends_of_a_draw_are_no_label},
         {"draws without odds are uniform", draws_without_odds_are_uniform},
         {"the label itself does not matter", the_label_itself_does_not_matter})
