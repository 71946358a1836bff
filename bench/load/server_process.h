#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace marquee::bench {

/// The path of the `marquee` program beside this one.
std::string marquee_program();

/// Runs `marquee` with `arguments` to its end; ends this program, showing why, when it fails.
void run_marquee(const std::vector<std::string>& arguments);

/// `marquee serve` on a free port of this machine, ready when constructed; ended with SIGTERM.
class ServerProcess {
 public:
  explicit ServerProcess(const std::string& data);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  /// User and system time of the server so far; hardly depends on what else the machine does.
  double cpu_seconds() const;

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace marquee::bench
