#include "testing/random_events.h"

#include <string>
#include <vector>

#include "testing/event_builder.h"

namespace marquee::testing {
namespace {

Event random_event(Rng& rng, std::uint64_t number, std::size_t viewers) {
  Event event;
  event.user_id = UserId("u" + std::to_string(rng.below(viewers)));
  event.movie_id = MovieId("m" + std::to_string(rng.below(8)));
  event.event_id = test_event_id(number);
  event.ts_ms = kTestEpochMs + static_cast<std::int64_t>(rng.below(5)) * 86'400'000;
  event.accepted_at_ms = event.ts_ms;
  event.type = static_cast<EventType>(rng.below(11));
  if (event.type == EventType::kRating)
    event.value = 0.5 + 0.5 * static_cast<double>(rng.below(10));
  if (event.type == EventType::kView && rng.below(2) == 0) event.value = rng.uniform();
  if (rng.below(4) == 0) event.type = EventType::kUndo;
  if (event.type == EventType::kUndo) {
    event.value.reset();
    event.undoes = test_event_id(rng.below(number + 2));
  }
  return event;
}

}  // namespace

void fill_log(FakeEventLog& log, Rng& rng, std::size_t events, std::size_t viewers) {
  std::vector<LogRecord> sent;
  for (std::uint64_t number = 0; number < events; ++number) {
    if (!sent.empty() && rng.below(6) == 0) {  // a repeat, now and then with other fields
      LogRecord again = sent[rng.below(sent.size())];
      if (rng.below(3) == 0) {
        again.event.movie_id = MovieId("other");
        again.fingerprint += 1;
      }
      log.push_unchecked(again.event, again.fingerprint);
      continue;
    }
    Event event = random_event(rng, number, viewers);
    if (rng.below(40) == 0) event.movie_id = MovieId("not an id");
    log.push_unchecked(event, number);
    sent.push_back({{}, event, number});
  }
}

}  // namespace marquee::testing
