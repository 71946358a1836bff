#pragma once

#include <filesystem>

#include <sys/types.h>

#include "base/result.h"

namespace marquee::app {

// The process of the stage under way stands in a file, so that the next server ends what a server
// that was killed has left running. The file holds process id and start time: an id that the system
// has given to another process since then is left alone.

Result<void> note_process(const std::filesystem::path& file, pid_t pid);
void forget_process(const std::filesystem::path& file);
/// Kills the noted process with its group if it still runs, waits for its end for up to 10 s, and
/// removes the file. True when there was one to end.
bool end_noted_process(const std::filesystem::path& file);

}  // namespace marquee::app
