#include "datasets/movie_title.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::datasets {
namespace {

MovieTitle title(std::string text, std::optional<int> year = std::nullopt) {
  return {std::move(text), year};
}

TEST(MovieTitle, TakesTheYearOffTheEnd) {
  EXPECT_EQ(parse_movie_title("Heat (1995)"), title("Heat", 1995));
  EXPECT_EQ(parse_movie_title("96 Minutes (2011) "), title("96 Minutes", 2011));
  EXPECT_EQ(parse_movie_title("Runaway  (1929)"), title("Runaway", 1929));
}

TEST(MovieTitle, TakesTheFirstYearOfASpan) {
  EXPECT_EQ(parse_movie_title("Death Note: Desu nôto (2006–2007)"),
            title("Death Note: Desu nôto", 2006));
  EXPECT_EQ(parse_movie_title("Serial (1999-2001)"), title("Serial", 1999));
  EXPECT_EQ(parse_movie_title("Serial (1999- )"), title("Serial", 1999));
}

TEST(MovieTitle, KeepsParenthesesThatHoldNoYear) {
  EXPECT_EQ(parse_movie_title("Babylon 5"), title("Babylon 5"));
  EXPECT_EQ(parse_movie_title("Film (uncut)"), title("Film (uncut)"));
  EXPECT_EQ(parse_movie_title("Odd (19995)"), title("Odd (19995)"));
  EXPECT_EQ(parse_movie_title("Odd (1234)"), title("Odd (1234)"));
  EXPECT_EQ(parse_movie_title("Odd (1999 approx.)"), title("Odd (1999 approx.)"));
  EXPECT_EQ(parse_movie_title("(1995)"), title("(1995)"));
  EXPECT_EQ(parse_movie_title("1995)"), title("1995)"));
  EXPECT_EQ(parse_movie_title(""), title(""));
}

TEST(MovieTitle, PutsTheArticleFirst) {
  EXPECT_EQ(parse_movie_title("American President, The (1995)"),
            title("The American President", 1995));
  EXPECT_EQ(parse_movie_title("Bug's Life, A (1998)"), title("A Bug's Life", 1998));
  EXPECT_EQ(parse_movie_title("Affair to Remember, An (1957)"),
            title("An Affair to Remember", 1957));
  EXPECT_EQ(parse_movie_title("Avventura, L' (1960)"), title("L'Avventura", 1960));
}

TEST(MovieTitle, PutsTheArticleFirstInOtherNamesToo) {
  EXPECT_EQ(parse_movie_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)"),
            title("The City of Lost Children (La Cité des enfants perdus)", 1995));
  EXPECT_EQ(parse_movie_title("One, The (a.k.a. Two) (Drei, Die) (2001)"),
            title("The One (a.k.a. Two) (Die Drei)", 2001));
}

TEST(MovieTitle, LeavesOtherCommasAlone) {
  EXPECT_EQ(parse_movie_title("Cry, the Beloved Country (1995)"),
            title("Cry, the Beloved Country", 1995));
  EXPECT_EQ(parse_movie_title(", The (1995)"), title(", The", 1995));
  EXPECT_EQ(parse_movie_title("Steal Big, Steal Little (1995)"),
            title("Steal Big, Steal Little", 1995));
}

TEST(MovieTitle, KeepsMarkupAndEveryScriptAsText) {
  EXPECT_EQ(parse_movie_title("<script>alert(1)</script> (2001)"),
            title("<script>alert(1)</script>", 2001));
  EXPECT_EQ(parse_movie_title("\u202Eevil (1999)"), title("\u202Eevil", 1999));
  EXPECT_EQ(parse_movie_title("千と千尋の神隠し (2001)"), title("千と千尋の神隠し", 2001));
}

TEST(MovieTitle, NeverLosesTextThatIsNoYear) {
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("(), TheA1995-")));
    const MovieTitle parsed = parse_movie_title(text);
    if (parsed.year) RC_ASSERT(*parsed.year >= 1870 && *parsed.year <= 2100);
    const auto letters = [](const std::string& from) {
      return std::count(from.begin(), from.end(), 'h');
    };
    RC_ASSERT(letters(parsed.title) == letters(text));
  }));
}

}  // namespace
}  // namespace marquee::datasets
