#include "datasets/synthetic_titles.h"

#include <array>
#include <cctype>
#include <span>

#include <fmt/format.h>

namespace marquee::datasets {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kAdjectives[] = {
    "Amber",   "Ashen",     "Borrowed",  "Bright",     "Clockwork", "Copper",   "Crooked",
    "Distant", "Drowsy",    "Emerald",   "Faded",      "Feathered", "Folded",   "Forgotten",
    "Frozen",  "Gilded",    "Hollow",    "Hushed",     "Idle",      "Ivory",    "Jagged",
    "Kindly",  "Lacquered", "Leaden",    "Lonely",     "Marbled",   "Midnight", "Misplaced",
    "Moonlit", "Narrow",    "Northern",  "Obstinate",  "Painted",   "Pale",     "Paper",
    "Patient", "Quiet",     "Reluctant", "Restless",   "Rusted",    "Salted",   "Scarlet",
    "Second",  "Shallow",   "Shuttered", "Slanted",    "Sleepless", "Southern", "Spare",
    "Stolen",  "Sunken",    "Tangled",   "Thirteenth", "Tin",       "Unsent",   "Upright",
    "Velvet",  "Wandering", "Weathered", "Woolen"};
constexpr std::string_view kNouns[] = {
    "Almanac",     "Anchor",    "Apricot",   "Archive",    "Arrow",      "Balcony",
    "Ballad",      "Beekeeper", "Bellows",   "Bicycle",    "Bridge",     "Cabinet",
    "Candle",      "Carousel",  "Causeway",  "Chandelier", "Compass",    "Courier",
    "Curtain",     "Daughter",  "Doorway",   "Envelope",   "Estuary",    "Ferry",
    "Fountain",    "Gardener",  "Harbor",    "Hourglass",  "Inkwell",    "Island",
    "Juniper",     "Kettle",    "Keyhole",   "Lantern",    "Ledger",     "Lighthouse",
    "Locksmith",   "Map",       "Meadow",    "Mirror",     "Neighbor",   "Nightingale",
    "Orchard",     "Overcoat",  "Parcel",    "Pendulum",   "Photograph", "Pocket",
    "Quarry",      "Railway",   "River",     "Rooftop",    "Saddle",     "Satchel",
    "Shepherd",    "Sparrow",   "Staircase", "Station",    "Suitcase",   "Swimmer",
    "Tailor",      "Teacup",    "Telegram",  "Thimble",    "Tower",      "Umbrella",
    "Understudy",  "Valley",    "Violin",    "Visitor",    "Waltz",      "Watchmaker",
    "Weathervane", "Window",    "Winter"};
constexpr std::string_view kPlaces[] = {
    "Velmora",       "Port Anselm",      "Grey Hollow",    "Tarrow",       "Saint Osric",
    "Lower Wick",    "Calder Row",       "Esperance Bay",  "Marrowgate",   "Ostenby",
    "Quill Street",  "Fennimore",        "Harrowdale",     "Little Pavia", "Novastra",
    "Pellworth",     "Sundermere",       "Tolliver Creek", "Umberfield",   "Vantry",
    "Westerlock",    "Ysolde",           "Corran Head",    "Dunmarrow",    "Isola Verde",
    "Kestrel Point", "Lindqvist Square", "Old Brannock"};
constexpr std::string_view kFirstNames[] = {
    "Ada",     "Bruno", "Clementine", "Dario",    "Edith", "Farid",  "Greta", "Hugo",    "Imani",
    "Jonas",   "Keiko", "Lazlo",      "Mireille", "Nadia", "Oskar",  "Petra", "Quentin", "Rosa",
    "Stellan", "Tomas", "Ulla",       "Viktor",   "Wanda", "Ximena", "Yusuf", "Zelda"};
constexpr std::string_view kSurnames[] = {
    "Abernethy-Vole", "Brindlemark", "Castellane", "Dragoumis",  "Eskelund",     "Farthingale",
    "Gallowmere",     "Hathersage",  "Ilvonen",    "Jarrowby",   "Kolbinger",    "Lampwick",
    "Montescudo",     "Nettlebed",   "Okonjola",   "Pemberlane", "Quistgaard",   "Rookwood-Pell",
    "Sandoval-Ruhr",  "Thistlewood", "Umanskaya",  "Vesterholm", "Winterbourne", "Zabriskow"};
constexpr std::string_view kDoing[] = {"Leaving",  "Finding",  "Mending",   "Forgetting", "Chasing",
                                       "Painting", "Crossing", "Burying",   "Borrowing",  "Waking",
                                       "Counting", "Carrying", "Inventing", "Escaping"};
constexpr std::string_view kNumbers[] = {"Two",   "Three", "Four",   "Five",     "Six",
                                         "Seven", "Nine",  "Eleven", "Fourteen", "Forty"};
constexpr std::string_view kCodeNames[] = {
    "Aleph", "Borealis", "Cygnus-4", "Delphi",  "Epoch",      "Halcyon", "Ikaros", "Kelvin",
    "Lyra",  "Meridian", "Nimbus",   "Orpheus", "Perihelion", "Quasar",  "Zenith"};
constexpr std::string_view kMachines[] = {"Protocol", "Station", "Drift",  "Horizon", "Directive",
                                          "Signal",   "Paradox", "Colony", "Engine",  "Descent"};
constexpr std::string_view kDread[] = {"Whisper", "Cellar", "Hollow", "Effigy",   "Caller",
                                       "Lullaby", "Marsh",  "Ritual", "Attic",    "Shroud",
                                       "Vigil",   "Wound",  "Séance", "Scarecrow"};
constexpr std::string_view kTrouble[] = {"Alibi",     "Ransom",  "Verdict",   "Witness",
                                         "Ambush",    "Getaway", "Informant", "Deadline",
                                         "Crossfire", "Heist",   "Manhunt",   "Reckoning"};
constexpr std::string_view kFrontier[] = {"Gulch",     "Outlaw", "Stagecoach", "Canyon",  "Posse",
                                          "Homestead", "Bounty", "Marshal",    "Prairie", "Spur"};
constexpr std::string_view kWonders[] = {"Dragon", "Acorn", "Snowflake", "Wizard",   "Firefly",
                                         "Teapot", "Moon",  "Hedgehog",  "Toymaker", "Comet"};

std::string_view pick(Rng& rng, Words words) { return words[rng.below(words.size())]; }

Words nouns_of(std::string_view genre) {
  if (genre == "Sci-Fi") return kMachines;
  if (genre == "Horror" || genre == "Mystery") return kDread;
  if (genre == "Crime" || genre == "Thriller" || genre == "Action" || genre == "Film-Noir") {
    return kTrouble;
  }
  if (genre == "Western") return kFrontier;
  if (genre == "Animation" || genre == "Children" || genre == "Fantasy") return kWonders;
  return kNouns;
}

std::string with_article(std::string_view noun) {
  const bool vowel = std::string_view("AEIOU").find(noun.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "An" : "A", noun);
}

std::string plural(std::string_view noun) {
  if (noun.ends_with('y') && !noun.ends_with("ey")) {
    return fmt::format("{}ies", noun.substr(0, noun.size() - 1));
  }
  const bool hissing = noun.ends_with('s') || noun.ends_with("sh") || noun.ends_with("ch") ||
                       noun.ends_with('x') || noun.ends_with('z');
  return fmt::format("{}{}", noun, hissing ? "es" : "s");
}

constexpr std::array<std::string_view, 10> kRoman{"",  "I",  "II",  "III",  "IV",
                                                  "V", "VI", "VII", "VIII", "IX"};

}  // namespace

std::string TitleMaker::draft(std::string_view genre) {
  Rng& rng = rng_;
  const Words own = nouns_of(genre);
  // half of the nouns are the genre's own
  const std::string_view noun = pick(rng, rng.below(2) == 0 ? own : Words(kNouns));
  const std::string_view adjective = pick(rng, kAdjectives);
  const std::string_view place = pick(rng, kPlaces);
  const std::string_view first = pick(rng, kFirstNames);
  if (genre == "Sci-Fi" && rng.below(3) == 0) {
    const std::string_view code_name =
        pick(rng, kCodeNames);  // arguments have no order of their own
    return fmt::format("{} {}", code_name, pick(rng, kMachines));
  }
  if (genre == "Documentary" && rng.below(2) == 0) {
    return fmt::format("{}: {} {}", place, pick(rng, kDoing), plural(noun));
  }
  switch (rng.below(14)) {
    case 0:
    case 1:
      return fmt::format("The {} {}", adjective, noun);
    case 2:
      return fmt::format("{} {}", adjective, plural(noun));
    case 3:
      return fmt::format("The {} of {}", noun, place);
    case 4:
      return fmt::format("{} and the {}", first, noun);
    case 5:
      return fmt::format("{} for {}", with_article(noun), first);
    case 6:
      return fmt::format("{} {}", pick(rng, kDoing), place);
    case 7:
      return fmt::format("{} the {}", pick(rng, kDoing), noun);
    case 8:
      return fmt::format("{} {}", pick(rng, kNumbers), plural(noun));
    case 9:
      return fmt::format("{} {}", first, pick(rng, kSurnames));
    case 10:
      return fmt::format("Last {} to {}", noun, place);
    case 11:
      return fmt::format("The {}'s {}", pick(rng, kNouns), noun);
    case 12:
      return fmt::format("{} in {}", with_article(adjective), place);
    default:
      return fmt::format("The {} {}", place, noun);
  }
}

std::string TitleMaker::title(std::string_view genre) {
  constexpr int kTries = 8;
  for (int i = 0; i < kTries; ++i) {
    std::string text = draft(genre);
    if (taken_.emplace(text, 1).second) return text;
  }
  return unique(draft(genre));
}

std::string TitleMaker::sequel(const std::string& first, int part) {
  const std::string number = rng_.below(2) == 0 && part < static_cast<int>(kRoman.size())
                                 ? std::string(kRoman[static_cast<std::size_t>(part)])
                                 : std::to_string(part);
  if (rng_.below(2) == 0) return unique(fmt::format("{} {}", first, number));
  const std::string_view doing = pick(rng_, kDoing);
  return unique(fmt::format("{} {}: {} the {}", first, number, doing, pick(rng_, kNouns)));
}

std::string TitleMaker::unique(std::string title) {
  if (taken_.emplace(title, 1).second) return title;
  for (;;) {
    const int number = ++taken_[title];
    std::string numbered = fmt::format("{} No. {}", title, number);
    if (taken_.emplace(numbered, 1).second) return numbered;
  }
}

}  // namespace marquee::datasets
