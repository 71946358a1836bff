#include "bench/load/browsing.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

namespace marquee::bench {
namespace {

class Zipf {
 public:
  Zipf(std::size_t count, double exponent) {
    double sum = 0;
    for (std::size_t rank = 1; rank <= count; ++rank) {
      sums_.push_back(sum += std::pow(static_cast<double>(rank), -exponent));
    }
  }
  std::size_t draw(Rng& rng) const {
    const auto at = std::lower_bound(sums_.begin(), sums_.end(), rng.uniform() * sums_.back());
    return static_cast<std::size_t>(std::min(at, sums_.end() - 1) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

std::uint64_t counter(HttpClient& client, const std::string& name) {
  const Answer answer = client.ask(get_request("/metrics"));
  const std::size_t at = answer.body.find("\n" + name + " ");
  if (at == std::string::npos) return 0;
  return static_cast<std::uint64_t>(std::atof(answer.body.c_str() + at + name.size() + 2));
}

/// Films that the model knows: those that are popular.
std::vector<std::string> known_films(HttpClient& client) {
  const std::string body =
      client.ask(get_request("/api/recommendations?user_id=nobody-at-all&limit=50")).body;
  std::vector<std::string> films;
  for (std::size_t at = body.find("\"movie_id\""); at != std::string::npos;
       at = body.find("\"movie_id\"", at + 1)) {
    films.push_back(text_member(std::string_view(body).substr(at), "movie_id"));
  }
  return films;
}

std::string event_of(const std::string& user, const std::string& film, const char* type) {
  return post_request(
      "/api/events",
      fmt::format(R"({{"user_id":"{}","movie_id":"{}","event_type":"{}"}})", user, film, type));
}

std::string name_of(const Browsing& browsing, std::size_t viewer) {
  return fmt::format("{}-{}", browsing.name, viewer);
}

/// Gives every viewer a history, and their last event's offset.
std::vector<std::string> make_viewers(HttpClient& client, const Browsing& browsing,
                                      const std::vector<std::string>& films, Rng& rng) {
  std::vector<std::string> offsets(browsing.viewers);
  for (std::size_t viewer = 0; viewer < browsing.viewers; ++viewer) {
    const std::string& film = films[rng.below(films.size())];
    client.send(event_of(name_of(browsing, viewer), film, "like"),
                [&offsets, viewer](const Answer& answer) {
                  offsets[viewer] = text_member(answer.body, "offset");
                });
  }
  while (client.open() > 0) client.poll(10'000);
  return offsets;
}

void visit(HttpClient& client, const Browsing& browsing, const std::string& user,
           const std::vector<std::string>& films, Rng& rng, std::string& offset, CacheUse& use) {
  do {
    std::string target = fmt::format("/api/recommendations?user_id={}&limit=20", user);
    if (!offset.empty()) target += "&min_offset=" + offset;
    client.ask(get_request(target));
    if (rng.uniform() < browsing.events_per_list) {
      const std::string& film = films[rng.below(films.size())];
      const char* type = rng.uniform() < 0.8 ? "click" : "like";
      offset = text_member(client.ask(event_of(user, film, type)).body, "offset");
      ++use.events;
    }
  } while (rng.uniform() >= 1 / browsing.lists_per_session);
}

}  // namespace

CacheUse browse(HttpClient& client, const Browsing& browsing, Rng& rng) {
  const Zipf zipf(browsing.viewers, browsing.zipf);
  const auto films = known_films(client);
  auto offsets = make_viewers(client, browsing, films, rng);
  CacheUse use;
  use.hits = counter(client, "marquee_cache_hits_total");
  use.misses = counter(client, "marquee_cache_misses_total");
  for (std::size_t session = 0; session < browsing.sessions; ++session) {
    const std::size_t viewer = zipf.draw(rng);
    visit(client, browsing, name_of(browsing, viewer), films, rng, offsets[viewer], use);
  }
  use.hits = counter(client, "marquee_cache_hits_total") - use.hits;
  use.misses = counter(client, "marquee_cache_misses_total") - use.misses;
  return use;
}

}  // namespace marquee::bench
