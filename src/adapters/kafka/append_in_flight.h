#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "ports/event_log.h"

namespace marquee::kafka {

struct AppendInFlight;

/// One message of an append; its address goes with the message as librdkafka's opaque.
struct MessageInFlight {
  AppendInFlight* append = nullptr;
  std::size_t place = 0;
};

/// An append whose delivery reports are not all in.
struct AppendInFlight {
  std::vector<MessageInFlight> messages;
  std::vector<AppendOutcome> outcomes;
  EventLog::Completion done;
  std::size_t waiting = 0;
  std::optional<Error> error;  ///< the first message's that failed
  std::list<AppendInFlight>::iterator self;
};

}  // namespace marquee::kafka
