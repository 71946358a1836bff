#include "bench/log/batches.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "formats/log_frame.h"

namespace marquee::bench {
namespace {

constexpr std::uint64_t kViewers = 100'000;
constexpr std::uint64_t kFilms = 10'000;

PendingEvent make_event(std::int64_t now_ms, Rng& rng) {
  PendingEvent pending;
  Event& event = pending.event;
  const std::uint64_t viewer = rng.below(kViewers);
  event.event_id = Uuid::v7(now_ms);
  event.user_id = UserId(fmt::format("u{}", viewer));
  event.movie_id = MovieId(fmt::format("m{}", rng.below(kFilms)));
  event.session_id = SessionId(fmt::format("s{}-{}", viewer, rng.below(10)));
  event.ts_ms = now_ms;
  event.accepted_at_ms = now_ms;
  switch (rng.below(3)) {
    case 0:
      event.type = EventType::kRating;
      event.value = static_cast<double>(1 + rng.below(10)) / 2;
      break;
    case 1:
      event.type = EventType::kView;
      event.value = rng.uniform();
      break;
    default:
      event.type = EventType::kClick;
      event.list_id = ListId(Uuid::v7(now_ms).to_string());
      event.position = static_cast<std::int32_t>(1 + rng.below(20));
  }
  pending.fingerprint = rng.next();
  return pending;
}

std::vector<std::byte> frame_of(const std::vector<PendingEvent>& events) {
  formats::FrameBuilder builder;
  builder.begin(0, 0);
  for (const PendingEvent& pending : events) builder.add(pending.event, pending.fingerprint);
  const auto frame = builder.finish({});
  return {frame.begin(), frame.end()};
}

}  // namespace

std::vector<Batch> make_batches(std::size_t count, std::size_t size, Rng& rng) {
  const std::int64_t now_ms = SystemClock().wall_ms();
  std::vector<Batch> batches(count);
  for (Batch& batch : batches) {
    for (std::size_t i = 0; i < size; ++i) batch.events.push_back(make_event(now_ms, rng));
    batch.frame = frame_of(batch.events);
  }
  return batches;
}

}  // namespace marquee::bench
