#pragma once

#include "bench/replay/world.h"

namespace marquee::bench {

/// Searches the weights of the live signals on the tune window, one weight at a time, for the best
/// NDCG@10 of the live tier, and prints them with what they give there: how the weights that ship
/// were chosen, before the test window was looked at.
void print_best_weights(World& world);

}  // namespace marquee::bench
