#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/ids.h"

namespace marquee::redis {

// What must happen inside of Redis in one piece (EVAL scripts run alone). Versions are compared as
// the 20 digits of formats/cached_list.h, since Lua's numbers are doubles.

/// The keys of one cache, all below one prefix ("recs:"):
///   PREFIX epoch          the word for what the cache holds; lists of another one are dead
///   PREFIX version:USER   the viewer's last bump
///   PREFIX list:USER      docs/formats/cached_list.md
class Keys {
 public:
  explicit Keys(std::string prefix) : prefix_(std::move(prefix)), epoch_(prefix_ + "epoch") {}

  const std::string& epoch() const { return epoch_; }
  std::string version_of(const UserId& user) const { return prefix_ + "version:" + user.value(); }
  std::string list_of(const UserId& user) const { return prefix_ + "list:" + user.value(); }
  /// What a probe writes, to see whether Redis takes anything.
  std::string probe() const { return prefix_ + "probe"; }

 private:
  std::string prefix_;
  std::string epoch_;
};

/// KEYS epoch; ARGV the server's run id, a new epoch that begins with it. Returns the epoch in
/// force: the stored one if it was made in this run of the server, else the new one.
extern const std::string_view kEpochScript;
/// KEYS version, list, epoch; ARGV version, stamp, list, milliseconds to live, epoch, format.
/// Returns 1, or 0 when a bump, a newer list or another epoch has overtaken the list.
extern const std::string_view kFillScript;
/// KEYS version, list; ARGV version, milliseconds to live, format. Returns 1, or 0 when the viewer
/// was bumped so far before. Deletes first what is overtaken: a Redis without room lets a script
/// that began by deleting go on, and refuses one that begins by writing.
extern const std::string_view kBumpScript;

}  // namespace marquee::redis
