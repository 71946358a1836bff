// How long from starting `marquee serve` to its "marquee ready", with ten million events behind the
// fold's cursor. Wanted: under 10 s (design, §8).
//
//   ./dev bench ready DIR [EVENTS [VIEWERS [FOLDED]]]
//
// DIR is made when it is missing: the synthetic catalogue and EVENTS (10,000,000) events of VIEWERS
// (100,000) viewers in the log, of which the first FOLDED (1,000,000) are folded by
// `marquee rebuild`; then the cursor is moved to the end. Later runs use what is there.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "app/nightly/stage_process.h"
#include "bench/ready/made_log.h"

namespace marquee::bench {
namespace {

namespace fs = std::filesystem;
using app::StageProcess;
using std::chrono::steady_clock;

constexpr double kWantedSeconds = 10;
constexpr int kStarts = 5;

struct Size {
  std::uint64_t events = 10'000'000;
  std::uint64_t viewers = 100'000;
  std::uint64_t folded = 1'000'000;
};

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

std::string program() {
  return (fs::read_symlink("/proc/self/exe").parent_path() / "marquee").string();
}

/// Waits until a line begins with `wanted` (nothing: until the process ends).
Result<void> wait_for(StageProcess& process, std::string_view wanted) {
  std::string last;
  for (;;) {
    const auto exit = process.poll();
    for (const std::string& line : process.take_lines()) {
      if (!wanted.empty() && line.starts_with(wanted)) return {};
      last = line;
    }
    if (exit) {
      if (wanted.empty() && exit->code == 0) return {};
      return Error{ErrorCode::kInternal, "marquee ended: " + last};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result<void> run(const std::vector<std::string>& arguments) {
  const auto begin = steady_clock::now();
  MARQUEE_TRY(const auto process, StageProcess::spawn(program(), arguments, 0));
  MARQUEE_CHECK(wait_for(*process, ""));
  fmt::print("marquee {} … {:.1f} s\n", arguments.front(), seconds_since(begin));
  std::fflush(stdout);
  return {};
}

Result<void> make_directory(const std::string& directory, const Size& size) {
  MARQUEE_CHECK(run({"import", "--dataset", "synthetic", "--data", directory}));
  MARQUEE_CHECK(extend_log(directory, std::min(size.folded, size.events), size.viewers));
  MARQUEE_CHECK(run({"rebuild", "--data", directory}));
  const auto begin = steady_clock::now();
  MARQUEE_CHECK(extend_log(directory, size.events, size.viewers));
  fmt::print("a log of {} events … {:.1f} s\n", size.events, seconds_since(begin));
  return move_cursor(directory, size.events);
}

/// So that a start reads the disk, as after the machine's own start.
void drop_cached(const std::string& directory) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    (void)::fsync(file);
    (void)::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

struct Start {
  double seconds = 0;
  double cpu_seconds = 0;  ///< which other work on the machine does not lengthen
};

double cpu_seconds_of(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string text(std::istreambuf_iterator<char>(stat), {});
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  constexpr int kBeforeUser = 11;  // of proc(5), behind the name
  std::string skipped;
  for (int i = 0; i < kBeforeUser; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Result<Start> time_start(const std::string& directory, bool cold, bool kill) {
  if (cold) drop_cached(directory);
  const auto begin = steady_clock::now();
  MARQUEE_TRY(const auto server,
              StageProcess::spawn(program(), {"serve", "--data", directory, "--port", "0"}, 0));
  MARQUEE_CHECK(wait_for(*server, "marquee ready"));
  const Start took{seconds_since(begin), cpu_seconds_of(server->pid())};
  kill ? server->kill() : server->terminate();
  while (!server->poll()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return took;
}

Result<bool> measure(const std::string& name, const std::string& directory, bool cold, bool kill) {
  std::vector<Start> starts;
  for (int i = 0; i < kStarts; ++i) {
    MARQUEE_TRY(starts.emplace_back(), time_start(directory, cold, kill));
  }
  std::ranges::sort(starts, {}, &Start::seconds);
  const Start& median = starts[starts.size() / 2];
  fmt::print("{:<32} median {:5.2f} s ({:.2f} s of CPU)   worst {:5.2f} s   wanted {} s\n", name,
             median.seconds, median.cpu_seconds, starts.back().seconds, kWantedSeconds);
  return median.seconds < kWantedSeconds;
}

Result<bool> bench(const std::string& directory, const Size& size) {
  if (!fs::exists(directory)) MARQUEE_CHECK(make_directory(directory, size));
  MARQUEE_TRY(const bool warm, measure("stopped before, files cached", directory, false, false));
  MARQUEE_TRY(const bool cold, measure("stopped before, files not cached", directory, true, false));
  MARQUEE_CHECK(time_start(directory, false, true));  // so that the first of them was killed, too
  MARQUEE_TRY(const bool killed, measure("killed before, files not cached", directory, true, true));
  return warm && cold && killed;
}

}  // namespace
}  // namespace marquee::bench

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: ./dev bench ready DIR [EVENTS [VIEWERS [FOLDED]]]\n");
    return 2;
  }
  marquee::bench::Size size;
  if (count > 2) size.events = std::stoull(words[2]);
  if (count > 3) size.viewers = std::stoull(words[3]);
  if (count > 4) size.folded = std::stoull(words[4]);
  const auto fast = marquee::bench::bench(words[1], size);
  if (!fast.ok()) fmt::print(stderr, "{}\n", fast.error().message);
  return fast.ok() && *fast ? 0 : 1;
}
