#include "adapters/redis/bump_sender.h"

#include <algorithm>

#include "formats/cached_list.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBumpsAtOnce = 256;
/// Looks around as often without being woken: a breaker opens without telling anybody.
constexpr milliseconds kPauseMax{100};
constexpr milliseconds kPauseAfterFailure{20};

}  // namespace

BumpSender::BumpSender(RedisLink& link, KeptBumps& kept, const Options& options)
    : link_(link), kept_(kept), options_(options), thread_([this] { run(); }) {}

BumpSender::~BumpSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void BumpSender::wake() {
  {
    const std::lock_guard lock(mutex_);
  }  // whoever looks now has looked before it sleeps
  woken_.notify_one();
}

void BumpSender::every_second(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  every_second_ = std::move(call);
}

void BumpSender::run() {
  auto next_call = std::chrono::steady_clock::now();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, pause(), [this] { return stopping_ || (!failed_ && has_work()); });
      if (stopping_) break;
    }
    call_every_second(next_call);
    failed_ = false;
    if (!has_work()) continue;
    auto permit = link_.breaker().acquire();
    if (!permit) continue;
    failed_ = !work(*permit);
  }
  auto permit = link_.breaker().acquire_unless_open();
  if (permit && kept_.size() > 0) work(*permit);
}

bool BumpSender::has_work() const {
  const CircuitBreaker& breaker = link_.breaker();
  if (breaker.state() != CircuitBreaker::State::kClosed) {
    return breaker.until_probe() == milliseconds(0);
  }
  return kept_.size() > 0 || kept_.has_gap() || link_.wants_session();
}

milliseconds BumpSender::pause() const {
  if (failed_) return kPauseAfterFailure;
  const milliseconds until_probe = link_.breaker().until_probe();
  return until_probe > milliseconds(0) ? std::min(until_probe, kPauseMax) : kPauseMax;
}

void BumpSender::call_every_second(std::chrono::steady_clock::time_point& next) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next) return;
  next = now + std::chrono::seconds(1);
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = every_second_;
  }
  call();  // without the lock: it may ask Redis, and so wake us
}

bool BumpSender::work(CircuitBreaker::Permit& permit) {
  if (link_.wants_session() && !link_.open_session(permit, deadline()).ok()) return false;
  const bool probing = link_.breaker().state() != CircuitBreaker::State::kClosed;
  if (probing && !probe(permit)) return false;
  const bool had_gap = kept_.has_gap();
  if (had_gap && !begin_epoch(permit)) return false;
  // New bumps may come as quickly as they go; those that were here at the start are what counts.
  const std::size_t rounds = (kept_.size() + kBumpsAtOnce - 1) / kBumpsAtOnce;
  for (std::size_t i = 0; i < rounds; ++i) {
    if (!send_some(permit)) return false;
  }
  // That a session can be opened is no answer yet: with it, a Redis that lets in and then falls
  // silent would look well between any two failures.
  if (probing || had_gap || rounds > 0) permit.succeeded();
  return true;
}

/// A write, since a Redis without room still answers reads.
bool BumpSender::probe(CircuitBreaker::Permit& permit) {
  const std::string key = link_.keys().probe();
  const std::vector<Command> commands{{"SET", key, "1", "PX", "1000"}};
  return link_
      .ask_patiently(permit, deadline(),
                     [&](Session& session) { return session.exchange(commands, deadline()); })
      .ok();
}

bool BumpSender::begin_epoch(CircuitBreaker::Permit& permit) {
  const std::uint64_t gaps = kept_.gaps();
  std::string epoch;
  const auto answered = link_.ask_patiently(permit, deadline(), [&](Session& session) {
    epoch = new_epoch(session.run_id(), link_.clock());
    const std::vector<Command> commands{{"SET", link_.keys().epoch(), epoch}};
    return session.exchange(commands, deadline());
  });
  if (!answered.ok()) return false;
  link_.epoch().saw(link_.epoch().get(), epoch);
  kept_.close_gap(gaps);
  return true;
}

bool BumpSender::send_some(CircuitBreaker::Permit& permit) {
  const std::vector<KeptBumps::Bump> bumps = kept_.some(kBumpsAtOnce);
  const std::string ttl = std::to_string(options_.version_ttl.count());
  const std::string_view format(&formats::kCachedListFormat, 1);
  std::vector<std::string> words;
  words.reserve(bumps.size() * 3);  // calls point into it
  std::vector<Command> calls;
  for (const auto& [user, version] : bumps) {
    const std::string& version_key = words.emplace_back(link_.keys().version_of(user));
    const std::string& list_key = words.emplace_back(link_.keys().list_of(user));
    const std::string& digits = words.emplace_back(formats::version_digits(version));
    calls.push_back({"2", version_key, list_key, digits, ttl, format});
  }
  const auto answered = link_.ask_patiently(permit, deadline(), [&](Session& session) {
    return session.run(kBumpScript, calls, deadline());
  });
  if (!answered.ok()) return false;
  for (const KeptBumps::Bump& bump : bumps) kept_.confirmed(bump);
  sent_ += bumps.size();
  return true;
}

}  // namespace marquee::redis
