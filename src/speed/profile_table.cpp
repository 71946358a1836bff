#include "speed/profile_table.h"

#include <algorithm>
#include <utility>

namespace marquee::speed {
namespace {

constexpr std::chrono::hours kWaitMax{1};  // "for ever" would overflow the steady clock

}  // namespace

ProfileTable::ProfileTable(const Clock& clock)
    : clock_(clock), timer_([this](const std::stop_token& stop) { expire_waiters(stop); }) {}

ProfileTable::~ProfileTable() {
  timer_.request_stop();
  timer_.join();
  for (auto& [deadline, waiter] : waiters_) waiter.done(false);
}

ProfileTable::Shard& ProfileTable::shard_of(const UserId& user) {
  return shards_[std::hash<UserId>{}(user) / 7 % kShards];  // not the bits the map inside uses
}

const ProfileTable::Shard& ProfileTable::shard_of(const UserId& user) const {
  return shards_[std::hash<UserId>{}(user) / 7 % kShards];
}

void ProfileTable::load_profile(const UserId& user, UserProfile profile) {
  replace(user, std::make_shared<const UserProfile>(std::move(profile)));
}

void ProfileTable::load_count(const CountDelta& delta) {
  const std::unique_lock lock(counts_mutex_);
  counts_.add(delta);
  ++counts_version_;
}

void ProfileTable::load_cursor(Cursor cursor) { advance(cursor); }

void ProfileTable::replace(const UserId& user, std::shared_ptr<const UserProfile> profile) {
  Shard& shard = shard_of(user);
  const auto shown = profile;
  const UserId* id = nullptr;
  {
    const std::unique_lock lock(shard.mutex);
    const auto at = shard.profiles.try_emplace(user).first;
    at->second.swap(profile);
    id = &at->first;  // stays where it is: no viewer is ever taken out of the map
  }
  follow(*id, profile.get(), *shown);
  // the old profile dies here, outside the lock
}

/// Keeps what follows from the viewers' liked films in step with a profile that has changed.
void ProfileTable::follow(const UserId& user, const UserProfile* before, const UserProfile& after) {
  const auto liked_before = before ? liked_films(*before) : std::vector<LikedFilm>();
  const auto liked_after = liked_films(after);
  if (liked_before == liked_after) return;
  const std::unique_lock lock(liked_mutex_);
  transitions_.replace(liked_before, liked_after);
  first_viewers_.replace(user, liked_before, liked_after);
}

void ProfileTable::publish(const FoldBatch& batch) {
  for (const auto& [user, profile] : batch.profiles) replace(user, profile);
  if (!batch.counts.empty()) {
    const std::unique_lock lock(counts_mutex_);
    for (const CountDelta& delta : batch.counts) counts_.add(delta);
    ++counts_version_;
  }
  advance(batch.after);
}

void ProfileTable::advance(const Cursor& cursor) {
  std::vector<Waiter> served;
  {
    const std::lock_guard lock(cursor_mutex_);
    applied_ = cursor;
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      if (!applied_.includes(at->second.offset)) {
        ++at;
        continue;
      }
      served.push_back(std::move(at->second));
      at = waiters_.erase(at);
    }
  }
  for (Waiter& waiter : served) waiter.done(true);
}

std::shared_ptr<const UserProfile> ProfileTable::find(const UserId& user) const {
  const Shard& shard = shard_of(user);
  const std::shared_lock lock(shard.mutex);
  const auto found = shard.profiles.find(user);
  return found == shard.profiles.end() ? nullptr : found->second;
}

void ProfileTable::read_counts(const std::function<void(const MovieCounts&)>& read) const {
  const std::shared_lock lock(counts_mutex_);
  read(counts_);
}

void ProfileTable::read_transitions(
    const std::function<void(const TransitionCounts&)>& read) const {
  const std::shared_lock lock(liked_mutex_);
  read(transitions_);
}

std::vector<UserId> ProfileTable::first_viewers(MovieKey movie) const {
  const std::shared_lock lock(liked_mutex_);
  return first_viewers_.of(movie);
}

Cursor ProfileTable::applied() const {
  const std::lock_guard lock(cursor_mutex_);
  return applied_;
}

void ProfileTable::when_applied(const Offset& offset,
                                std::chrono::steady_clock::time_point deadline,
                                std::function<void(bool)> done) {
  bool is_applied = false;
  {
    const std::lock_guard lock(cursor_mutex_);
    is_applied = applied_.includes(offset);
    if (!is_applied && clock_.steady() < deadline) {
      const auto at = waiters_.emplace(deadline, Waiter{offset, std::move(done)});
      if (at != waiters_.begin()) return;  // the timer wakes up early enough already
      deadline_is_new_ = true;
      deadlines_changed_.notify_one();
      return;
    }
  }
  done(is_applied);
}

void ProfileTable::expire_waiters(const std::stop_token& stop) {
  std::unique_lock lock(cursor_mutex_);
  const auto has_news = [this] { return std::exchange(deadline_is_new_, false); };
  while (!stop.stop_requested()) {
    if (waiters_.empty()) {
      deadlines_changed_.wait(lock, stop, has_news);
      continue;
    }
    const auto now = clock_.steady();
    if (now < waiters_.begin()->first) {
      const auto wait =
          std::min<std::chrono::steady_clock::duration>(waiters_.begin()->first - now, kWaitMax);
      deadlines_changed_.wait_for(lock, stop, wait, has_news);
      continue;
    }
    const Waiter late = std::move(waiters_.begin()->second);
    waiters_.erase(waiters_.begin());
    lock.unlock();
    late.done(false);
    lock.lock();
  }
}

}  // namespace marquee::speed
