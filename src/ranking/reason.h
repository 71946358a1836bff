#pragma once

#include <string>
#include <string_view>

#include "domain/event.h"
#include "domain/recommendation.h"

namespace marquee::ranking {

/// Why a film is recommended, in words, from the viewer's own event that speaks for it most:
/// "Because you liked Alien". One sentence without a final dot.
std::string reason_from_event(EventType type, std::string_view title);

/// The same where no event of the viewer speaks for it: what the tier that found it knows.
std::string reason_from_source(Source source);

/// The same for a film that no viewer has met.
std::string reason_of_new_film();

/// The same where nothing is known of what the viewer chose but its description.
std::string reason_of_described_taste();

}  // namespace marquee::ranking
