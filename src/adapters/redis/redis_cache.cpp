#include "adapters/redis/redis_cache.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include "adapters/redis/bump_sender.h"
#include "adapters/redis/invalidation_feed.h"
#include "adapters/redis/kept_bumps.h"
#include "adapters/redis/near_lists.h"
#include "adapters/redis/redis_link.h"
#include "formats/cached_list.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using List = std::shared_ptr<const CachedList>;

SteadyTime in(milliseconds budget) { return std::chrono::steady_clock::now() + budget; }

/// What MGET answered about one viewer.
struct Found {
  std::string epoch;
  std::optional<std::string> bumped;
  std::optional<std::string> list;
  std::chrono::milliseconds ttl{0};  ///< that the list has left; 0 unless asked for
};

std::optional<std::string> optional_text(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_STRING) return std::nullopt;
  return std::string(text_of(reply));
}

/// An error when the answer is not one, or not one of the server's run that this session knows: the
/// epoch was evicted or flushed, or the server has become another's replica.
Result<Found> read_found(const redisReply& reply, const std::string& run_id) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) {
    return Error{ErrorCode::kDataLoss, "the answer to MGET is not three values"};
  }
  Found found{std::string(text_of(*reply.element[0])), optional_text(*reply.element[1]),
              optional_text(*reply.element[2]), milliseconds(0)};
  if (found.epoch.starts_with(run_id)) return found;
  return Error{ErrorCode::kUnavailable, "the cache's epoch is gone or of another server"};
}

}  // namespace

class RedisCache::Impl {
 public:
  Impl(RedisAddress address, MovieTable& movies, const Clock& clock, const Options& options)
      : options_(options),
        movies_(movies),
        clock_(clock),
        link_(std::move(address), Keys(options.prefix), clock,
              {options.connections_max, options.slow_fill_max, options.breaker}),
        kept_(options.kept_bumps_max),
        near_(options.near_bytes_max),
        sender_(link_, kept_,
                {options.background_budget, options.ttl * 2 + options.slow_fill_max}) {
    link_.on_session_wanted([this] { sender_.wake(); });
    connect();
    if (!near_.is_on()) return;
    InvalidationFeed::Options feed;
    feed.answer_max = options.near_answer_max;
    feed.ping_interval = options.near_answer_max / 4;
    feed.open_budget = options.background_budget;
    feed_.emplace(link_, near_, feed);
  }

  List find(const UserId& user, const std::optional<ModelVersion>& generation,
            std::uint64_t version_min) {
    const auto now = clock_.steady();
    if (List copy = find_near(user, generation, version_min, now)) return copy;
    // Before the kept bumps are looked at and Redis is asked: what happens meanwhile keeps the copy
    // out.
    const auto mark = near_.mark(user, now);
    const std::uint64_t floor = std::max(version_min, kept_.floor(user));
    const auto found = ask_for(user, mark.has_value());
    if (!found) {
      ++unanswered_;
      return nullptr;
    }
    List list = read_list(*found, user, generation, floor);
    ++(list ? hits_ : misses_);
    if (mark) keep_near(*mark, *found, user, list, now);
    return list;
  }

  void fill(const UserId& user, const CachedList& list) {
    const bool overtaken = list.profile_version < kept_.floor(user);
    ++(!overtaken && store(user, list) ? fills_ : fills_dropped_);
    near_.drop(user);  // Redis tells, too, but later than this process's next find
  }

  void bump(const UserId& user, std::uint64_t version) {
    kept_.add(user, version);  // first: who takes a mark after the drop must find it
    near_.drop_below(user, version);
    sender_.wake();
  }

  void clear() {
    if (!begin_epoch()) {
      kept_.open_gap();
      sender_.wake();
    }
    near_.drop_all();
  }

  std::size_t bytes() const;
  Result<void> health() const;
  Result<void> near_health() const { return feed_ ? feed_->health() : Result<void>(); }
  RedisCacheCounts counts() const;
  void report_to(telemetry::Metrics& metrics);

 private:
  void connect();
  List find_near(const UserId& user, const std::optional<ModelVersion>& generation,
                 std::uint64_t version_min, NearLists::TimePoint now);
  void keep_near(const NearLists::Mark& mark, const Found& found, const UserId& user,
                 const List& list, NearLists::TimePoint asked);
  std::optional<Found> ask_for(const UserId& user, bool with_ttl);
  List read_list(const Found& found, const UserId& user,
                 const std::optional<ModelVersion>& generation, std::uint64_t floor);
  bool store(const UserId& user, const CachedList& list);
  bool begin_epoch();
  void ask_for_memory();

  const Options options_;
  MovieTable& movies_;
  const Clock& clock_;
  RedisLink link_;
  KeptBumps kept_;
  NearLists near_;
  std::atomic<std::uint64_t> hits_ = 0;
  std::atomic<std::uint64_t> misses_ = 0;
  std::atomic<std::uint64_t> unanswered_ = 0;
  std::atomic<std::uint64_t> fills_ = 0;
  std::atomic<std::uint64_t> fills_dropped_ = 0;
  std::atomic<std::uint64_t> damaged_ = 0;
  std::atomic<std::size_t> used_bytes_ = 0;    ///< as Redis said last
  std::atomic<std::size_t> filled_bytes_ = 0;  ///< since then
  std::optional<RedisCacheMetrics> metrics_;   ///< touched by the sender's thread only
  std::optional<InvalidationFeed> feed_;       ///< the sender's thread reads its counts
  BumpSender sender_;                          ///< ends before what it uses
};

/// So that the first request finds a connection. A Redis that is away is found later.
void RedisCache::Impl::connect() {
  auto permit = link_.breaker().acquire();
  if (permit && link_.open_session(*permit, in(options_.background_budget)).ok()) {
    permit->succeeded();
  }
}

List RedisCache::Impl::find_near(const UserId& user, const std::optional<ModelVersion>& generation,
                                 std::uint64_t version_min, NearLists::TimePoint now) {
  const bool is_used = link_.breaker().state() == CircuitBreaker::State::kClosed;
  if (!is_used || kept_.has_gap()) return nullptr;
  return near_.find(user, generation, version_min, now);
}

void RedisCache::Impl::keep_near(const NearLists::Mark& mark, const Found& found,
                                 const UserId& user, const List& list, NearLists::TimePoint asked) {
  if (!found.epoch.starts_with(*mark.run_id)) {
    near_.distrust();  // one server tells of changes, another has the lists
  } else if (list && found.ttl > milliseconds(0)) {
    near_.put(mark, user, list, asked + found.ttl);
  }
}

std::optional<Found> RedisCache::Impl::ask_for(const UserId& user, bool with_ttl) {
  if (kept_.has_gap()) return std::nullopt;
  auto permit = link_.breaker().acquire_unless_open();
  if (!permit) return std::nullopt;
  const KnownEpoch::Text before = link_.epoch().get();
  const std::string version_key = link_.keys().version_of(user);
  const std::string list_key = link_.keys().list_of(user);
  std::vector<Command> commands{{"MGET", link_.keys().epoch(), version_key, list_key}};
  if (with_ttl) commands.push_back({"PTTL", list_key});
  const SteadyTime deadline = in(options_.call_budget);
  std::optional<Found> found;
  const auto answered =
      link_.ask(*permit, deadline, [&](Session& session) -> Result<RedisLink::Replies> {
        MARQUEE_TRY(auto replies, session.exchange(commands, deadline));
        if (replies[0]->type == REDIS_REPLY_ERROR) return replies;
        MARQUEE_TRY(found, read_found(*replies[0], session.run_id()));
        if (with_ttl && replies[1]->type == REDIS_REPLY_INTEGER) {
          found->ttl = milliseconds(replies[1]->integer);
        }
        return replies;
      });
  if (!answered.ok() || !found) return std::nullopt;
  permit->succeeded();
  link_.epoch().saw(before, found->epoch);
  return found;
}

List RedisCache::Impl::read_list(const Found& found, const UserId& user,
                                 const std::optional<ModelVersion>& generation,
                                 std::uint64_t floor) {
  if (!found.list) return nullptr;
  if (found.bumped) {
    const auto bumped = formats::parse_version_digits(*found.bumped);
    if (!bumped) {
      ++damaged_;
      return nullptr;
    }
    floor = std::max(floor, *bumped);
  }
  const std::string stamp = formats::cached_list_stamp(user, found.epoch, generation);
  auto list = formats::decode_cached_list(std::as_bytes(std::span(*found.list)), stamp, generation,
                                          movies_);
  if (!list.ok()) {
    if (list.error().code == ErrorCode::kDataLoss) ++damaged_;
    return nullptr;
  }
  if (list->profile_version < floor) return nullptr;
  return std::make_shared<const CachedList>(std::move(list).value());
}

bool RedisCache::Impl::store(const UserId& user, const CachedList& list) {
  if (kept_.has_gap() || !link_.epoch().may_fill()) return false;
  auto permit = link_.breaker().acquire_unless_open();
  if (!permit) return false;
  const std::string epoch = *link_.epoch().get();
  const std::string stamp = formats::cached_list_stamp(user, epoch, list.generation);
  const std::string value = formats::encode_cached_list(list, stamp, movies_);
  const std::string digits = formats::version_digits(list.profile_version);
  const std::string ttl = std::to_string(options_.ttl.count());
  const std::string version_key = link_.keys().version_of(user);
  const std::string list_key = link_.keys().list_of(user);
  const std::vector<Command> calls{{"3", version_key, list_key, link_.keys().epoch(), digits, stamp,
                                    value, ttl, epoch,
                                    std::string_view(&formats::kCachedListFormat, 1)}};
  const SteadyTime deadline = in(options_.call_budget);
  const auto answered = link_.ask(*permit, deadline, [&](Session& session) {
    return session.run(kFillScript, calls, deadline);
  });
  if (!answered.ok()) return false;
  permit->succeeded();
  const redisReply& reply = *answered->front();
  if (reply.type != REDIS_REPLY_INTEGER || reply.integer != 1) return false;
  filled_bytes_ += value.size();
  return true;
}

bool RedisCache::Impl::begin_epoch() {
  auto permit = link_.breaker().acquire_unless_open();
  if (!permit) return false;
  std::string epoch;
  const SteadyTime deadline = in(options_.background_budget);
  const auto answered = link_.ask_patiently(*permit, deadline, [&](Session& session) {
    epoch = new_epoch(session.run_id(), clock_);
    const std::vector<Command> commands{{"SET", link_.keys().epoch(), epoch}};
    return session.exchange(commands, deadline);
  });
  if (!answered.ok()) return false;
  permit->succeeded();
  link_.epoch().began(std::move(epoch));
  return true;
}

std::size_t RedisCache::Impl::bytes() const {
  return used_bytes_ + filled_bytes_ + near_.counts().bytes;
}

/// On the sender's thread, so that nobody who asks for bytes() waits for Redis.
void RedisCache::Impl::ask_for_memory() {
  auto permit = link_.breaker().acquire_unless_open();
  if (!permit) return;
  const std::size_t filled_before = filled_bytes_;
  const SteadyTime deadline = in(options_.background_budget);
  const auto answered = link_.ask_patiently(*permit, deadline, [&](Session& session) {
    return session.exchange(std::vector<Command>{{"INFO", "memory"}}, deadline);
  });
  if (!answered.ok()) return;
  permit->succeeded();
  const std::string_view text = info_field(text_of(*answered->front()), "used_memory");
  std::size_t used = 0;
  std::from_chars(text.data(), text.data() + text.size(), used);
  used_bytes_ = used;
  filled_bytes_ -= filled_before;
}

Result<void> RedisCache::Impl::health() const {
  MARQUEE_CHECK(link_.health());  // first: who is not let in cannot give anything up, either
  if (kept_.has_gap()) {
    return Error{ErrorCode::kUnavailable, "everything in Redis is being given up"};
  }
  return {};
}

RedisCacheCounts RedisCache::Impl::counts() const {
  RedisCacheCounts counts;
  counts.breaker = link_.breaker().state();
  counts.until_probe = link_.breaker().until_probe();
  counts.breaker_opened = link_.breaker().opened();
  counts.hits = hits_;
  counts.misses = misses_;
  counts.unanswered = unanswered_;
  counts.fills = fills_;
  counts.fills_dropped = fills_dropped_;
  counts.bumps = sender_.sent();
  counts.timeouts = link_.timeouts();
  counts.unconnected = link_.unconnected();
  counts.failures = link_.failures();
  counts.damaged = damaged_;
  counts.gaps = kept_.gaps();
  counts.kept_bumps = kept_.size();
  counts.connections = link_.pool().in_use();
  counts.connections_open = link_.pool().open();
  counts.connections_max = link_.pool().limit();
  const NearLists::Counts near = near_.counts();
  counts.near_hits = near.hits;
  counts.near_kept_out = near.kept_out;
  counts.near_lists = near.lists;
  counts.near_bytes = near.bytes;
  counts.near_up = feed_ && near_.is_trusted(clock_.steady());
  counts.near_invalidations = feed_ ? feed_->invalidations() : 0;
  counts.near_losses = feed_ ? feed_->losses() : 0;
  return counts;
}

void RedisCache::Impl::report_to(telemetry::Metrics& metrics) {
  sender_.every_second([this, &metrics] {
    ask_for_memory();
    if (!metrics_) metrics_.emplace(metrics);
    metrics_->show(counts());
  });
}

RedisCache::RedisCache(RedisAddress address, MovieTable& movies, const Clock& clock,
                       Options options)
    : impl_(std::make_unique<Impl>(std::move(address), movies, clock, options)) {}

RedisCache::~RedisCache() = default;

List RedisCache::find(const UserId& user, const std::optional<ModelVersion>& generation,
                      std::uint64_t version_min) {
  return impl_->find(user, generation, version_min);
}

void RedisCache::fill(const UserId& user, List list) { impl_->fill(user, *list); }

void RedisCache::bump(const UserId& user, std::uint64_t version) { impl_->bump(user, version); }

void RedisCache::clear() { impl_->clear(); }

std::size_t RedisCache::bytes() const { return impl_->bytes(); }

Result<void> RedisCache::health() const { return impl_->health(); }

Result<void> RedisCache::near_health() const { return impl_->near_health(); }

RedisCacheCounts RedisCache::counts() const { return impl_->counts(); }

void RedisCache::report_to(telemetry::Metrics& metrics) { impl_->report_to(metrics); }

}  // namespace marquee::redis
