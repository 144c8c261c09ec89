#include "test/gpu/draw_checks.hpp"

#include "gpu/kernels/arguments.hpp"
#include "model/logit_passes.hpp"
#include "model/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace hawser::test {
namespace {

namespace kernels = gpu::kernels;

constexpr float infinity = std::numeric_limits<float>::infinity();

kernels::draw_terms terms_of(const model::sampling_params& p, std::uint64_t draw) {
  const std::uint64_t chance = model::chance(p.seed, draw);
  return {p.temperature,
          p.top_k,
          p.top_p,
          p.min_p,
          static_cast<unsigned>(chance),
          static_cast<unsigned>(chance >> 32)};
}

/// Rows of one step, each with its own params and draw.
finding compare(const std::vector<std::vector<float>>& rows,
                const std::vector<model::sampling_params>& params, const std::string& what,
                std::uint64_t draw) {
  const std::size_t n = rows.front().size(), stride = n + 3;
  std::vector<float> logits(rows.size() * stride, 1e30f);
  std::vector<kernels::draw_terms> terms;
  std::vector<int> chosen(rows.size(), -7), wanted;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::copy(rows[r].begin(), rows[r].end(), logits.begin() + static_cast<std::ptrdiff_t>(r * stride));
    terms.push_back(terms_of(params[r], draw + r));
    model::sampler sampler;
    sampler.begin(params[r], {}, {});
    auto scratch = rows[r];
    wanted.push_back(sampler.choose(scratch, draw + r).id);
  }
  run_kernel("hawser_draw", {static_cast<unsigned>(rows.size()), 1, 1}, kernels::draw_threads, logits.data(),
             stride, static_cast<int>(n), static_cast<const kernels::draw_terms*>(terms.data()),
             chosen.data());
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (chosen[r] != wanted[r])
      return what + ", row " + std::to_string(r) + ": token " + std::to_string(chosen[r]) +
             ", the sampler draws " + std::to_string(wanted[r]);
  return {};
}

struct named_params {
  const char* name;
  model::sampling_params params;
};

const std::vector<named_params>& wishes() {
  static const std::vector<named_params> all{
      {"temperature", {.temperature = 0.8f, .logit_bias = {}, .seed = 1}},
      {"a high temperature", {.temperature = 50.0f, .logit_bias = {}, .seed = 2}},
      {"top_k", {.temperature = 1.0f, .top_k = 5, .logit_bias = {}, .seed = 3}},
      {"top_k of nearly all", {.temperature = 3.0f, .top_k = 698, .logit_bias = {}, .seed = 4}},
      {"top_p", {.temperature = 1.0f, .top_p = 0.7f, .logit_bias = {}, .seed = 5}},
      {"a tiny top_p", {.temperature = 1.0f, .top_p = 1e-30f, .logit_bias = {}, .seed = 6}},
      {"a top_p of nearly all", {.temperature = 9.0f, .top_p = 0.99999f, .logit_bias = {}, .seed = 7}},
      {"min_p", {.temperature = 1.5f, .min_p = 0.2f, .logit_bias = {}, .seed = 8}},
      {"all of them",
       {.temperature = 1.2f, .top_k = 60, .top_p = 0.9f, .min_p = 0.05f, .logit_bias = {}, .seed = 9}},
  };
  return all;
}

}  // namespace

finding a_drawn_token_is_the_samplers() {
  numbers r(21);
  std::uint64_t draw = 0;
  for (const named_params& wish : wishes()) {
    // Spread, with many equals, hardly different.
    auto spread = r.normal(700, 4.0f), equals = r.normal(700), flat = r.normal(700, 1e-3f);
    for (float& x : equals) x = static_cast<float>(static_cast<int>(2 * x)) * (x < 0 ? -0.5f : 0.5f);
    if (const finding f =
            compare({spread, equals, flat}, {wish.params, wish.params, wish.params}, wish.name, draw);
        !f.empty())
      return f;
    draw += 3;
  }
  return {};
}

finding odd_logits_draw_what_the_sampler_draws() {
  const model::sampling_params both{
      .temperature = 0.7f, .top_k = 4, .top_p = 0.8f, .logit_bias = {}, .seed = 5};
  const model::sampling_params all{.temperature = 0.7f, .logit_bias = {}, .seed = 5};
  std::vector<float> nothing(40, -infinity), few(40, -infinity), odd(40, 0.0f), largest(40, 1.0f);
  nothing[3] = NAN;
  few[39] = 1.0f;
  few[7] = 0.5f;
  odd[2] = NAN;
  for (std::size_t i = 0; i < odd.size(); i += 2) odd[i] = -0.0f;
  largest[11] = infinity;
  largest[12] = -infinity;
  for (std::uint64_t draw = 0; draw < 4; ++draw)
    if (const finding f = compare({nothing, few, odd, largest, few, odd, largest},
                                  {both, both, both, both, all, all, all}, "odd logits", 10 * draw);
        !f.empty())
      return f;
  return {};
}

finding light_weights_are_drawn_as_often() {
  // One heavy token and 699 whose weights lie between one unit and two: chance that meets each of them.
  std::vector<float> logits(700, std::log(1.6f * 0x1p-34f));
  logits[300] = 0.0f;
  const double u = 1.0 - 700.5 * 0x1p-34;
  const auto chance = static_cast<std::uint64_t>(u * 0x1p53);
  auto weights = logits;
  static_cast<void>(model::to_weights(weights, 0.0f, 1.0f));
  const int wanted = model::draw_from(weights, u);
  const std::vector<kernels::draw_terms> terms{
      {1.0f, 0, 1.0f, 0.0f, static_cast<unsigned>(chance), static_cast<unsigned>(chance >> 32)}};
  std::vector<int> chosen{-7};
  run_kernel("hawser_draw", {1, 1, 1}, kernels::draw_threads, logits.data(), logits.size(),
             static_cast<int>(logits.size()), static_cast<const kernels::draw_terms*>(terms.data()),
             chosen.data());
  return chosen[0] == wanted && wanted > 300 ? finding()
                                             : "of light tokens " + std::to_string(chosen[0]) +
                                                   ", the sampler draws " + std::to_string(wanted);
}

}  // namespace hawser::test
