// What a caller may get wrong: each ends in a status and a message that names it, and touches
// nothing.

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capi/marquee_c.h"

namespace marquee::capi {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

/// A half-step of two rows over three films that is right; a test spoils a part of it.
struct Call {
  marquee_als_parameters parameters{sizeof(marquee_als_parameters), 2, 0.2F, 0.01F, 1, 0.1F, 1};
  std::vector<std::uint64_t> starts{0, 2, 3};
  std::vector<std::uint32_t> columns{0, 2, 1};
  std::vector<float> weights{1, 1, 1};
  std::vector<float> fixed{1, 0, 0, 1, 1, 1};
  std::vector<float> gramian{2, 1, 1, 2};
  std::vector<float> solved = std::vector<float>(4);
  marquee_sparse_rows rows{
      sizeof(marquee_sparse_rows), 0, 2, starts.data(), columns.data(), weights.data()};
  std::uint64_t fixed_rows = 3;
  const marquee_als_parameters* parameters_pointer = &parameters;
  const marquee_sparse_rows* rows_pointer = &rows;
  const float* fixed_pointer = fixed.data();
  const float* gramian_pointer = gramian.data();
  float* solved_pointer = solved.data();
  std::string message;

  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  int run() {
    char text[200] = "";
    const int status =
        marquee_als_half_step(parameters_pointer, rows_pointer, fixed_pointer, fixed_rows,
                              gramian_pointer, solved_pointer, nullptr, text, sizeof(text));
    message = text;
    return status;
  }
};

struct Wrong {
  const char* names;  // stands in the message
  std::function<void(Call&)> spoil;
};

TEST(CHostileInput, VectorsThatAreNotFiniteAreNotImproved) {
  Call call;
  call.solved[3] = std::numeric_limits<float>::quiet_NaN();
  char text[200] = "";
  const auto improve = [&] {
    return marquee_als_improve(&call.parameters, &call.rows, call.fixed.data(), 3, nullptr,
                               call.solved.data(), nullptr, text, sizeof(text));
  };
  EXPECT_EQ(improve(), MARQUEE_INVALID_ARGUMENT);
  EXPECT_NE(std::string(text).find("vectors[3]"), std::string::npos) << text;
  call.solved[3] = 0;
  EXPECT_EQ(improve(), MARQUEE_OK);
}

TEST(CHostileInput, AHalfStepThatIsRightIsSolved) {
  Call call;
  EXPECT_EQ(call.run(), MARQUEE_OK) << call.message;
  for (const float value : call.solved) EXPECT_TRUE(std::isfinite(value));
}

TEST(CHostileInput, AHalfStepSaysWhatIsWrongWithIt) {
  const std::vector<Wrong> cases{
      {"parameters is null", [](Call& c) { c.parameters_pointer = nullptr; }},
      {"parameters.struct_size", [](Call& c) { c.parameters.struct_size = 8; }},
      {"rank", [](Call& c) { c.parameters.rank = 0; }},
      {"rank", [](Call& c) { c.parameters.rank = 2049; }},
      {"rank", [](Call& c) { c.parameters.rank = std::numeric_limits<std::uint32_t>::max(); }},
      {"unobserved_weight", [](Call& c) { c.parameters.unobserved_weight = kNan; }},
      {"regularization", [](Call& c) { c.parameters.regularization = -1; }},
      {"regularization_exp", [](Call& c) { c.parameters.regularization_exp = kInfinity; }},
      {"rows is null", [](Call& c) { c.rows_pointer = nullptr; }},
      {"rows.struct_size", [](Call& c) { c.rows.struct_size = 0; }},
      {"rows.starts", [](Call& c) { c.rows.starts = nullptr; }},
      {"rows.columns", [](Call& c) { c.rows.columns = nullptr; }},
      {"rows.rows", [](Call& c) { c.rows.rows = kHuge; }},
      {"rows.starts", [](Call& c) { c.rows.rows = kHuge - 1; }},
      {"starts[0]", [](Call& c) { c.starts[0] = 1; }},
      {"starts[2]", [](Call& c) { c.starts[2] = 1; }},
      {"rows.columns", [](Call& c) { c.starts[2] = kHuge; }},
      {"rows.columns[1] is 3", [](Call& c) { c.columns[1] = 3; }},
      {"rows.columns[1] is 0", [](Call& c) { c.columns[1] = 0; }},
      {"rows.weights[2]", [](Call& c) { c.weights[2] = kNan; }},
      {"rows.weights[0]", [](Call& c) { c.weights[0] = -1; }},
      {"fixed is null", [](Call& c) { c.fixed_pointer = nullptr; }},
      {"fixed[3]", [](Call& c) { c.fixed[3] = kNan; }},
      {"fixed", [](Call& c) { c.fixed_rows = kHuge; }},
      {"rows.columns[0]", [](Call& c) { c.fixed_rows = 0; }},
      {"gramian[1]", [](Call& c) { c.gramian[1] = kInfinity; }},
      {"solved is null", [](Call& c) { c.solved_pointer = nullptr; }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Call call;
    cases[i].spoil(call);
    EXPECT_EQ(call.run(), MARQUEE_INVALID_ARGUMENT) << i << ": " << call.message;
    EXPECT_NE(call.message.find(cases[i].names), std::string::npos) << i << ": " << call.message;
    EXPECT_EQ(call.solved, std::vector<float>(4)) << i;
  }
}

TEST(CHostileInput, EquationsThatCannotBeSolvedAreNoCrash) {
  Call call;
  call.gramian = {-9, 0, 0, -9};  // finite, and no gramian of anything
  call.parameters.unobserved_weight = 1;
  EXPECT_EQ(call.run(), MARQUEE_UNSOLVABLE);
  EXPECT_NE(call.message.find("row 0"), std::string::npos) << call.message;
}

TEST(CHostileInput, NoRowsAreNoWork) {
  Call call;
  call.starts = {0};
  call.rows.starts = call.starts.data();
  call.rows.rows = 0;
  call.rows.columns = nullptr;
  call.rows.weights = nullptr;
  call.solved_pointer = nullptr;
  EXPECT_EQ(call.run(), MARQUEE_OK) << call.message;
}

TEST(CHostileInput, AMessageIsCutToItsPlaceAndMayBeMissing) {
  Call call;
  call.parameters.rank = 0;
  char small[8] = "xxxxxxx";
  EXPECT_EQ(marquee_als_half_step(&call.parameters, &call.rows, call.fixed.data(), 3, nullptr,
                                  call.solved.data(), nullptr, small, sizeof(small)),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(std::string(small).size(), sizeof(small) - 1);
  EXPECT_EQ(
      marquee_als_half_step(nullptr, nullptr, nullptr, 0, nullptr, nullptr, nullptr, nullptr, 0),
      MARQUEE_INVALID_ARGUMENT);
}

TEST(CHostileInput, GramianAndInitialVectorsRefuseTheSame) {
  const float matrix[] = {1, kNan};
  float out[4] = {};
  EXPECT_EQ(marquee_gramian(matrix, 1, 2, out, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_gramian(matrix, 1, 0, out, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_gramian(nullptr, 1, 2, out, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_gramian(matrix, kHuge, 2, out, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_gramian(matrix, 1, 1, nullptr, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  const marquee_als_parameters parameters{sizeof(parameters), 2, 0.2F, 0.01F, 1, 0.1F, 1};
  const std::uint64_t falling[] = {0, 2, 1};
  EXPECT_EQ(marquee_als_initial_vectors(&parameters, "ab", falling, 2, out, nullptr, 0),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_als_initial_vectors(&parameters, nullptr, falling, 1, out, nullptr, 0),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_als_initial_vectors(&parameters, "ab", nullptr, 1, out, nullptr, 0),
            MARQUEE_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace marquee::capi
