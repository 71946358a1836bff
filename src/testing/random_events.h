#pragma once

#include <cstddef>

#include "base/rng.h"
#include "testing/fake_event_log.h"

namespace marquee::testing {

/// What a few viewers do to a handful of films, by `rng`: events of every type, undos of anything,
/// repeats (now and then with other fields) and poison, as nobody at the door would let them in.
void fill_log(FakeEventLog& log, Rng& rng, std::size_t events, std::size_t viewers);

}  // namespace marquee::testing
