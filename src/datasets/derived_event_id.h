#pragma once

#include "domain/event.h"

namespace marquee::datasets {

/// The id of an interaction that comes without one: a UUIDv7 of its time whose free bits are a
/// stable hash of viewer, film, type, value and time. The same interaction gets the same id in
/// every import, so a repeated one is recognised.
EventId derived_event_id(const Event& event);

}  // namespace marquee::datasets
